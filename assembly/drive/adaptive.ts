import {
  RESUME_ON, SOLVE_ACCEPTED, SOLVE_COMPONENT, SOLVE_ERROR, SOLVE_ESTIMATE, SOLVE_EVAL, SOLVE_FAILURES, SOLVE_FIRST, SOLVE_H, SOLVE_H_MIN,
  SOLVE_H_NEXT, SOLVE_K, SOLVE_KINKS, SOLVE_MAX_STEPS, SOLVE_OUT_COUNT, SOLVE_OUT_DONE, SOLVE_PAUSE, SOLVE_REJECTED, SOLVE_RESUME,
  SOLVE_STOP, SOLVE_T, SOLVE_T1, SOLVE_TABLEAU, SOLVE_T_NEXT, SOLVE_WARY, SOLVE_Y, SOLVE_Y_NEXT, SOLVE_Y_STAGE, STATUS_MAX_STEPS,
  STATUS_NON_FINITE_FIELD,
  STATUS_NON_FINITE_STATE, STATUS_OK, STATUS_PAUSED, STATUS_STEP_UNDERFLOW,
} from '../abi'
import { firstNonFiniteEither } from '../kernels/either'
import { evaluate } from '../program/run'
import { denseStages, state } from '../step/runge-kutta'
import { takeStep } from '../step/step'
import { bounded, errorNorm, firstStep, forgetErrors, overlooked, stepFactor, twinNorm } from './controller'
import { afterKinks, cut, fromStage, paced } from './kinks'
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
function blame(s: usize, n: i32, wide: bool): i32 {
  const k = load<usize>(s, SOLVE_K)
  for (let i = 0; i < denseStages(load<usize>(s, SOLVE_TABLEAU)); i++) {
    const bad = firstNonFiniteEither(n, state(k, i), wide)
    if (bad >= 0) {
      store<i32>(s, bad, SOLVE_COMPONENT)
      return STATUS_NON_FINITE_FIELD
    }
  }
  const bad = firstNonFiniteEither(n, load<usize>(s, SOLVE_Y_NEXT), wide)
  store<i32>(s, bad, SOLVE_COMPONENT)
  return bad >= 0 ? STATUS_NON_FINITE_STATE : STATUS_STEP_UNDERFLOW
}

@inline
export function finished(s: usize): bool {
  return load<i32>(s, SOLVE_OUT_DONE) == load<i32>(s, SOLVE_OUT_COUNT) && reached(s, load<f64>(s, SOLVE_T1), load<f64>(s, SOLVE_T))
}

/** Plans a step of length h. Does the drive wait before it? */
function plan(s: usize, h: f64, landed: bool): i32 {
  store<f64>(s, h, SOLVE_H_NEXT)
  if (!WHOLE) return STATUS_OK
  return (landed || load<i32>(s, SOLVE_PAUSE)) && !finished(s) ? STATUS_PAUSED : STATUS_OK
}

// An adaptive solve is a loop of `propose`, a step, `settle`, after `begin`. All it knows is in the struct, so that it can wait, and that
// many solves can take their steps together (`rows`).

/** The first step, and nothing remembered. k[0] = f(t, y). */
export function begin(s: usize, n: i32, wide: bool): void {
  forgetErrors(s)
  store<f64>(s, firstStep(s, n, wide), SOLVE_H_NEXT)
  store<i32>(s, 0, SOLVE_FAILURES)
  store<i32>(s, 0, SOLVE_WARY)
  store<i32>(s, 1, SOLVE_FIRST)
}

/** Fixes the step that comes next, SOLVE_H and SOLVE_T_NEXT. A status other than STATUS_OK ends the solve. */
export function propose(s: usize, n: i32, wide: bool): i32 {
  const t = load<f64>(s, SOLVE_T), h = load<f64>(s, SOLVE_H_NEXT), stop = load<f64>(s, SOLVE_STOP)
  const lands = WHOLE && reached(s, stop, t + h + SPLINTER * h), tNext = lands ? stop : t + h
  store<f64>(s, lands ? tNext - t : h, SOLVE_H)
  store<f64>(s, tNext, SOLVE_T_NEXT)
  if (WHOLE && load<usize>(s, SOLVE_KINKS)) fromStage(s, 1)
  if (load<i32>(s, SOLVE_ACCEPTED) + load<i32>(s, SOLVE_REJECTED) >= load<i32>(s, SOLVE_MAX_STEPS)) return STATUS_MAX_STEPS
  return tNext == t ? blame(s, n, wide) : STATUS_OK
}

/** Units have flipped where the step began: it is to be taken again, with the pattern behind the kink. */
function again(s: usize, n: i32, wide: bool): i32 {
  store<i32>(s, load<i32>(s, SOLVE_REJECTED) + 1, SOLVE_REJECTED)
  fromStage(s, 0)
  const e = load<usize>(s, SOLVE_EVAL), k = load<usize>(s, SOLVE_K)
  evaluate(e, load<f64>(s, SOLVE_T), load<usize>(s, SOLVE_Y), state(k, 0), wide)
  return plan(s, load<f64>(s, SOLVE_H_NEXT), false)
}

/** Accepts the step that was taken, or rejects it, and plans the next. Returns the status: STATUS_OK to go on. */
export function settle(s: usize, n: i32, wide: bool): i32 {
  const k = load<usize>(s, SOLVE_K), y = load<usize>(s, SOLVE_Y), yNext = load<usize>(s, SOLVE_Y_NEXT)
  const t = load<f64>(s, SOLVE_T), tNext = load<f64>(s, SOLVE_T_NEXT), tried = load<f64>(s, SOLVE_H), h = load<f64>(s, SOLVE_H_NEXT)
  let error = errorNorm(s, n, tNext - t, y, yNext, load<usize>(s, WHOLE ? SOLVE_ESTIMATE : SOLVE_Y_STAGE), wide)
  if (WHOLE) error = max<f64>(error, twinNorm(s, n, wide))
  if (WHOLE) store<f64>(s, error, SOLVE_ERROR)
  // An infinite state makes its own scale infinite and its error 0: the norm alone would let it pass.
  let finite = error < Infinity && firstNonFiniteEither(n, yNext, wide) < 0
  if (load<i32>(s, SOLVE_FIRST)) {
    store<i32>(s, 0, SOLVE_FIRST)
    const shorter = finite ? overlooked(s, n, tried, error, wide) : 0
    if (shorter != 0) {
      store<i32>(s, load<i32>(s, SOLVE_REJECTED) + 1, SOLVE_REJECTED)
      return plan(s, shorter, false)
    }
  }
  // At the smallest step there is nothing left to reject, unless the result is no number.
  let good = finite && (error <= 1 || abs<f64>(h) <= load<f64>(s, SOLVE_H_MIN)), wary = load<i32>(s, SOLVE_WARY)
  if (good) good = finite = lookInto(s, n, t, tNext, wide) < 0
  const kinks = <bool>(WHOLE && good && load<usize>(s, SOLVE_KINKS) != 0), end = kinks ? cut(s, n, t, tNext, wide) : tNext
  if (kinks && end == t) return again(s, n, wide)
  if (good) {
    const watched = WHOLE && end == tNext && watch(s, n, wide)
    let known = accept(s, n, t, end, wide)
    if (kinks) known = afterKinks(s, t, known)
    if (!known && !finished(s)) evaluate(load<usize>(s, SOLVE_EVAL), end, yNext, state(k, 0), wide)
    if (WHOLE && watched && !finished(s)) judge(s, n, wide)
  } else {
    store<i32>(s, load<i32>(s, SOLVE_REJECTED) + 1, SOLVE_REJECTED)
    if (!finite) {
      wary = WARY
      const failures = load<i32>(s, SOLVE_FAILURES) + 1
      store<i32>(s, failures, SOLVE_FAILURES)
      if (failures >= PATIENCE) return blame(s, n, wide)
    }
  }
  const factor = stepFactor(s, finite ? error : Infinity)
  let next = tried * (wary ? min<f64>(1, factor) : factor)
  if (kinks) next = paced(s, next)
  if (wary && finite && error <= 1 && --wary == 0) store<i32>(s, 0, SOLVE_FAILURES)
  store<i32>(s, wary, SOLVE_WARY)
  // A step that a stop cut short says nothing against the length that was planned.
  const landed = <bool>(WHOLE && good && end == load<f64>(s, SOLVE_STOP))
  return plan(s, bounded(s, landed && abs<f64>(next) < abs<f64>(h) ? h : next), landed)
}

/** Steps of the controller's choosing until the last output time is covered, or the drive waits. k[0] = f(t, y) already. */
export function adaptive(s: usize, n: i32, wide: bool): i32 {
  if (finished(s)) return STATUS_OK
  if (!WHOLE || load<i32>(s, SOLVE_RESUME) != RESUME_ON) begin(s, n, wide)
  let status: i32 = STATUS_OK
  while (status == STATUS_OK && !finished(s)) {
    status = propose(s, n, wide)
    if (status != STATUS_OK) break
    takeStep(
      load<usize>(s, SOLVE_TABLEAU), load<usize>(s, SOLVE_EVAL), n, load<usize>(s, SOLVE_K), load<f64>(s, SOLVE_T),
      load<f64>(s, SOLVE_T_NEXT), load<usize>(s, SOLVE_Y), load<usize>(s, SOLVE_Y_NEXT), load<usize>(s, SOLVE_Y_STAGE), wide,
    )
    status = settle(s, n, wide)
  }
  return status
}
