import { FIELD_DIM, FIELD_HOST, FIELD_JACOBIAN, FIELD_KIND, FIELD_TIME_DERIVATIVE } from '../abi'
import { bytesOf, setValueAt, valueAt, widen } from '../kernels/either'
import { luFactor, luSolve, luStride } from '../kernels/lu'
import { firstNonFinite } from '../kernels/reduce'
import { arenaAlloc, arenaAlloc64 } from '../memory/arena'
import { blends } from '../program/blend'
import { hostField } from '../program/host'
import { EVAL_BATCH, EVAL_FIELD, EVAL_LINEAR, evaluatorTranspose } from '../program/evaluator'
import { addTimeCotangents, evaluate, evaluateKeep, evaluateTranspose } from '../program/run'

// The field linearised where a step begins, for methods that solve linear systems: the Jacobian and the derivative by time. A
// row of the batch depends on itself alone, so the Jacobian is one n x n block a row, and so are the matrix and its factors.
// A network has both from its own transpose, exactly; a JavaScript field has them from functions beside it or from differences.

/** Time of the Jacobian in hand (f64), NaN = none yet; the state is at BASE. A step that was rejected begins there again. */
const AT: usize = 8
const JACOBIAN: usize = 16
const MATRIX: usize = 20
const PIVOTS: usize = 24
/** Derivative by time (f64, one state). */
const RATE: usize = 28
/** A right side, then the solution (f64, one state). */
const SIDE: usize = 32
/** States: a field, a probe or a seed, a row; for a Jacobian from outside also n of these. */
const VALUE: usize = 36
const PROBE: usize = 40
const ROW: usize = 44
/** Is the state in f64? */
const WIDE: usize = 48
/** The tolerances of the components (f64). */
const RTOL: usize = 52
const ATOL: usize = 56
/** Where Jacobians are counted, and behind it factorisations. */
const COUNTS: usize = 60
const BASE: usize = 64
const SIZE: usize = 72

@inline
function dim(e: usize): i32 {
  return load<i32>(load<usize>(e, EVAL_FIELD), FIELD_DIM)
}

@inline
function isHost(e: usize): bool {
  return load<i32>(load<usize>(e, EVAL_FIELD), FIELD_KIND) == FIELD_HOST
}

/** Prepares an evaluator for `linearise`, which adds to two `counts`: Jacobians, and factorisations. */
export function linearisation(arena: usize, e: usize, rtol: usize, atol: usize, counts: usize, wide: bool): void {
  const w = arenaAlloc(arena, SIZE), n = dim(e), batch = load<i32>(e, EVAL_BATCH)
  const size = <u64>batch * <u64>n
  const block = size * <u64>luStride(n) << 3
  store<f64>(w, NaN, AT)
  store<i32>(w, wide, WIDE)
  store<usize>(w, rtol, RTOL)
  store<usize>(w, atol, ATOL)
  store<usize>(w, counts, COUNTS)
  store<usize>(w, arenaAlloc64(arena, size << 3), BASE)
  store<usize>(w, arenaAlloc64(arena, block), JACOBIAN)
  store<usize>(w, arenaAlloc64(arena, block), MATRIX)
  // The others are at most a state in f64.
  for (let part = PIVOTS; part <= PROBE; part += 4) store<usize>(w + part, arenaAlloc64(arena, size << 3))
  const given = load<i32>(load<usize>(e, EVAL_FIELD), FIELD_JACOBIAN)
  store<usize>(w, arenaAlloc64(arena, given ? block : size << 3), ROW)
  store<usize>(e, w, EVAL_LINEAR)
  if (isHost(e)) return
  evaluatorTranspose(arena, e, wide)
}

function count(w: usize, which: usize): void {
  const at = load<usize>(w, COUNTS) + which
  store<i32>(at, load<i32>(at) + 1)
}

/** The share of its size by which a number is moved for a difference: half its digits. */
@inline
function share(wide: bool): f64 {
  return sqrt<f64>(wide ? f64.EPSILON : <f64>f32.EPSILON)
}

/**
 * The size of component j with value x: |x|, but not below where the absolute tolerance takes over, as far as that is below 1.
 * (Hairer's RODAS moves by sqrt(eps max(1e-5, |x|)). In Robertson's problem at late times that is a thousand times y_2: twelve
 * times the steps that the true Jacobian takes, and 2e-2 off at a tolerance of 1e-4.)
 */
function sizeOfComponent(w: usize, j: i32, x: f64): f64 {
  const floor = valueAt(load<usize>(w, ATOL), j, true) / valueAt(load<usize>(w, RTOL), j, true)
  return max<f64>(abs<f64>(x), max<f64>(1e-10, min<f64>(1, floor)))
}

/** The rows of all blocks one after the other: row i of a block is the transpose of a unit cotangent at component i. */
function transposeJacobian(e: usize, w: usize, t: f64, h: f64, y: usize, wide: bool): void {
  const n = dim(e), batch = load<i32>(e, EVAL_BATCH), stride = luStride(n)
  const seed = load<usize>(w, PROBE), row = load<usize>(w, ROW), rate = load<usize>(w, RATE), value = load<usize>(w, VALUE)
  const exact = !blends(load<usize>(e, EVAL_FIELD)), bytes = (<usize>batch * n) << 3
  evaluateKeep(e, 0, t, y, value, wide)
  memory.fill(rate, 0, bytes)
  for (let i = 0; i < n; i++) {
    memory.fill(seed, 0, bytes)
    for (let b = 0; b < batch; b++) setValueAt(seed, b * n + i, wide, 1)
    evaluateTranspose(e, 0, seed, row, 0, wide)
    widen(batch, n, stride * n, row, load<usize>(w, JACOBIAN) + ((<usize>i * stride) << 3), wide)
    if (exact) addTimeCotangents(e, t, n, rate + (<usize>i << 3), wide)
  }
  if (!exact) timeDifference(e, w, batch * n, t, h, y, value, wide)
}

/** Column by column, one evaluation each: what is moved, is moved by what rounding made of the increment. */
function differenceJacobian(e: usize, w: usize, t: f64, y: usize, f0: usize, wide: bool): void {
  const n = dim(e), probe = load<usize>(w, PROBE)
  memory.copy(probe, y, bytesOf(n, wide))
  for (let j = 0; j < n; j++) {
    const x = valueAt(probe, j, wide)
    setValueAt(probe, j, wide, x + share(wide) * sizeOfComponent(w, j, x))
    const delta = valueAt(probe, j, wide) - x
    quotients(e, n, t, probe, f0, delta, load<usize>(w, JACOBIAN) + (<usize>j << 3), luStride(n), wide)
    setValueAt(probe, j, wide, x)
  }
}

/** The derivative by time from one more evaluation, later in the direction of the step: before it the field need not exist. */
function timeDifference(e: usize, w: usize, n: i32, t: f64, h: f64, y: usize, f0: usize, wide: bool): void {
  const size = abs<f64>(t)
  // Hairer's; above 1 a share of t, for the root alone would at last be lost in the rounding of t.
  const later = t + (h < 0 ? -share(wide) : share(wide)) * max<f64>(size, sqrt<f64>(max<f64>(1e-5, size)))
  quotients(e, n, later, y, f0, later - t, load<usize>(w, RATE), 1, wide)
}

/** (f(t, y) - f0) / delta, one value every `stride`. */
function quotients(
  e: usize, n: i32, t: f64, y: usize, f0: usize, delta: f64, to: usize, stride: i32, wide: bool,
): void {
  const f1 = load<usize>(load<usize>(e, EVAL_LINEAR), ROW)
  evaluate(e, t, y, f1, wide)
  for (let i = 0; i < n; i++) {
    store<f64>(to + (<usize>(i * stride) << 3), (valueAt(f1, i, wide) - valueAt(f0, i, wide)) / delta)
  }
}

function hostJacobian(e: usize, w: usize, t: f64, h: f64, y: usize, f0: usize, wide: bool): void {
  const f = load<usize>(e, EVAL_FIELD), n = dim(e), given = load<i32>(f, FIELD_JACOBIAN), row = load<usize>(w, ROW)
  if (given) {
    hostField(given - 1, t, y, row)
    widen(n, n, luStride(n), row, load<usize>(w, JACOBIAN), wide)
  } else differenceJacobian(e, w, t, y, f0, wide)
  const rate = load<i32>(f, FIELD_TIME_DERIVATIVE)
  if (rate) {
    hostField(rate - 1, t, y, row)
    widen(1, n, n, row, load<usize>(w, RATE), wide)
  } else timeDifference(e, w, n, t, h, y, f0, wide)
}

/**
 * Sees to it that the linearisation in hand is that at (t, y), where the field is f0; h tells the direction. Returns the first
 * component whose derivatives are not finite, or -1.
 */
export function linearise(e: usize, t: f64, h: f64, y: usize, f0: usize): i32 {
  const w = load<usize>(e, EVAL_LINEAR), n = dim(e), all = load<i32>(e, EVAL_BATCH) * n, stride = luStride(n)
  const wide = load<i32>(w, WIDE) != 0, base = load<usize>(w, BASE), bytes = bytesOf(all, wide)
  // Another state at the same time: an event has changed it.
  if (load<f64>(w, AT) != t || memory.compare(base, y, bytes) != 0) {
    if (isHost(e)) hostJacobian(e, w, t, h, y, f0, wide)
    else transposeJacobian(e, w, t, h, y, wide)
    store<f64>(w, t, AT)
    memory.copy(base, y, bytes)
    count(w, 0)
  }
  const bad = firstNonFinite<f64>(all * stride, load<usize>(w, JACOBIAN))
  return bad >= 0 ? bad / stride : firstNonFinite<f64>(all, load<usize>(w, RATE))
}

/** Factorises I / gamma - h J. Returns the first component without a pivot, or -1. */
export function factorise(e: usize, gamma: f64, h: f64): i32 {
  const w = load<usize>(e, EVAL_LINEAR), n = dim(e), batch = load<i32>(e, EVAL_BATCH), stride = luStride(n)
  const bytes = (<usize>n * stride) << 3
  count(w, 4)
  for (let b = 0; b < batch; b++) {
    const from = load<usize>(w, JACOBIAN) + <usize>b * bytes, to = load<usize>(w, MATRIX) + <usize>b * bytes
    for (let i: usize = 0; i < bytes; i += 8) store<f64>(to + i, -h * load<f64>(from + i))
    for (let i: usize = 0; i < <usize>n; i++) {
      const p = to + (i * (<usize>stride + 1) << 3)
      store<f64>(p, load<f64>(p) + 1 / gamma)
    }
    const bad = luFactor(n, to, load<usize>(w, PIVOTS) + ((<usize>b * n) << 2))
    if (bad >= 0) return b * n + bad
  }
  return -1
}

/** Where the right side goes: one state in f64. */
export function rightSide(e: usize): usize {
  return load<usize>(load<usize>(e, EVAL_LINEAR), SIDE)
}

/** The derivative by time: one state in f64. */
export function timeDerivative(e: usize): usize {
  return load<usize>(load<usize>(e, EVAL_LINEAR), RATE)
}

/** The right side becomes the solution. */
export function solveLinear(e: usize): void {
  const w = load<usize>(e, EVAL_LINEAR), n = <usize>dim(e), bytes = n * <usize>luStride(<i32>n) << 3
  for (let b: usize = 0; b < <usize>load<i32>(e, EVAL_BATCH); b++) {
    const pivots = load<usize>(w, PIVOTS) + (b * n << 2)
    luSolve(<i32>n, load<usize>(w, MATRIX) + b * bytes, pivots, load<usize>(w, SIDE) + (b * n << 3))
  }
}
