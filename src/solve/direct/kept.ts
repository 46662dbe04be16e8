/** What a method keeps for its solves in JavaScript: its numbers as steps take them, and what is lent to one solve at a time. */

import { type WrittenStep, writtenSteps } from '../../generated/direct-steps.ts'
import type { CompiledTableau } from '../../tableaus/tableau.ts'
import { type Row, rowOf } from './vectors.ts'

/** Rows of the stages and of dense output's, of the new state, of the error and of a second error. */
export interface Kept {
  readonly method: CompiledTableau
  readonly stages: readonly Row[]
  readonly end: Row
  readonly error: Row
  readonly low: Row | undefined
  /** The rows that a step takes, one behind the other with their zeros, as written steps take them. */
  readonly weights: Float64Array
  /** Its steps as they are written out for any number of components, and for 1, 2, ...; none where nobody wrote them. */
  readonly written: readonly WrittenStep[]
}

/** What is made once for a method. */
export function keep(method: CompiledTableau): Kept {
  const { a, b, error, errorLow, stages, denseStages, fsal } = method
  const own = Array.from({ length: stages - 1 }, (_, i) =>
    a.subarray((i + 1) * denseStages, (i + 1) * denseStages + i + 1),
  )
  const rows = [...own, ...(fsal ? [] : [b]), error, ...(errorLow === undefined ? [] : [errorLow])]
  const shape = rows.map((row) => Array.from(row, (weight) => (weight === 0 ? 0 : 1)).join('')).join(' ')
  return {
    method,
    stages: Array.from({ length: denseStages }, (_, i) => rowOf(a, i * denseStages, i)),
    end: rowOf(b, 0, stages),
    error: rowOf(error, 0, stages),
    low: errorLow && rowOf(errorLow, 0, stages),
    weights: Float64Array.from(rows.flatMap((row) => Array.from(row))),
    written: writtenSteps.find((known) => known.shape.test(shape))?.steps ?? [],
  }
}
