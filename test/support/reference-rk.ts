/**
 * A Runge-Kutta integrator in plain doubles, straight from the definition: no wasm, no FSAL, nothing of `src` but the
 * tableau literals. Slow, and that does not matter: it is what the others are compared with.
 */

import type { Coefficient, Tableau } from '../../src/tableaus/tableau.ts'
import { rational, toNumber } from './rational.ts'

/** dy/dt = f(t, y): returns a new array of y's length. */
export type ReferenceField = (t: number, y: readonly number[]) => number[]

export interface ReferenceStep {
  /** The state at t + h. */
  readonly y: number[]
  /** The error estimate h sum_i error_i k_i; zeros if the tableau has none. The same of the second, lower row. */
  readonly error: number[]
  readonly errorLow: number[]
  /** The stages: k[i] = f(t + c_i h, ...). */
  readonly k: number[][]
  /** Dense output at t + theta h, 0 <= theta <= 1. */
  readonly at: (theta: number) => number[]
}

const doubles: WeakMap<readonly Coefficient[], number[]> = new WeakMap()

function toDoubles(row: readonly Coefficient[]): number[] {
  let result = doubles.get(row)
  if (result === undefined) {
    result = row.map((value) => toNumber(rational(value)))
    doubles.set(row, result)
  }
  return result
}

/** y + h sum_i weights[i] k[i] */
function combine(y: readonly number[], h: number, weights: readonly number[], k: readonly number[][]): number[] {
  return y.map((start, j) => start + h * weights.reduce((sum, weight, i) => sum + weight * (k[i]?.[j] as number), 0))
}

/** One step of size h, of either sign, from (t, y). */
export function rkStep(tableau: Tableau, f: ReferenceField, t: number, y: readonly number[], h: number): ReferenceStep {
  const c = toDoubles(tableau.c)
  const k: number[][] = []
  for (const [i, row] of tableau.a.entries()) k.push(f(t + (c[i] as number) * h, combine(y, h, toDoubles(row), k)))
  const all = [...k]
  for (const [i, row] of tableau.dense.extra?.a.entries() ?? []) {
    const node = toDoubles(tableau.dense.extra?.c ?? [])[i] as number
    all.push(f(t + node * h, combine(y, h, toDoubles(row), all)))
  }
  const zero = y.map(() => 0)
  return {
    y: combine(y, h, toDoubles(tableau.b), k),
    error: combine(zero, h, toDoubles(tableau.error ?? []), k),
    errorLow: combine(zero, h, toDoubles(tableau.errorLow ?? []), k),
    k,
    at: (theta) => {
      const weights = tableau.dense.rows.map((row) => toDoubles(row).reduceRight((sum, r) => (sum + r) * theta, 0))
      return combine(y, h, weights, all)
    },
  }
}

/** The state at t1 after `steps` equal steps from (t0, y0); t1 < t0 runs backwards. */
export function integrate(
  tableau: Tableau,
  f: ReferenceField,
  t0: number,
  t1: number,
  y0: readonly number[],
  steps: number,
): number[] {
  const h = (t1 - t0) / steps
  let y = [...y0]
  for (let i = 0; i < steps; i++) y = rkStep(tableau, f, t0 + i * h, y, h).y
  return y
}
