/** A field of units within one pattern of activation, where it is affine: its matrix, its flow, and how far things may move. */

import { Arena } from '../core/arena.ts'
import { core, guarded, type Pointer, read, write } from '../core/boundary.ts'
import type { ReluField } from './relu-field.ts'

/** sum_j a[at + j] x[j] over all of x. */
export function dotAt(a: Float64Array, at: number, x: Float64Array): number {
  let sum = 0
  for (let j = 0; j < x.length; j++) sum += (a[at + j] as number) * (x[j] as number)
  return sum
}

/** The largest absolute value; NaN where there is one. */
export function largest(x: Float64Array): number {
  let most = 0
  for (const v of x) most = Math.max(most, Math.abs(v))
  return most
}

/** M x for a square matrix, row-major. */
export function times(M: Float64Array, x: Float64Array): Float64Array {
  return x.map((_, i) => dotAt(M, i * x.length, x))
}

/** w_i y + b_i of every unit. */
export function inputsOf({ n, W, b }: ReluField, y: Float64Array): Float64Array {
  return b.map((constant, i) => constant + dotAt(W, i * n, y))
}

/** y' with the units that are on at these inputs; `direction`: 1, or -1 for the field of a solve that runs backward. */
export function rateOf(
  { n, A, c, V }: ReluField,
  direction: number,
  y: Float64Array,
  z: Float64Array,
  on: Uint8Array,
): Float64Array {
  const f = c.map((constant, i) => constant + dotAt(A, i * n, y))
  for (let i = 0; i < on.length; i++) {
    if (on[i] === 0) continue
    for (let j = 0; j < n; j++) f[j] = (f[j] as number) + (V[i * n + j] as number) * (z[i] as number)
  }
  return f.map((v) => direction * v)
}

/** direction (A + sum of v_i w_i^T over the units that are on), n x n. */
export function matrixOf({ n, A, W, V }: ReluField, direction: number, on: Uint8Array): Float64Array {
  const M = A.slice()
  for (let i = 0; i < on.length; i++) {
    if (on[i] === 0) continue
    for (let row = 0; row < n; row++) {
      const v = V[i * n + row] as number
      if (v === 0) continue
      for (let j = 0; j < n; j++) M[row * n + j] = (M[row * n + j] as number) + v * (W[i * n + j] as number)
    }
  }
  return M.map((v) => direction * v)
}

/** The norm of an n x n matrix that belongs to the maximum norm. */
export function normOf(M: Float64Array, n: number): number {
  return rowMaximum(M, n, Math.abs)
}

/** The logarithmic norm that belongs to it, rounded up: |exp(sM)| <= e^(s growth) for s >= 0. */
function growthOf(M: Float64Array, n: number): number {
  return rowMaximum(M, n, (diagonal) => diagonal) + n * Number.EPSILON * normOf(M, n)
}

function rowMaximum(M: Float64Array, n: number, diagonal: (v: number) => number): number {
  let most = -Infinity
  for (let i = 0; i < n; i++) {
    let sum = diagonal(M[i * n + i] as number)
    for (let j = 0; j < n; j++) if (j !== i) sum += Math.abs(M[i * n + j] as number)
    most = Math.max(most, sum)
  }
  return most
}

/** Where a solve is in one pattern: y' = f + M (y - start), from y = start on. */
export class Region {
  readonly start: Float64Array
  readonly M: Float64Array
  readonly f: Float64Array
  /** Norm and logarithmic norm of M. */
  readonly norm: number
  readonly growth: number

  constructor(field: ReluField, direction: number, start: Float64Array, on: Uint8Array) {
    const { n } = field
    this.start = start
    this.M = matrixOf(field, direction, on)
    this.f = rateOf(field, direction, start, inputsOf(field, start), on)
    this.norm = normOf(this.M, n)
    this.growth = growthOf(this.M, n)
  }

  /**
   * The state after s >= 0 units of time: start + s phi_1(sM) f, phi_1(X) = (e^X - 1) / X, which is the last column of the
   * exponential of [[sM, s f / unit], [0, 0]] times `unit`. Not finite where it overflows.
   */
  at(s: number): Float64Array {
    const { start, M, f, norm } = this
    // Straight on, also where there is nowhere to go.
    if (norm === 0 || s === 0 || largest(f) === 0) return start.map((v, i) => v + s * (f[i] as number))
    const n = start.length
    const stride = (n + 2) & ~1
    const unit = powerAbove(largest(f), norm)
    const rows = new Float64Array((n + 1) * stride)
    for (let i = 0; i < n; i++) {
      for (let j = 0; j < n; j++) rows[i * stride + j] = s * (M[i * n + j] as number)
      rows[i * stride + n] = (s * (f[i] as number)) / unit
    }
    const e = exponential(n + 1, rows)
    return start.map((v, i) => v + unit * (e[i * stride + n] as number))
  }
}

/**
 * A power of two that brings f down to the size of M, so that the length of f does not decide how often the exponential is squared:
 * every squaring doubles the error.
 */
function powerAbove(f: number, norm: number): number {
  let unit = 1
  while (f > norm * unit && unit < 2 ** 500) unit *= 2
  while (f < (norm * unit) / 2 && unit > 2 ** -500) unit /= 2
  return unit
}

/** The exponential of n rows, an even number of values apart; NaN where they are too large for one. */
function exponential(n: number, rows: Float64Array): Float64Array {
  const arena = new Arena()
  try {
    const at: Pointer = arena.zeros('f64', rows.length)
    write('f64', at, rows)
    if (!guarded(() => core().expm64(n, at, arena.pointer))) return rows.fill(Number.NaN)
    return read('f64', at, rows.length) as Float64Array
  } finally {
    arena.free()
  }
}
