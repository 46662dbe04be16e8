/** What a method keeps for its solves in JavaScript: its numbers as steps take them, and memory that is lent to one solve at a time. */

import type { CompiledTableau } from '../../tableaus/tableau.ts'
import { type Row, rowOf } from './vectors.ts'

/** States of n numbers each. */
export interface Space {
  readonly y: Float64Array
  readonly next: Float64Array
  /** The error of the step, or what is compared. */
  readonly error: Float64Array
  readonly zeros: Float64Array
  /** Derivatives at the stages, with those of dense output. */
  readonly k: readonly Float64Array[]
  /** What the field reads and writes: nothing that it does to them reaches the solver's own numbers. */
  readonly seen: Float64Array
  readonly dy: Float64Array
}

/** Rows of the stages and of dense output's, of the new state, of the error and of a second error; and spaces that are free. */
export interface Kept {
  readonly method: CompiledTableau
  readonly stages: readonly Row[]
  readonly end: Row
  readonly error: Row
  readonly low: Row | undefined
  /**
   * Rows 1 to 6 and the error of a method of seven stages, the last of which is the first of the next step, and which has no weight 0
   * but those of stage 1 in the new state and the error, as dopri5 has.
   */
  readonly seven: Float64Array | undefined
  /** By the number of components. */
  readonly spaces: (Space | undefined)[]
}

/** Where in `seven` the row of the new state begins, and that of the error. */
export const LAST_ROW = 15
export const ERROR_ROW = 21

/** What is made once for a method. */
export function keep(method: CompiledTableau): Kept {
  const { a, b, error, errorLow, stages, denseStages, fsal } = method
  const rows = Array.from({ length: stages }, (_, i) => a.subarray(i * denseStages, i * denseStages + i))
  const seven = Float64Array.from([...rows, error].flatMap((row) => [...row]))
  const full = seven.every((weight, i) => weight !== 0 || i === LAST_ROW + 1 || i === ERROR_ROW + 1)
  return {
    method,
    stages: Array.from({ length: denseStages }, (_, i) => rowOf(a, i * denseStages, i)),
    end: rowOf(b, 0, stages),
    error: rowOf(error, 0, stages),
    low: errorLow && rowOf(errorLow, 0, stages),
    seven: fsal && stages === 7 && errorLow === undefined && full ? seven : undefined,
    spaces: [],
  }
}

/** A space that is the caller's until it puts it back among the free ones: solves nest. */
export function take({ method, spaces }: Kept, n: number): Space {
  const space = spaces[n]
  if (space !== undefined) {
    spaces[n] = undefined
    return space
  }
  const state = (): Float64Array => new Float64Array(n)
  const k = Array.from({ length: method.denseStages }, state)
  // A component that is never written must not pass for a derivative.
  const dy = state().fill(Number.NaN)
  return { y: state(), next: state(), error: state(), zeros: state(), k, seen: state(), dy }
}
