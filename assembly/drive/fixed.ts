import {
  RESUME_ON, SOLVE_ACCEPTED, SOLVE_COMPONENT, SOLVE_EVAL, SOLVE_GRID, SOLVE_H, SOLVE_H0, SOLVE_K, SOLVE_KNOWN, SOLVE_PAUSE, SOLVE_RESUME,
  SOLVE_STEPS, SOLVE_STEP_COUNT, SOLVE_STOP, SOLVE_T, SOLVE_T0, SOLVE_T1, SOLVE_TABLEAU, SOLVE_Y, SOLVE_Y_NEXT, SOLVE_Y_STAGE,
  STATUS_NON_FINITE_FIELD, STATUS_NON_FINITE_STATE, STATUS_OK, STATUS_PAUSED, STEPS_GRID, STEPS_UNIFORM, TABLEAU_B,
} from '../abi'
import { firstNonFiniteEither, valueAt } from '../kernels/either'
import { layered, useLayer } from '../program/evaluator'
import { evaluate } from '../program/run'
import { stages, state } from '../step/runge-kutta'
import { takeStep } from '../step/step'
import { accept, lookInto } from './step-log'

/** Time i of the fixed grid, 0 <= i <= count. Never a running sum: step 10^6 is where it should be. */
export function gridTime(s: usize, i: i32, count: i32): f64 {
  if (load<i32>(s, SOLVE_STEPS) >= STEPS_GRID) return load<f64>(load<usize>(s, SOLVE_GRID) + (<usize>i << 3))
  const t0 = load<f64>(s, SOLVE_T0), t1 = load<f64>(s, SOLVE_T1)
  if (i == count) return t1
  if (load<i32>(s, SOLVE_STEPS) == STEPS_UNIFORM) return t0 + (t1 - t0) * (<f64>i / <f64>count)
  return t0 + <f64>i * load<f64>(s, SOLVE_H0)
}

/** The first value that is not finite of a stage with weight 0: the new state does not show it, dense output and the next step do. */
function unusedNonFinite(tableau: usize, n: i32, k: usize, wide: bool): i32 {
  const b = load<usize>(tableau, TABLEAU_B)
  for (let i = 0; i < stages(tableau); i++) {
    if (valueAt(b, i, wide) != 0) continue
    const bad = firstNonFiniteEither(n, state(k, i), wide)
    if (bad >= 0) return bad
  }
  return -1
}

/** Steps along a grid that is known beforehand, to its end or until the drive waits. k[0] = f(t, y) already, or as it was kept. */
export function fixed(s: usize, n: i32, wide: bool): i32 {
  const tableau = load<usize>(s, SOLVE_TABLEAU), e = load<usize>(s, SOLVE_EVAL), k = load<usize>(s, SOLVE_K)
  const count = load<i32>(s, SOLVE_STEP_COUNT)
  let known = !WHOLE || load<i32>(s, SOLVE_RESUME) != RESUME_ON || load<i32>(s, SOLVE_KNOWN) != 0
  for (let i = load<i32>(s, SOLVE_ACCEPTED); i < count; i++) {
    const t = load<f64>(s, SOLVE_T), tNext = gridTime(s, i + 1, count)
    const y = load<usize>(s, SOLVE_Y), yNext = load<usize>(s, SOLVE_Y_NEXT)
    useLayer(e, i, wide)
    // Another set of parameters is another field: what the last step saw at its end is of no use.
    if (!known || (i && layered(e))) evaluate(e, t, y, state(k, 0), wide)
    store<f64>(s, tNext - t, SOLVE_H)
    takeStep(tableau, e, n, k, t, tNext, y, yNext, load<usize>(s, SOLVE_Y_STAGE), wide)
    const bad = firstNonFiniteEither(n, yNext, wide)
    if (bad >= 0) {
      store<i32>(s, bad, SOLVE_COMPONENT)
      return STATUS_NON_FINITE_STATE
    }
    let odd = unusedNonFinite(tableau, n, k, wide)
    if (odd < 0) odd = lookInto(s, n, t, tNext, wide)
    if (odd >= 0) {
      store<i32>(s, odd, SOLVE_COMPONENT)
      return STATUS_NON_FINITE_FIELD
    }
    known = accept(s, n, t, tNext, wide)
    if (WHOLE && i + 1 < count && (load<i32>(s, SOLVE_PAUSE) || tNext == load<f64>(s, SOLVE_STOP))) {
      store<i32>(s, known, SOLVE_KNOWN)
      return STATUS_PAUSED
    }
  }
  return STATUS_OK
}
