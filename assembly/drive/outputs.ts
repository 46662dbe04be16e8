import {
  MAX_STAGES, SOLVE_KEEP_STAGES, SOLVE_KINKS, SOLVE_OUT, SOLVE_OUT_COUNT, SOLVE_OUT_DONE, SOLVE_OUT_TIMES, SOLVE_T0, SOLVE_T1,
  SOLVE_TABLEAU,
} from '../abi'
import { KINK_SPAN } from '../abi-kinks'
import { axpyEither, bytesOf, combineEither, innerProductEither, setValueAt, valueAt } from '../kernels/either'
import { denseStages, denseWeights, state } from '../step/runge-kutta'

// Output times lie where the user wants them; the steps do not know. A step writes every output time it covers, by the
// tableau's own dense output, or as it is where an output time is the end of the step.

/** Room for the weights of one dense output in f64 and in the state's precision, and for the pointers to its stages. */
const weights64: usize = memory.data(MAX_STAGES * 8)
const weightsOwn: usize = memory.data(MAX_STAGES * 8)
const pointers: usize = memory.data(MAX_STAGES * 4)

/** out = y(t + theta h); with `derivative`, y + h y'(t + theta h). */
export function interpolate(
  tableau: usize, n: i32, k: usize, y: usize, h: f64, theta: f64, out: usize, derivative: bool, wide: bool,
): void {
  denseWeights(tableau, theta, derivative, weights64)
  for (let i = 0; i < denseStages(tableau); i++) setValueAt(weightsOwn, i, wide, valueAt(weights64, i, true))
  combineEither(n, denseStages(tableau), y, h, weightsOwn, 0, k, out, wide)
}

/** out = y(t + theta h), or y + h y', from a record of one step: the stages' derivatives, one behind the other at `k`. */
export function interpolateAt(
  tableau: usize, n: i32, y: usize, k: usize, h: f64, theta: f64, out: usize, derivative: bool, wide: bool,
): void {
  for (let i: usize = 0; i < <usize>denseStages(tableau); i++) store<usize>(pointers + (i << 2), k + i * bytesOf(n, wide))
  interpolate(tableau, n, pointers, y, h, theta, out, derivative, wide)
}

@inline
export function outTime(s: usize, j: i32): f64 {
  return load<f64>(load<usize>(s, SOLVE_OUT_TIMES) + (<usize>j << 3))
}

/** Is `time` at or before `end` in the direction of the solve? */
@inline
export function reached(s: usize, time: f64, end: f64): bool {
  return load<f64>(s, SOLVE_T1) >= load<f64>(s, SOLVE_T0) ? time <= end : time >= end
}

@inline
function output(s: usize, n: i32, j: i32, wide: bool): usize {
  return load<usize>(s, SOLVE_OUT) + <usize>j * bytesOf(n, wide)
}

/** Writes y to the output times that are the very start. */
export function emitStart(s: usize, n: i32, t: f64, y: usize, wide: bool): void {
  let j = 0
  for (; j < load<i32>(s, SOLVE_OUT_COUNT) && outTime(s, j) == t; j++) {
    memory.copy(output(s, n, j, wide), y, bytesOf(n, wide))
  }
  store<i32>(s, j, SOLVE_OUT_DONE)
}

/** Does the step to tNext have to be looked into: for an output time before its end, to be kept, or to be searched for kinks? */
export function lookedInto(s: usize, tNext: f64): bool {
  if (load<i32>(s, SOLVE_KEEP_STAGES) || (WHOLE && load<usize>(s, SOLVE_KINKS) != 0)) return true
  const j = load<i32>(s, SOLVE_OUT_DONE)
  return j < load<i32>(s, SOLVE_OUT_COUNT) && outTime(s, j) != tNext && reached(s, outTime(s, j), tNext)
}

/** Where the stages of the step that ends at tNext end. */
@inline
export function spanEnd(s: usize, tNext: f64): f64 {
  return WHOLE && load<usize>(s, SOLVE_KINKS) ? load<f64>(load<usize>(s, SOLVE_KINKS), KINK_SPAN) : tNext
}

/** Writes the output times within (t, tNext]. */
export function emit(s: usize, n: i32, k: usize, t: f64, tNext: f64, y: usize, yNext: usize, wide: bool): void {
  const count = load<i32>(s, SOLVE_OUT_COUNT), tableau = load<usize>(s, SOLVE_TABLEAU), h = spanEnd(s, tNext) - t
  let j = load<i32>(s, SOLVE_OUT_DONE)
  for (; j < count; j++) {
    const time = outTime(s, j)
    if (!reached(s, time, tNext)) break
    const out = output(s, n, j, wide)
    if (time == tNext) memory.copy(out, yNext, bytesOf(n, wide))
    else interpolate(tableau, n, k, y, h, (time - t) / h, out, false, wide)
  }
  store<i32>(s, j, SOLVE_OUT_DONE)
}

/** sum_i w_i <g, k_i> for the weights in hand. */
function along(tableau: usize, n: i32, k: usize, g: usize, wide: bool): f64 {
  let total: f64 = 0
  for (let i = 0; i < denseStages(tableau); i++) {
    const w = load<f64>(weights64 + (<usize>i << 3))
    if (w != 0) total += w * innerProductEither(n, g, state(k, i), wide)
  }
  return total
}

/** <g, y'(t + theta h)>: what moving an output time does. */
export function outputRate(tableau: usize, n: i32, k: usize, theta: f64, g: usize, wide: bool): f64 {
  denseWeights(tableau, theta, true, weights64)
  return along(tableau, n, k, g, wide)
}

/** The transpose of out = y + h sum_i b_i(theta) k_i: adds to gy and to the stages' gk; returns the cotangent of h. */
export function interpolateTranspose(
  tableau: usize, n: i32, k: usize, h: f64, theta: f64, g: usize, gy: usize, gk: usize, wide: bool,
): f64 {
  denseWeights(tableau, theta, false, weights64)
  axpyEither(n, 1, g, gy, wide)
  for (let i = 0; i < denseStages(tableau); i++) {
    const w = load<f64>(weights64 + (<usize>i << 3))
    if (w != 0) axpyEither(n, h * w, g, state(gk, i), wide)
  }
  return along(tableau, n, k, g, wide)
}
