import {
  FIELD_DIM, FIELD_OPS, FIELD_OP_COUNT, FIELD_WIDTHS, MAX_STAGES, OP_BYTES, OP_DST, SOLVE_ACCEPTED, SOLVE_BATCH, SOLVE_FIELD, SOLVE_KINKS,
  SOLVE_Y,
} from '../abi'
import { KINK_DEGREE, KINK_MATRIX, KINK_OPEN, KINK_REACH, KINK_SAMPLES } from '../abi-kinks'
import { bernsteinWeights, firstBelow, LEVELS } from '../kernels/bernstein'
import { bytesOf, valueAt } from '../kernels/either'
import { nextSuspect } from '../kernels/suspects'
import { HELD_INPUTS, HELD_SLOPES, heldFlip, heldFlipped, heldInputs, kinked, lowSlope, unitsOf } from '../program/held'
import { width } from '../program/ops'

// Which unit turns first along a step: the inputs of units as polynomials, and the first of these to change its sign.

/** The block of inputs behind all samples. */
export const BEHIND: i32 = 255
/** Halvings of the step that tell where to look first. */
const ROUGHLY: i32 = 20
/** Roundings that the input of a unit may be made of, besides those of the sum of samples that it is, and still be 0. */
const SLACK: f64 = 32

/** The most coefficients, and the most samples with that of the last look. */
const COEFFICIENTS: i32 = 16
const SAMPLES: i32 = MAX_STAGES + 2

/** Samples and coefficients of the unit at hand, and the matrix between them after a look. */
const values: usize = memory.data(SAMPLES * 8)
const coefficients: usize = memory.data(COEFFICIENTS * 8)
const closed: usize = memory.data(SAMPLES * COEFFICIENTS * 8)
const weights: usize = memory.data(COEFFICIENTS * 8)

/** sum_m weights_m matrix_mi */
function weighted(degree: i32, matrix: usize, columns: i32, i: i32): f64 {
  let sum: f64 = 0
  for (let m = 0; m <= degree; m++) sum += load<f64>(weights + (<usize>m << 3)) * load<f64>(matrix + (<usize>(m * columns + i) << 3))
  return sum
}

/** The matrix with one more sample, what was seen at x: what is open takes the share with which the coefficients meet it. */
function close(q: usize, x: f64): void {
  const degree = load<i32>(q, KINK_DEGREE), samples = load<i32>(q, KINK_SAMPLES), matrix = load<usize>(q, KINK_MATRIX)
  bernsteinWeights(degree, x, weights)
  const size = weighted(degree, load<usize>(q, KINK_OPEN), 1, 0)
  let to = closed
  for (let m = 0; m <= degree; m++) {
    const share = load<f64>(load<usize>(q, KINK_OPEN) + (<usize>m << 3)) / size
    for (let i = 0; i < samples; i++, to += 8) {
      store<f64>(to, load<f64>(matrix + (<usize>(m * samples + i) << 3)) - share * weighted(degree, matrix, samples, i))
    }
    store<f64>(to, share)
    to += 8
  }
}

/**
 * The first part of the step, up to `limit`, at which unit `unit` has the other sign by more than `slack`; Infinity: none. `looked`:
 * where the last look was, 0 = there was none. `index`: the step at hand.
 */
function turn(q: usize, h: usize, unit: i32, index: i32, slack: f64, looked: f64, limit: f64, least: f64, wide: bool): f64 {
  const samples = load<i32>(q, KINK_SAMPLES), degree = load<i32>(q, KINK_DEGREE)
  const sign: f64 = valueAt(load<usize>(h, HELD_SLOPES), unit, wide) == 1 ? 1 : -1
  for (let i = 0; i < samples; i++) store<f64>(values + (<usize>i << 3), valueAt(heldInputs(h, i), unit, wide))
  store<f64>(values + (<usize>samples << 3), valueAt(heldInputs(h, BEHIND), unit, wide))
  const columns = <usize>(samples + <i32>(looked != 0)) << 3
  let row = looked ? closed : load<usize>(q, KINK_MATRIX)
  for (let m: usize = 0; m <= <usize>degree; m++) {
    let sum: f64 = 0
    for (let i: usize = 0; i < columns; i += 8, row += 8) sum += load<f64>(row) * load<f64>(values + i)
    store<f64>(coefficients + (m << 3), sign * sum + slack)
  }
  // What has flipped here is at 0, whatever rounding says, and does not flip back.
  const flipped = heldFlipped(h, unit, index)
  if (flipped) store<f64>(coefficients, max<f64>(0, load<f64>(coefficients)))
  const first = firstBelow(degree, coefficients, limit, looked ? LEVELS : ROUGHLY)
  return flipped && first <= least ? Infinity : first
}

/** The largest magnitude among values i ... i + n - 1. */
function largest(i: i32, n: i32, x: usize, wide: bool): f64 {
  let most: f64 = 0
  for (let j = i; j < i + n; j++) most = max<f64>(most, abs<f64>(valueAt(x, j, wide)))
  return most
}

function suspect(q: usize, h: usize, i: i32, n: i32, unit: i32, wide: bool): i32 {
  const inputs = load<usize>(h, HELD_INPUTS), samples = load<i32>(q, KINK_SAMPLES), at = bytesOf(unit, wide)
  const slopes = load<usize>(h, HELD_SLOPES) + at, reach = load<f64>(q, KINK_REACH)
  if (wide) return nextSuspect<f64>(i, n, inputs, samples, at, slopes, reach)
  return nextSuspect<f32>(i, n, inputs, samples, at, slopes, reach)
}

/**
 * The first part of the step at which a unit of the pattern `h` turns, Infinity if none does; `least` and less is its start. With
 * `upTo` >= 0 it flips those that turn up to there before step `next` instead, and returns how many.
 */
export function turns(s: usize, h: usize, looked: f64, least: f64, upTo: f64, next: i32, wide: bool): f64 {
  const q = load<usize>(s, SOLVE_KINKS), f = load<usize>(s, SOLVE_FIELD), batch = load<i32>(s, SOLVE_BATCH)
  const w = load<usize>(f, FIELD_WIDTHS), dim = load<i32>(f, FIELD_DIM)
  const roundings = (SLACK + load<f64>(q, KINK_REACH)) * (wide ? f64.EPSILON : <f64>f32.EPSILON)
  if (looked) close(q, looked)
  let first: f64 = Infinity, flips: f64 = 0, op = load<usize>(f, FIELD_OPS), unit = 0
  for (let i = load<i32>(f, FIELD_OP_COUNT); i > 0; i--, op += OP_BYTES) {
    if (!kinked(op)) continue
    const units = width(w, op, OP_DST), n = batch * units
    let row = -1, slack: f64 = 0
    for (let k = suspect(q, h, 0, n, unit, wide); k < n; k = suspect(q, h, k + 1, n, unit, wide)) {
      if (k / units != row) {
        row = k / units
        const size = largest(unit + row * units, units, heldInputs(h, 0), wide)
        slack = roundings * max<f64>(size, largest(row * dim, dim, load<usize>(s, SOLVE_Y), wide))
      }
      const limit = upTo >= 0 ? upTo : first
      const at = turn(q, h, unit + k, load<i32>(s, SOLVE_ACCEPTED), slack, looked, limit, least, wide)
      first = min<f64>(first, at)
      if (at > upTo) continue
      heldFlip(h, unit + k, lowSlope(op), next, wide)
      flips++
    }
    unit += unitsOf(op, batch, w, wide)
  }
  return upTo >= 0 ? flips : first
}
