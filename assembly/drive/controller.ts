import {
  FIELD_ADJOINT, FIELD_DIM, FIELD_KIND, FIELD_NORMED, FIELD_SCALES, SOLVE_ACCEPTED, SOLVE_ATOL, SOLVE_CALM, SOLVE_EAGER, SOLVE_ERROR_BEFORE,
  SOLVE_ERROR_LAST, SOLVE_ESTIMATE, SOLVE_EVAL, SOLVE_FACTOR_MAX, SOLVE_FACTOR_MIN, SOLVE_FIELD, SOLVE_H0, SOLVE_H_MAX, SOLVE_H_MIN,
  SOLVE_K, SOLVE_POWER, SOLVE_POWER_BEFORE, SOLVE_POWER_LAST, SOLVE_POWER_REJECTED, SOLVE_REJECTED, SOLVE_RTOL, SOLVE_SAFETY, SOLVE_T,
  SOLVE_T0, SOLVE_T1, SOLVE_TABLEAU, SOLVE_WAS_REJECTED, SOLVE_Y, SOLVE_Y_NEXT, SOLVE_Y_STAGE, TABLEAU_ERROR, TABLEAU_ERROR_LOW,
  TABLEAU_ORDER, TABLEAU_TWIN, TWIN_NEXT, TWIN_Y,
} from '../abi'
import { axpyEither, bytesOf, combineEither, scaledNormEither, valueAt } from '../kernels/either'
import { pow64 } from '../kernels/math'
import { tolerance } from '../kernels/reduce'
import { zero } from '../memory/arena'
import { evaluate } from '../program/run'
import { stages, state } from '../step/runge-kutta'

// How far to step. The numbers come from TypeScript: by default those of torchdiffeq, so that evaluations can be compared with
// it one for one. Safety stands outside the powers, as there and in Hairer's codes.

function norm(s: usize, n: i32, x: usize, a: usize, b: usize, wide: bool): f64 {
  const f = load<usize>(s, SOLVE_FIELD)
  let dim = load<i32>(f, FIELD_DIM)
  if (WHOLE && load<i32>(f, FIELD_KIND) == FIELD_ADJOINT) {
    n = load<i32>(f, FIELD_NORMED)
    dim = load<i32>(f, FIELD_SCALES)
  }
  return scaledNormEither(n, dim, x, a, b, load<usize>(s, SOLVE_ATOL), load<usize>(s, SOLVE_RTOL), wide)
}

/** The norm of h sum_i w_i k_i. `scratch`: one state. */
function estimate(s: usize, n: i32, h: f64, weights: usize, y: usize, yNext: usize, scratch: usize, wide: bool): f64 {
  zero(scratch, bytesOf(n, wide))
  combineEither(n, stages(load<usize>(s, SOLVE_TABLEAU)), scratch, h, weights, 0, load<usize>(s, SOLVE_K), scratch, wide)
  return norm(s, n, scratch, y, yNext, wide)
}

/**
 * The error estimate of the step y -> yNext in the controller's norm: accept it when <= 1. Two estimates are combined as in
 * Hairer's DOP853, here without squares that could overflow. In the whole core `scratch` then holds the first of them, component
 * by component.
 */
export function errorNorm(s: usize, n: i32, h: f64, y: usize, yNext: usize, scratch: usize, wide: bool): f64 {
  const tableau = load<usize>(s, SOLVE_TABLEAU), weights = load<usize>(tableau, TABLEAU_ERROR_LOW)
  const error = estimate(s, n, h, load<usize>(tableau, TABLEAU_ERROR), y, yNext, scratch, wide)
  if (!weights || error == 0) return error
  const low = estimate(s, n, h, weights, y, yNext, WHOLE ? load<usize>(s, SOLVE_Y_STAGE) : scratch, wide)
  if (!(low < Infinity)) return low
  const ratio = low / error
  return error / sqrt<f64>(1 + 0.01 * ratio * ratio)
}

/** The component with the largest share in the error of the last step, which so holds the next; -1 where there is no error. */
export function holder(s: usize, n: i32, wide: bool): i32 {
  if (!load<i32>(s, SOLVE_ACCEPTED) && !load<i32>(s, SOLVE_REJECTED)) return -1
  const estimate = load<usize>(s, SOLVE_ESTIMATE), y = load<usize>(s, SOLVE_Y), yNext = load<usize>(s, SOLVE_Y_NEXT)
  const atol = load<usize>(s, SOLVE_ATOL), rtol = load<usize>(s, SOLVE_RTOL)
  const dim = load<i32>(load<usize>(s, SOLVE_FIELD), FIELD_DIM)
  let held = -1
  let largest: f64 = 0
  for (let i = 0; i < n; i++) {
    // The steps have swapped the two states or not: for their maximum that is the same.
    const magnitude = max<f64>(abs<f64>(valueAt(y, i, wide)), abs<f64>(valueAt(yNext, i, wide)))
    const share = abs<f64>(valueAt(estimate, i, wide)) / tolerance(atol, rtol, i % dim, magnitude)
    if (!(share < Infinity)) return i
    if (share > largest) {
      largest = share
      held = i
    }
  }
  return held
}

/** How far state y and its twin x are apart, in the norm of the step. */
function apart(s: usize, n: i32, x: usize, y: usize, wide: bool): f64 {
  const difference = load<usize>(s, SOLVE_Y_STAGE)
  memory.copy(difference, x, bytesOf(n, wide))
  axpyEither(n, -1, y, difference, wide)
  return norm(s, n, difference, load<usize>(s, SOLVE_Y), load<usize>(s, SOLVE_Y_NEXT), wide)
}

/**
 * What a reversible step adds to its error: how far its two solutions are apart afterwards, which no stage sees, and which grows where
 * the field contracts. One that was too large before, where the state is smaller now, must not have grown: a short step makes it less.
 */
export function twinNorm(s: usize, n: i32, wide: bool): f64 {
  const twin = load<usize>(load<usize>(s, SOLVE_TABLEAU), TABLEAU_TWIN)
  if (!twin) return 0
  const after = apart(s, n, load<usize>(twin, TWIN_NEXT), load<usize>(s, SOLVE_Y_NEXT), wide)
  const before = apart(s, n, load<usize>(twin, TWIN_Y), load<usize>(s, SOLVE_Y), wide)
  return after <= before ? min<f64>(after, 1) : after
}

/** The least error that is remembered: one that was small by chance must not decide the next steps (Hairer's DOPRI5). */
const LEAST_ERROR: f64 = 1e-4

/**
 * The most a step grows by after an error of exactly 0: all stages may have fallen where the field rests, between two bursts. Ten,
 * as in torchdiffeq, steps over all ten half waves of relu(sin 2 pi t) up to t = 10; two over some, in methods of two stages.
 */
const UNSEEN: f64 = 1.5

export function forgetErrors(s: usize): void {
  store<i32>(s, 0, SOLVE_WAS_REJECTED)
  store<f64>(s, LEAST_ERROR, SOLVE_ERROR_LAST)
  store<f64>(s, LEAST_ERROR, SOLVE_ERROR_BEFORE)
}

/** What the error of an earlier step contributes. */
@inline
function remembered(s: usize, errorAt: usize, powerAt: usize): f64 {
  const power = load<f64>(s + powerAt)
  return power == 0 ? 1 : pow64(load<f64>(s + errorAt), -power)
}

/** The factor from this step to the next. */
export function stepFactor(s: usize, error: f64): f64 {
  const smallest = load<f64>(s, SOLVE_FACTOR_MIN), safety = load<f64>(s, SOLVE_SAFETY)
  const eager = load<i32>(s, SOLVE_EAGER), accepted = error <= 1
  let largest = load<f64>(s, SOLVE_FACTOR_MAX)
  if (!eager && load<i32>(s, SOLVE_WAS_REJECTED)) largest = 1
  store<i32>(s, !accepted, SOLVE_WAS_REJECTED)
  // A NaN or infinite estimate: the step went somewhere it should not have.
  if (!(error < Infinity)) return smallest
  if (!accepted) return max<f64>(safety * pow64(error, -load<f64>(s, SOLVE_POWER_REJECTED)), smallest)
  const memory = remembered(s, SOLVE_ERROR_LAST, SOLVE_POWER_LAST) * remembered(s, SOLVE_ERROR_BEFORE, SOLVE_POWER_BEFORE)
  store<f64>(s, load<f64>(s, SOLVE_ERROR_LAST), SOLVE_ERROR_BEFORE)
  store<f64>(s, max<f64>(error, LEAST_ERROR), SOLVE_ERROR_LAST)
  if (error == 0) return min<f64>(largest, UNSEEN)
  if (WHOLE && error >= load<f64>(s, SOLVE_CALM) && error < 1) return 1
  const factor = safety * pow64(error, -load<f64>(s, SOLVE_POWER)) * memory
  return min<f64>(largest, max<f64>(factor, eager && error < 1 ? 1 : smallest))
}

/** Keeps a step length (its sign is the direction) within the bounds the user set. */
export function bounded(s: usize, h: f64): f64 {
  const size = min<f64>(max<f64>(abs<f64>(h), load<f64>(s, SOLVE_H_MIN)), load<f64>(s, SOLVE_H_MAX))
  return h < 0 ? -size : size
}

@inline
function direction(s: usize): f64 {
  return load<f64>(s, SOLVE_T1) >= load<f64>(s, SOLVE_T0) ? 1 : -1
}

/** A length in which y and its derivative, in units of the tolerance, say that little happens. k[0] = f(t, y). */
function careful(s: usize, n: i32, wide: bool): f64 {
  const y = load<usize>(s, SOLVE_Y)
  const d0 = norm(s, n, y, y, y, wide), d1 = norm(s, n, state(load<usize>(s, SOLVE_K), 0), y, y, wide)
  return d0 < 1e-5 || d1 < 1e-5 ? 1e-6 : 0.01 * d0 / d1
}

/** Part of the tolerance below which a step has moved nothing. */
const NOTHING: f64 = 1e-3

/**
 * A first step that was asked for, and that has moved nothing or whose error is rounding, may have its stages where the field
 * rests or repeats itself by chance. Returns the longest step that the estimate could give, where that is shorter, or 0. k[0] is
 * still the derivative at the start.
 */
export function overlooked(s: usize, n: i32, h: f64, error: f64, wide: bool): f64 {
  if (!load<f64>(s, SOLVE_H0) || abs<f64>(h) <= load<f64>(s, SOLVE_H_MIN)) return 0
  const y = load<usize>(s, SOLVE_Y), yNext = load<usize>(s, SOLVE_Y_NEXT), change = load<usize>(s, SOLVE_Y_STAGE)
  memory.copy(change, yNext, bytesOf(n, wide))
  axpyEither(n, -1, y, change, wide)
  const moved = norm(s, n, change, y, yNext, wide), rounding: f64 = wide ? 1e-14 : 1e-6
  if (moved > NOTHING && error > rounding * moved) return 0
  const shorter = bounded(s, direction(s) * 100 * careful(s, n, wide))
  return abs<f64>(shorter) < abs<f64>(h) ? shorter : 0
}

/** The first step: the one that was asked for, else an estimate. k[0] = f(t, y). */
export function firstStep(s: usize, n: i32, wide: bool): f64 {
  const asked = load<f64>(s, SOLVE_H0)
  return asked > 0 ? bounded(s, direction(s) * asked) : estimatedStep(s, n, wide)
}

/** Hairer, Norsett, Wanner I, II.4, as torchdiffeq calls it (with order - 1). Costs one more evaluation, in k[1]. */
function estimatedStep(s: usize, n: i32, wide: bool): f64 {
  const y = load<usize>(s, SOLVE_Y), f0 = state(load<usize>(s, SOLVE_K), 0), f1 = state(load<usize>(s, SOLVE_K), 1)
  const d1 = norm(s, n, f0, y, y, wide), h0 = careful(s, n, wide)
  const y1 = load<usize>(s, SOLVE_Y_NEXT)
  memory.copy(y1, y, bytesOf(n, wide))
  axpyEither(n, direction(s) * h0, f0, y1, wide)
  evaluate(load<usize>(s, SOLVE_EVAL), load<f64>(s, SOLVE_T) + direction(s) * h0, y1, f1, wide)
  const change = load<usize>(s, SOLVE_Y_STAGE)
  memory.copy(change, f1, bytesOf(n, wide))
  axpyEither(n, -1, f0, change, wide)
  const d2 = norm(s, n, change, y, y, wide) / h0
  const order = load<i32>(load<usize>(s, SOLVE_TABLEAU), TABLEAU_ORDER)
  const steepest = max<f64>(d1, d2)
  const h1 = d1 <= 1e-15 && d2 <= 1e-15 ? max<f64>(1e-6, h0 * 1e-3) : pow64(0.01 / steepest, 1 / <f64>order)
  const h = min<f64>(100 * h0, h1)
  // The probe may have met an infinity that the solution itself does not; then the careful guess stands.
  return bounded(s, direction(s) * (h > 0 && h < Infinity ? h : h0))
}
