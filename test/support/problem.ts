/** What an initial value problem with a known end is. */

import type { FieldFunction } from '../../src/solve/host-field.ts'

export interface Problem {
  readonly field: FieldFunction
  readonly y0: readonly number[]
  readonly t1: number
  /** y(t1), from y(0) = y0. */
  readonly y1: readonly number[]
}

export type Vector = Float64Array

export function problem(
  t1: number,
  y0: readonly number[],
  y1: readonly number[],
  f: (t: number, y: Vector, dy: Vector) => void,
): Problem {
  return { field: f as FieldFunction, t1, y0, y1 }
}
