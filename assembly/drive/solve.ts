import {
  FIELD_DIM, RESUME_NOT, RESUME_ON, SOLVE_ACCEPTED, SOLVE_ARENA, SOLVE_ATOL, SOLVE_BATCH, SOLVE_COMPONENT, SOLVE_EVAL, SOLVE_FIELD,
  SOLVE_H, SOLVE_H_LARGEST, SOLVE_H_SMALLEST, SOLVE_JACOBIANS, SOLVE_K, SOLVE_KINKS, SOLVE_NFE, SOLVE_REJECTED, SOLVE_RESUME, SOLVE_RTOL, SOLVE_STEPS,
  SOLVE_T, SOLVE_T0, SOLVE_TABLEAU, SOLVE_Y, SOLVE_Y0, SOLVE_Y_NEXT, SOLVE_Y_STAGE, STATUS_NON_FINITE_FIELD, STATUS_OK, STEPS_ADAPTIVE,
  TABLEAU_ROSENBROCK,
} from '../abi'
import { firstNonFinite } from '../kernels/reduce'
import { arenaAlloc } from '../memory/arena'
import { evaluations, evaluate, evaluator } from '../program/run'
import { linearisation } from '../step/linearise'
import { denseStages, state, stateTable } from '../step/runge-kutta'
import { adaptive } from './adaptive'
import { fixed } from './fixed'
import { beginKinks, prepareKinks } from './kinks'
import { emitStart } from './outputs'
import { recordState, trajectoryNew } from './trajectory'

/** Values in the state of the whole batch. */
@inline
export function stateLength(s: usize): i32 {
  return load<i32>(s, SOLVE_BATCH) * load<i32>(load<usize>(s, SOLVE_FIELD), FIELD_DIM)
}

function prepare<T>(s: usize, n: i32): void {
  const arena = load<usize>(s, SOLVE_ARENA), bytes = <usize>n * sizeof<T>()
  store<usize>(s, evaluator<T>(arena, load<usize>(s, SOLVE_FIELD), load<i32>(s, SOLVE_BATCH)), SOLVE_EVAL)
  store<usize>(s, stateTable(arena, denseStages(load<usize>(s, SOLVE_TABLEAU)), n, sizeof<T>() == 8), SOLVE_K)
  store<usize>(s, arenaAlloc(arena, bytes), SOLVE_Y)
  store<usize>(s, arenaAlloc(arena, bytes), SOLVE_Y_NEXT)
  store<usize>(s, arenaAlloc(arena, bytes), SOLVE_Y_STAGE)
  memory.copy(load<usize>(s, SOLVE_Y), load<usize>(s, SOLVE_Y0), bytes)
  trajectoryNew(s, bytes)
  if (WHOLE && load<usize>(load<usize>(s, SOLVE_TABLEAU), TABLEAU_ROSENBROCK)) {
    const e = load<usize>(s, SOLVE_EVAL), rtol = load<usize>(s, SOLVE_RTOL), atol = load<usize>(s, SOLVE_ATOL)
    linearisation(arena, e, rtol, atol, s + SOLVE_JACOBIANS, sizeof<T>() == 8)
  }
  if (WHOLE && load<usize>(s, SOLVE_KINKS)) prepareKinks(s, bytes, sizeof<T>() == 8)
  store<f64>(s, load<f64>(s, SOLVE_T0), SOLVE_T)
  store<f64>(s, 0, SOLVE_H)
  store<f64>(s, Infinity, SOLVE_H_SMALLEST)
  store<f64>(s, 0, SOLVE_H_LARGEST)
  store<i32>(s, 0, SOLVE_ACCEPTED)
  store<i32>(s, 0, SOLVE_REJECTED)
}

/** k[0] = f(t, y), where the drive begins or begins anew. */
function startDerivative<T>(s: usize, n: i32): i32 {
  const f0 = state(load<usize>(s, SOLVE_K), 0)
  if (WHOLE && load<usize>(s, SOLVE_KINKS)) beginKinks(s)
  evaluate<T>(load<usize>(s, SOLVE_EVAL), load<f64>(s, SOLVE_T), load<usize>(s, SOLVE_Y), f0)
  const bad = firstNonFinite<T>(n, f0)
  store<i32>(s, bad, SOLVE_COMPONENT)
  return bad < 0 ? STATUS_OK : STATUS_NON_FINITE_FIELD
}

/** Solves what `s` asks for (abi, SOLVE_*), or goes on with it. Returns the status; the rest is in `s`. */
export function solve<T>(s: usize): i32 {
  const n = stateLength(s), resume = WHOLE ? load<i32>(s, SOLVE_RESUME) : RESUME_NOT
  if (resume == RESUME_NOT) {
    prepare<T>(s, n)
    const t0 = load<f64>(s, SOLVE_T0), y = load<usize>(s, SOLVE_Y)
    recordState(s, t0, y)
    emitStart<T>(s, n, t0, y)
  }
  let status: i32 = resume == RESUME_ON ? STATUS_OK : startDerivative<T>(s, n)
  if (status == STATUS_OK) status = load<i32>(s, SOLVE_STEPS) == STEPS_ADAPTIVE ? adaptive<T>(s, n) : fixed<T>(s, n)
  store<i32>(s, evaluations(load<usize>(s, SOLVE_EVAL)), SOLVE_NFE)
  return status
}
