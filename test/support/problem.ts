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

/** States as tuples: a field that reads and writes them by index is as fast as a field can be, for the benchmarks. */
export type One = [number]
export type Two = [number, number]
export type Three = [number, number, number]
export type Four = [number, number, number, number]

export function problem<State extends { [i: number]: number } = Vector>(
  t1: number,
  y0: readonly number[],
  y1: readonly number[],
  f: (t: number, y: State, dy: State) => void,
): Problem {
  return { field: f as unknown as FieldFunction, t1, y0, y1 }
}
