import {
  SOLVE_ACCEPTED, SOLVE_K, SOLVE_OTHER_STEPS, SOLVE_STIFF_AT, SOLVE_STIFF_GAP, SOLVE_STIFF_STEPS, SOLVE_T, SOLVE_TABLEAU,
  TABLEAU_A, TABLEAU_B, TABLEAU_WATCH,
} from '../abi'
import { valueAt } from '../kernels/either'
import { denseStages, stages, state } from '../step/runge-kutta'

// Is it stability that keeps the steps short? Hairer, Wanner II, IV.2: two stages at the end of a step differ in their states by d
// and in their derivatives by g, so |g| / |d| is near the largest |lambda| of the Jacobian. When h lambda lies beyond the region
// of stability for step after step, the field is stiff. It costs a few evaluations' worth of sums every now and then, and
// changes no number.

/** Steps from one look to the next, while nothing is suspected. */
const EVERY: i32 = 64
/** As in DOPRI5 and DOP853: so many stiff steps are a verdict, so many others on end clear the suspicion. */
const VERDICT: i32 = 15
const CLEARED: i32 = 6

/** Is the step about to be accepted to be looked at? Then remembers |d / h|^2. */
export function watch(s: usize, n: i32, wide: bool): bool {
  const tableau = load<usize>(s, SOLVE_TABLEAU), numbers = load<usize>(tableau, TABLEAU_WATCH), k = load<usize>(s, SOLVE_K)
  if (!numbers || (!load<i32>(s, SOLVE_STIFF_STEPS) && (load<i32>(s, SOLVE_ACCEPTED) + 1) % EVERY)) return false
  const before = <i32>load<f64>(numbers) * denseStages(tableau)
  let gap: f64 = 0
  for (let i = 0; i < n; i++) {
    let d: f64 = 0
    for (let j = 0; j < stages(tableau); j++) {
      const weight = valueAt(load<usize>(tableau, TABLEAU_B), j, wide) - valueAt(load<usize>(tableau, TABLEAU_A), before + j, wide)
      d += weight * valueAt(state(k, j), i, wide)
    }
    gap += d * d
  }
  store<f64>(s, gap, SOLVE_STIFF_GAP)
  return true
}

/** After a step that was watched: k[0] is the derivative at its end, and the stage before is still in place. */
export function judge(s: usize, n: i32, wide: bool): void {
  const k = load<usize>(s, SOLVE_K), numbers = load<usize>(load<usize>(s, SOLVE_TABLEAU), TABLEAU_WATCH)
  let rise: f64 = 0
  for (let i = 0; i < n; i++) {
    const g = valueAt(state(k, 0), i, wide) - valueAt(state(k, <i32>load<f64>(numbers)), i, wide)
    rise += g * g
  }
  // h lambda = |h| |g| / |d|
  const stiff = sqrt<f64>(rise / load<f64>(s, SOLVE_STIFF_GAP)) > load<f64>(numbers, 8)
  const others = stiff ? 0 : load<i32>(s, SOLVE_OTHER_STEPS) + 1
  let count = load<i32>(s, SOLVE_STIFF_STEPS) + <i32>stiff
  if (count == VERDICT) {
    // Time 0 would say nothing was found; the next verdict is as good.
    if (!load<f64>(s, SOLVE_STIFF_AT)) store<f64>(s, load<f64>(s, SOLVE_T), SOLVE_STIFF_AT)
    count = 0
  }
  store<i32>(s, others >= CLEARED ? 0 : count, SOLVE_STIFF_STEPS)
  store<i32>(s, others, SOLVE_OTHER_STEPS)
}
