/** Rows of irregular series as a cell reads them: one step after the other, in the core. */

import * as abi from '../../assembly/abi.ts'
import type { Arena } from '../core/arena.ts'
import { copy, type Dtype, type Pointer, setI32, setWords, type Vector, vector, write } from '../core/boundary.ts'
import { ELAPSED, REAL, SEEN, stepWidth, VALUES } from './cell.ts'

/** The shape of series: rows of the batch, steps of each, values of a step. */
export interface Shape {
  readonly rows: number
  readonly length: number
  readonly features: number
  /** Are the steps taken last to first? */
  readonly backward: boolean
}

/** The row of a series that step k reads, and the one that holds the time since the step before it: none for the first step back. */
function places({ length, backward }: Shape, k: number): readonly [read: number, elapsed: number] {
  return backward ? [length - 1 - k, length - k] : [k, k]
}

/**
 * What the steps read, [length, rows, step width] in f64, from series [rows, length, 1 + features]: elapsed time, then values, NaN where
 * missing. A row without values and elapsed time is none.
 */
export function stepsOf(series: ArrayLike<number>, shape: Shape): Float64Array {
  const { rows, length, features } = shape
  const [from, to] = [1 + features, stepWidth(features)]
  const steps = new Float64Array(length * rows * to)
  for (let k = 0; k < length; k++) {
    const [read, since] = places(shape, k)
    for (let row = 0; row < rows; row++) {
      const at = (k * rows + row) * to
      const own = (row * length + read) * from
      // NaN || 0 is 0.
      const elapsed = since < length ? (series[(row * length + since) * from] as number) || 0 : 0
      let seen = 0
      for (let j = 1; j <= features; j++) {
        const value = series[own + j] as number
        if (Number.isNaN(value)) continue
        seen = 1
        steps[at + VALUES + j - 1] = value
        steps[at + VALUES + features + j - 1] = 1
      }
      steps[at + ELAPSED] = elapsed
      steps[at + REAL] = seen || elapsed > 0 ? 1 : 0
      steps[at + SEEN] = seen
    }
  }
  return steps
}

/** The transpose: cotangents of series from those of steps. What is missing has none. */
export function seriesCotangents(
  steps: ArrayLike<number>,
  shape: Shape,
  series: ArrayLike<number>,
  dtype: Dtype,
): Vector {
  const { rows, length, features } = shape
  const [from, to] = [1 + features, stepWidth(features)]
  const out = vector(dtype, rows * length * from)
  for (let k = 0; k < length; k++) {
    const [read, since] = places(shape, k)
    for (let row = 0; row < rows; row++) {
      const at = (k * rows + row) * to
      const own = (row * length + read) * from
      const time = (row * length + since) * from
      if (since < length && !Number.isNaN(series[time])) out[time] = steps[at + ELAPSED] as number
      for (let j = 1; j <= features; j++)
        if (!Number.isNaN(series[own + j])) out[own + j] = steps[at + VALUES + j - 1] as number
    }
  }
  return out
}

/**
 * For solves: a copy of a block that reads `steps`, as many numbers for each of so many steps, step k at time k: a signal of degree 0,
 * whose piece k ends where step k + 1 begins.
 */
export function placeSteps(arena: Arena, block: Pointer, steps: Float64Array, count: number): Pointer {
  const knots = arena.zeros('f64', count)
  write(
    'f64',
    knots,
    Float64Array.from({ length: count - 1 }, (_, k) => k + 1),
  )
  const at = arena.bytes(abi.SIGNAL_SIZE)
  setWords(at, [
    [abi.SIGNAL_KNOTS, knots],
    [abi.SIGNAL_COUNT, count - 1],
    [abi.SIGNAL_DEGREE, 0],
    [abi.SIGNAL_LENGTH, steps.length / count],
    [abi.SIGNAL_COEFFICIENTS, arena.copy('f64', steps)],
  ])
  const field = arena.bytes(abi.FIELD_SIZE)
  copy(field, block, abi.FIELD_SIZE)
  setI32(field + abi.FIELD_SIGNAL, at)
  return field
}
