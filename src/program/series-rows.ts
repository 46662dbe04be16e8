import { type Dtype, type Vector, vector } from '../core/boundary.ts'
import { checkInt, checkNumbers, checkOneOf, checkTimes, type Numbers } from '../core/check.ts'

/** A series as it was recorded. */
export interface Recording {
  /** Times of the rows, increasing. */
  readonly times: Numbers
  /** [rows, features] row-major; NaN marks a missing value. */
  readonly values: Numbers
}

/** How inputs are made of recordings. */
export interface SeriesRowsOptions {
  /** Rows of every input: shorter series are filled up with NaN. Default: those of the longest. */
  readonly length?: number
  /** Time from which the first row's elapsed time counts. Default: the first time of each series. */
  readonly start?: number
  /** Precision of the result. Default 'f32'. */
  readonly dtype?: Dtype
}

/**
 * Inputs of a `Recurrent` from recorded series: for each its rows of [time since the row before, values ...], filled up with NaN.
 * @returns [series, length, 1 + features]
 */
export function seriesRows(series: readonly Recording[], features: number, options: SeriesRowsOptions = {}): Vector {
  checkInt('features', features, 1, 32766)
  const dtype = checkOneOf('dtype', options.dtype ?? 'f32', ['f32', 'f64'])
  const longest = series.reduce((most, { times }) => Math.max(most, times.length), 1)
  const length = checkInt('length', options.length ?? longest, longest, 2 ** 24)
  const width = 1 + features
  const rows = vector(dtype, series.length * length * width).fill(Number.NaN)
  for (const [s, { times, values }] of series.entries()) {
    checkTimes(`series[${s}].times`, times)
    checkNumbers(`series[${s}].values`, values, true)
    if (values.length !== times.length * features)
      throw new RangeError(
        `series[${s}].values must hold ${times.length} rows of ${features}, got ${values.length} numbers`,
      )
    let before = options.start ?? (times[0] as number)
    for (const [k, time] of times.entries()) {
      if (time < before) throw new RangeError(`series[${s}].times must increase from ${before}, got ${time}`)
      const at = (s * length + k) * width
      rows[at] = time - before
      for (let j = 0; j < features; j++) rows[at + 1 + j] = values[k * features + j] as number
      before = time
    }
  }
  return rows
}
