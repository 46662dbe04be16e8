/** From cotangents of the coefficients of a signal, [pieces, degree + 1, length], to those of its values: one vector for every knot. */

import { secondDerivatives } from './spline.ts'

/** Cotangents of the values, still zeros, and of the coefficients of piece p, power j. The outer pieces are the first and last values. */
function begin(knots: Float64Array, length: number, degree: number, g: Float64Array) {
  const of = (p: number, j: number): Float64Array => {
    const from = (p * (degree + 1) + j) * length
    return g.subarray(from, from + length)
  }
  const last = knots.length - 1
  const values = Array.from(knots, () => new Float64Array(length))
  add(values[0], 1, of(0, 0))
  add(values[last], 1, of(knots.length, 0))
  const h = Array.from({ length: last }, (_, k) => (knots[k + 1] as number) - (knots[k] as number))
  return { values, of, h }
}

/** x += factor y */
function add(x: Float64Array | undefined, factor: number, y: Float64Array): void {
  if (x !== undefined) for (const [i, value] of y.entries()) x[i] = (x[i] as number) + factor * value
}

/** The slopes (v_(k+1) - v_k) / h. */
function chargeSlope(values: readonly Float64Array[], k: number, h: number, g: Float64Array): void {
  add(values[k], -1 / h, g)
  add(values[k + 1], 1 / h, g)
}

/** Piece k is v_k, and the slope. */
export function linearTranspose(knots: Float64Array, length: number, g: Float64Array): Float64Array[] {
  const { values, of, h } = begin(knots, length, 1, g)
  for (const [k, step] of h.entries()) {
    add(values[k], 1, of(k + 1, 0))
    chargeSlope(values, k, step, of(k + 1, 1))
  }
  return values
}

/** Piece k is v_k, s_k - h (2 M_k + M_(k+1)) / 6, M_k / 2, (M_(k+1) - M_k) / (6 h), and T M = 6 (s_k - s_(k-1)); see `cubicSignal`. */
export function cubicTranspose(knots: Float64Array, length: number, g: Float64Array): Float64Array[] {
  const { values, of, h } = begin(knots, length, 3, g)
  const slopes = h.map((_, k) => Float64Array.from(of(k + 1, 1)))
  const m = Array.from(knots, () => new Float64Array(length))
  for (const [k, step] of h.entries()) {
    add(values[k], 1, of(k + 1, 0))
    add(m[k], -step / 3, of(k + 1, 1))
    add(m[k + 1], -step / 6, of(k + 1, 1))
    add(m[k], 0.5, of(k + 1, 2))
    add(m[k], -1 / (6 * step), of(k + 1, 3))
    add(m[k + 1], 1 / (6 * step), of(k + 1, 3))
  }
  const right = secondDerivatives(h, (k) => m[k] as Float64Array, length)
  for (let k = 1; k < h.length; k++) {
    add(slopes[k], 6, right[k] as Float64Array)
    add(slopes[k - 1], -6, right[k] as Float64Array)
  }
  for (const [k, step] of h.entries()) chargeSlope(values, k, step, slopes[k] as Float64Array)
  return values
}
