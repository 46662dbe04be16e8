import { TABLEAU_A, TABLEAU_B, TABLEAU_TWIN, TWIN_FADE, TWIN_K, TWIN_NEXT, TWIN_SHARE, TWIN_STAGES, TWIN_STEPS, TWIN_Y } from '../abi'
import { axpyEither, bytesOf, combineEither } from '../kernels/either'
import { firstNonFinite } from '../kernels/reduce'
import { evaluate } from '../program/run'
import { denseStages, rkStep, stageTime, state } from './runge-kutta'

// A step that can be undone (McCallum, Foster 2024, arXiv:2410.11648), of any explicit method: with Psi_h(t, y) what the method adds
// to y, two solutions x and y take turns,
//
//     x <- lambda x + (1 - lambda) y + Psi_h(t, y)      y <- y - Psi_-h(t + h, x)
//
// and the same two lines solved for the old x and y lead back. Here y is the state of the drive, x its twin (abi, TWIN_*).

/** lambda of step i. */
export function coupling(twin: usize, i: i32): f64 {
  return 1 - 1 / (load<f64>(twin, TWIN_SHARE) + <f64>i * load<f64>(twin, TWIN_FADE))
}

/** yNext, and the twin's own next, from (t, y). k[0] holds f(t, y) already; the other stages are those of a step from y. */
export function reversibleStep(
  tableau: usize, e: usize, n: i32, k: usize, t: f64, tNext: f64, y: usize, yNext: usize, yStage: usize, wide: bool,
): void {
  const twin = load<usize>(tableau, TABLEAU_TWIN), count = load<i32>(twin, TWIN_STAGES), bytes = bytesOf(n, wide)
  const xNext = load<usize>(twin, TWIN_NEXT), back = load<usize>(twin, TWIN_K)
  rkStep(tableau, e, n, k, t, tNext, y, xNext, yStage, wide)
  memory.copy(yStage, load<usize>(twin, TWIN_Y), bytes)
  axpyEither(n, -1, y, yStage, wide)
  axpyEither(n, coupling(twin, load<i32>(twin, TWIN_STEPS)), yStage, xNext, wide)
  for (let i = 0; i < count; i++) {
    combineEither(n, i, xNext, t - tNext, load<usize>(tableau, TABLEAU_A), i * denseStages(tableau), back, yStage, wide)
    evaluate(e, stageTime(tableau, i, tNext, t), yStage, state(back, i), wide)
  }
  combineEither(n, count, y, tNext - t, load<usize>(tableau, TABLEAU_B), 0, back, yNext, wide)
  // The drive looks at yNext alone.
  const bad = wide ? firstNonFinite<f64>(n, xNext) : firstNonFinite<f32>(n, xNext)
  if (bad >= 0) memory.copy(yNext, xNext, bytes)
}

/** A solve begins: the twin is the state, y0. */
export function startTwin(twin: usize, y0: usize, bytes: usize): void {
  memory.copy(load<usize>(twin, TWIN_Y), y0, bytes)
  store<i32>(twin, 0, TWIN_STEPS)
}

/** The step is accepted. */
export function advanceTwin(twin: usize): void {
  const x = load<usize>(twin, TWIN_Y)
  store<usize>(twin, load<usize>(twin, TWIN_NEXT), TWIN_Y)
  store<usize>(twin, x, TWIN_NEXT)
  store<i32>(twin, load<i32>(twin, TWIN_STEPS) + 1, TWIN_STEPS)
}
