/**
 * From the record's units to the field's and back: state = (value or its logarithm - mean) / sd, time = (t - origin) / unit.
 * Logarithms and exponentials are the core's, so that a fit has the same bits everywhere.
 */

import { exp, log } from '../index.ts'
import type { Series } from '../io/csv.ts'
import { InputError } from './errors.ts'
import { mean } from './mean.ts'

export interface Column {
  readonly name: string
  readonly log: boolean
  /** Of the values, or of their logarithms. */
  readonly mean: number
  readonly sd: number
}

/** Column j of a row-major block. */
export function column(values: ArrayLike<number>, columns: number, j: number): Float64Array {
  return Float64Array.from({ length: values.length / columns }, (_, i) => values[i * columns + j] as number)
}

/** How to scale each column, from the series that are fitted. `standardise` gives mean 0 and standard deviation 1. */
export function scalingOf(
  all: readonly Series[],
  names: readonly string[],
  { logs, centre, standardise }: { logs: readonly string[]; centre: boolean; standardise: boolean },
): Column[] {
  const values = Float64Array.from(all.flatMap((series) => [...series.values]))
  return names.map((name, j) => {
    const isLog = logs.includes(name)
    const raw = column(values, names.length, j).filter((value) => !Number.isNaN(value))
    const there = isLog ? log(raw) : raw
    if (there.length === 0) throw new InputError(`column '${name}' has no values up to --holdout`)
    const middle = centre ? mean(there) : 0
    const variance = mean(there.map((value) => (value - middle) * (value - middle)))
    // A column that is constant in the part that is fitted has no scale of its own.
    const sd = standardise && variance > 0 ? Math.sqrt(variance) : 1
    return { name, log: isLog, mean: middle, sd }
  })
}

/** Values in original units, [rows, columns], as states. */
export function toStates(columns: readonly Column[], values: ArrayLike<number>): Float64Array {
  return convert(columns, values, (cells, { log: isLog, mean, sd }) =>
    (isLog ? log(cells) : cells).map((value) => (value - mean) / sd),
  )
}

/** States, [rows, columns], as values in original units. */
export function toValues(columns: readonly Column[], states: ArrayLike<number>): Float64Array {
  return convert(columns, states, (cells, { log: isLog, mean, sd }) => {
    const plain = cells.map((value) => value * sd + mean)
    return isLog ? exp(plain) : plain
  })
}

function convert(
  columns: readonly Column[],
  block: ArrayLike<number>,
  change: (cells: Float64Array, column: Column) => Float64Array,
): Float64Array {
  const result = new Float64Array(block.length)
  for (const [j, item] of columns.entries()) {
    for (const [i, value] of change(column(block, columns.length, j), item).entries())
      result[i * columns.length + j] = value
  }
  return result
}
