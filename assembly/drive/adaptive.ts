import {
  RESUME_ON, SOLVE_ACCEPTED, SOLVE_COMPONENT, SOLVE_ERROR, SOLVE_ESTIMATE, SOLVE_EVAL, SOLVE_FAILURES, SOLVE_H, SOLVE_H_MIN,
  SOLVE_H_NEXT, SOLVE_K, SOLVE_MAX_STEPS, SOLVE_OUT_COUNT, SOLVE_OUT_DONE, SOLVE_PAUSE, SOLVE_REJECTED, SOLVE_RESUME, SOLVE_STOP,
  SOLVE_T, SOLVE_T1, SOLVE_TABLEAU, SOLVE_WARY, SOLVE_Y, SOLVE_Y_NEXT, SOLVE_Y_STAGE, STATUS_MAX_STEPS, STATUS_NON_FINITE_FIELD,
  STATUS_NON_FINITE_STATE, STATUS_OK, STATUS_PAUSED, STATUS_STEP_UNDERFLOW,
} from '../abi'
import { firstNonFinite } from '../kernels/reduce'
import { evaluate } from '../program/run'
import { denseStages, state } from '../step/runge-kutta'
import { takeStep } from '../step/step'
import { bounded, errorNorm, firstStep, forgetErrors, overlooked, stepFactor } from './controller'
import { reached } from './outputs'
import { accept, lookInto } from './step-log'
import { judge, watch } from './stiffness'

/** Rejections for a value that is not finite, with no way past it between them, after which the solve gives up. */
const PATIENCE: i32 = 60
/**
 * Accepted steps after such a rejection in which the step does not grow. A rejected step shrinks by 5 at the most, so five of
 * the new ones lead past where it ended: whatever was met there has been met again by then, or is left behind.
 */
const WARY: i32 = 6
/** A stop that lies beyond the step by less than this part of it is met as well: what is left would be a splinter. */
const SPLINTER: f64 = 1e-9

/** Names the component that is not finite: of the new state, else of the last derivative that is not. */
function blame<T>(s: usize, n: i32): i32 {
  const k = load<usize>(s, SOLVE_K)
  for (let i = 0; i < denseStages(load<usize>(s, SOLVE_TABLEAU)); i++) {
    const bad = firstNonFinite<T>(n, state(k, i))
    if (bad >= 0) {
      store<i32>(s, bad, SOLVE_COMPONENT)
      return STATUS_NON_FINITE_FIELD
    }
  }
  const bad = firstNonFinite<T>(n, load<usize>(s, SOLVE_Y_NEXT))
  store<i32>(s, bad, SOLVE_COMPONENT)
  return bad >= 0 ? STATUS_NON_FINITE_STATE : STATUS_STEP_UNDERFLOW
}

@inline
function finished(s: usize): bool {
  return load<i32>(s, SOLVE_OUT_DONE) == load<i32>(s, SOLVE_OUT_COUNT) && reached(s, load<f64>(s, SOLVE_T1), load<f64>(s, SOLVE_T))
}

/** Keeps what the drive needs to go on. Does it wait now? */
function waits(s: usize, h: f64, failures: i32, wary: i32, landed: bool): bool {
  if (!WHOLE) return false
  store<f64>(s, h, SOLVE_H_NEXT)
  store<i32>(s, failures, SOLVE_FAILURES)
  store<i32>(s, wary, SOLVE_WARY)
  return (landed || load<i32>(s, SOLVE_PAUSE)) && !finished(s)
}

/** Steps of the controller's choosing until the last output time is covered, or the drive waits. k[0] = f(t, y) already. */
export function adaptive<T>(s: usize, n: i32): i32 {
  if (finished(s)) return STATUS_OK
  const tableau = load<usize>(s, SOLVE_TABLEAU), e = load<usize>(s, SOLVE_EVAL), k = load<usize>(s, SOLVE_K)
  const stage = load<usize>(s, SOLVE_Y_STAGE)
  const limit = load<i32>(s, SOLVE_MAX_STEPS), stop = load<f64>(s, SOLVE_STOP)
  let first = !WHOLE || load<i32>(s, SOLVE_RESUME) != RESUME_ON
  if (first) forgetErrors(s)
  let h = first ? firstStep(s, n, sizeof<T>() == 8) : load<f64>(s, SOLVE_H_NEXT)
  let failures = first ? 0 : load<i32>(s, SOLVE_FAILURES), wary = first ? 0 : load<i32>(s, SOLVE_WARY)
  while (!finished(s)) {
    const t = load<f64>(s, SOLVE_T), lands = WHOLE && reached(s, stop, t + h + SPLINTER * h)
    const tNext = lands ? stop : t + h, tried = lands ? tNext - t : h
    store<f64>(s, tried, SOLVE_H)
    if (load<i32>(s, SOLVE_ACCEPTED) + load<i32>(s, SOLVE_REJECTED) >= limit) return STATUS_MAX_STEPS
    if (tNext == t) return blame<T>(s, n)
    const y = load<usize>(s, SOLVE_Y), yNext = load<usize>(s, SOLVE_Y_NEXT)
    takeStep(tableau, e, n, k, t, tNext, y, yNext, stage, sizeof<T>() == 8)
    const error = errorNorm(s, n, tNext - t, y, yNext, WHOLE ? load<usize>(s, SOLVE_ESTIMATE) : stage, sizeof<T>() == 8)
    if (WHOLE) store<f64>(s, error, SOLVE_ERROR)
    // An infinite state makes its own scale infinite and its error 0: the norm alone would let it pass.
    let finite = error < Infinity && firstNonFinite<T>(n, yNext) < 0
    if (first) {
      first = false
      const shorter = finite ? overlooked(s, n, tried, error, sizeof<T>() == 8) : 0
      if (shorter != 0) {
        store<i32>(s, load<i32>(s, SOLVE_REJECTED) + 1, SOLVE_REJECTED)
        h = shorter
        if (waits(s, h, failures, wary, false)) return STATUS_PAUSED
        continue
      }
    }
    // At the smallest step there is nothing left to reject, unless the result is no number.
    let good = finite && (error <= 1 || abs<f64>(h) <= load<f64>(s, SOLVE_H_MIN))
    if (good) good = finite = lookInto<T>(s, n, t, tNext) < 0
    if (good) {
      const watched = WHOLE && watch(s, n, sizeof<T>() == 8)
      if (!accept<T>(s, n, t, tNext) && !finished(s)) evaluate<T>(e, tNext, yNext, state(k, 0))
      if (WHOLE && watched && !finished(s)) judge(s, n, sizeof<T>() == 8)
    } else {
      store<i32>(s, load<i32>(s, SOLVE_REJECTED) + 1, SOLVE_REJECTED)
      if (!finite) wary = WARY
      if (!finite && ++failures >= PATIENCE) return blame<T>(s, n)
    }
    const factor = stepFactor(s, finite ? error : Infinity)
    const next = tried * (wary ? min<f64>(1, factor) : factor)
    // A step that a stop cut short says nothing against the length that was planned.
    h = bounded(s, lands && good && abs<f64>(next) < abs<f64>(h) ? h : next)
    if (wary && finite && error <= 1 && --wary == 0) failures = 0
    if (waits(s, h, failures, wary, lands && good)) return STATUS_PAUSED
  }
  return STATUS_OK
}
