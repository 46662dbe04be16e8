/** How well the fits describe the record, and how well they forecast what they have not seen. */

import { log } from '../index.ts'
import { type Dataset, rowsBetween } from './dataset.ts'
import { mean } from './mean.ts'
import { column } from './scaling.ts'
import type { FitSettings } from './settings.ts'
import { curve, type Fitted } from './tasks.ts'

/** Root mean square errors, in log units for columns fitted by their logarithms; null where there is nothing to compare. */
export interface Rmse {
  readonly columns: Readonly<Record<string, number | null>>
  readonly all: number | null
}

/** Of the fits over what they were fitted to, and of the forecasts over the rest. */
export interface Errors {
  readonly fit: Rmse
  readonly baseline?: Rmse
  readonly forecast?: Rmse
  readonly baselineForecast?: Rmse
}

/** What a run has found. */
export interface Outcome {
  readonly fitted: readonly Fitted[]
  readonly data: Dataset
  readonly settings: FitSettings
  readonly errors: Errors
}

export function measure(fitted: readonly Fitted[], data: Dataset, settings: FitSettings): Errors {
  const find = (model: string, whole: boolean): Fitted | undefined =>
    fitted.find(({ task }) => task.model === model && (task.until === Number.POSITIVE_INFINITY) === whole)
  const error = (name: keyof Errors, one: Fitted | undefined): Partial<Errors> =>
    one === undefined ? {} : { [name]: rmse(one, data, settings) }
  return {
    fit: rmse(find('network', true) as Fitted, data, settings),
    ...error('baseline', find('baseline', true)),
    ...error('forecast', find('network', false)),
    ...error('baselineForecast', find('baseline', false)),
  }
}

/** Over all rows of a fit to the whole record, over the rows after its end of a fit to a part. */
function rmse(fitted: Fitted, data: Dataset, settings: FitSettings): Rmse {
  const { until, series } = fitted.task
  const names = data.columns
  const after = until === Number.POSITIVE_INFINITY ? Number.NEGATIVE_INFINITY : until
  const squares = names.map((): number[] => [])
  for (const whole of data.series.filter(({ id }) => series.some((one) => one.id === id))) {
    const rows = rowsBetween(whole, names.length, after, Number.POSITIVE_INFINITY)
    const predicted = curve(fitted, rows.id, rows.times)
    for (const [j, name] of names.entries()) {
      const [seen, found] = [rows.values, predicted].map((block) => {
        const cells = column(block, names.length, j)
        return settings.log.includes(name) ? log(cells) : cells
      }) as [Float64Array, Float64Array]
      for (const [i, value] of seen.entries()) {
        const difference = (found[i] as number) - value
        if (!Number.isNaN(value)) squares[j]?.push(difference * difference)
      }
    }
  }
  return {
    columns: Object.fromEntries(names.map((name, j) => [name, root(squares[j] ?? [])])),
    all: root(squares.flat()),
  }
}

function root(squares: readonly number[]): number | null {
  const square = mean(squares)
  return Number.isFinite(square) ? Math.sqrt(square) : null
}

/** 'log units' if all columns are fitted by their logarithms, 'original units' if none is. */
export function unitsOf({ state, log: logs }: FitSettings): string {
  if (logs.length === 0) return 'original units'
  return logs.length === state.length ? 'log units' : `original units, log units for ${logs.join(', ')}`
}

/** The errors as a table of text. */
export function table(errors: Errors, data: Dataset, settings: FitSettings): string {
  const { holdout } = settings
  const end = Math.max(...data.series.map(({ times }) => times.at(-1) as number))
  const baseline = 'Lotka-Volterra'
  const rows: readonly (readonly [string, Rmse | undefined])[] = [
    ['network', errors.fit],
    [baseline, errors.baseline],
    [`network up to ${holdout}, forecast to ${end}`, errors.forecast],
    [`${baseline} up to ${holdout}, forecast to ${end}`, errors.baselineForecast],
  ]
  // Columns in different units have no common error.
  const common = settings.log.length === 0 || settings.log.length === data.columns.length
  const names = [...data.columns, ...(common && data.columns.length > 1 ? ['all'] : [])]
  const body = rows.flatMap(([label, found]) => {
    if (found === undefined) return []
    const cells = names.map((name, j) => (j < data.columns.length ? found.columns[name] : found.all) ?? null)
    return [[label, ...cells.map(round)]]
  })
  return align([[`RMSE (${unitsOf(settings)})`, ...names], ...body])
}

/** Three significant digits; '-' for what could not be computed. */
export function round(value: number | null): string {
  if (value === null) return '-'
  return Math.abs(value) >= 1000 && Math.abs(value) < 1e6 ? value.toFixed(0) : value.toPrecision(3)
}

/** Columns of text: the first to the left, the others to the right. */
export function align(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, c) => Math.max(...rows.map((row) => row[c]?.length ?? 0)))
  const cell = (text: string, c: number): string =>
    c === 0 ? text.padEnd(widths[c] ?? 0) : text.padStart(widths[c] ?? 0)
  return rows.map((row) => row.map(cell).join('  ').trimEnd()).join('\n')
}
