import {
  FIELD_DIM, SOLVE_EVAL, SOLVE_FIELD, SOLVE_K, SOLVE_KNOWN, SOLVE_NFE, SOLVE_STEPS, SOLVE_T, SOLVE_Y, STEPS_ADAPTIVE,
} from '../abi'
import { scaledNormEither } from '../kernels/either'
import { evaluations } from '../program/evaluator'
import { evaluate } from '../program/run'
import { state } from '../step/runge-kutta'
import { stateLength } from './solve'

/**
 * How far the drive, which waits after an accepted step, is from rest: the RMS over the batch of f / (atol + rtol |y|). Fixed steps
 * may not know f yet; then it is evaluated here, and the next step finds it.
 */
export function unrest(s: usize, rtol: usize, atol: usize, wide: bool): f64 {
  const e = load<usize>(s, SOLVE_EVAL), y = load<usize>(s, SOLVE_Y), f = state(load<usize>(s, SOLVE_K), 0)
  if (load<i32>(s, SOLVE_STEPS) != STEPS_ADAPTIVE && !load<i32>(s, SOLVE_KNOWN)) {
    evaluate(e, load<f64>(s, SOLVE_T), y, f, wide)
    store<i32>(s, 1, SOLVE_KNOWN)
    store<i32>(s, evaluations(e), SOLVE_NFE)
  }
  return scaledNormEither(stateLength(s), load<i32>(load<usize>(s, SOLVE_FIELD), FIELD_DIM), f, y, y, atol, rtol, wide)
}
