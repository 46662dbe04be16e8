/** relode predict */

import { type NeuralODE, SolveError } from '../index.ts'
import { formatTable } from '../io/csv.ts'
import { FailureError, InputError } from './errors.ts'
import { writeWhole } from './files.ts'
import { type Description, type KnownSeries, loadModel } from './model-file.ts'
import { column, toStates, toValues } from './scaling.ts'

interface PredictOptions {
  readonly from: number
  readonly to: number
  readonly step: number
  readonly series?: string
  readonly initial?: readonly number[]
  readonly out: string
  readonly json?: boolean
}

/** Rows of a table that someone will look at; more is a mistyped --step. */
const MOST_ROWS = 1_000_000

/** One trajectory: values in original units, [times, columns]. */
interface Forecast {
  readonly id: string
  readonly values: Float64Array
}

export function predict(path: string, options: PredictOptions): void {
  const { path: file, node, description } = loadModel(path)
  if (description === undefined) {
    throw new InputError(`${file} was not made by \`relode fit\`: it does not say what its states mean`)
  }
  const times = timesOf(options)
  const forecasts = forecast(node, description, times, options)
  const { time, columns, settings } = description
  const width = columns.length
  if (options.json) {
    const series = forecasts.map(({ id, values }) => ({
      ...(settings.series === null || options.initial !== undefined ? {} : { [settings.series]: id }),
      [time]: [...times],
      ...Object.fromEntries(columns.map(({ name }, j) => [name, [...column(values, width, j)]])),
    }))
    process.stdout.write(`${JSON.stringify({ model: file, series })}\n`)
    if (options.out === '-') return
  }
  const text = toTable(description, times, forecasts, options.initial !== undefined)
  if (options.out === '-') process.stdout.write(text)
  else writeWhole(options.out, text)
}

function timesOf({ from, to, step }: PredictOptions): Float64Array {
  if (to < from) throw new InputError(`--to must not be before --from ${from}, got ${to}`)
  // A last time that is a whole number of steps away but for rounding belongs to the grid.
  const count = Math.floor((to - from) / step + 1e-9) + 1
  if (count > MOST_ROWS) {
    throw new InputError(`--step ${step} gives ${count} times from ${from} to ${to}, at most ${MOST_ROWS} are possible`)
  }
  return Float64Array.from({ length: count }, (_, i) => Math.min(to, from + i * step))
}

function forecast(node: NeuralODE, description: Description, times: Float64Array, options: PredictOptions): Forecast[] {
  const { columns, series: all } = description
  if (options.initial !== undefined) {
    return [{ id: '', values: values(node, description, initialState(description, options), times) }]
  }
  if (options.series !== undefined && description.settings.series === null) {
    throw new InputError(`--series: the model knows one series without a name, leave the option out`)
  }
  const wanted = all.filter(({ id }) => options.series === undefined || id === options.series)
  if (wanted.length === 0) {
    const [some, more] = [all.slice(0, 20).map(({ id }) => id), all.length > 20 ? ', ...' : '']
    throw new InputError(`--series '${options.series}' is not in the model, there are: ${some.join(', ')}${more}`)
  }
  return wanted.map((one) => ({ id: one.id, values: values(node, { ...description, columns }, one, times) }))
}

/** A series that starts at --from with the given values. */
function initialState({ columns }: Description, { initial = [], from }: PredictOptions): KnownSeries {
  const names = columns.map(({ name }) => name).join(',')
  if (initial.length !== columns.length) {
    throw new InputError(`--initial must hold ${columns.length} values (${names}), got ${initial.length}`)
  }
  for (const [j, { name, log }] of columns.entries()) {
    if (log && (initial[j] as number) <= 0) {
      throw new InputError(`--initial must be > 0 for ${name}, which is fitted by its logarithm, got ${initial[j]}`)
    }
  }
  return { id: '', origin: from, end: from, rows: 0, initial: [...toStates(columns, initial)] }
}

/** The trajectory through a known start: forwards from there, and backwards for earlier times. */
function values(
  node: NeuralODE,
  { columns, unit, time }: Description,
  start: KnownSeries,
  times: Float64Array,
): Float64Array {
  const relative = times.map((t) => (t - start.origin) / unit)
  const before = relative.filter((t) => t < 0).reverse()
  const after = relative.filter((t) => t >= 0)
  const initial = node.dtype === 'f32' ? Float32Array.from(start.initial) : Float64Array.from(start.initial)
  const solve = (part: Float64Array): ArrayLike<number>[] => {
    if (part.length === 0) return []
    try {
      return node.solve(initial, [0, ...part], { dense: false }).ys.slice(1)
    } catch (error) {
      if (!(error instanceof SolveError)) throw error
      const reached = start.origin + error.t * unit
      throw new FailureError(`the trajectory cannot be solved beyond ${time} ${reached} (${error.status})`)
    }
  }
  const states = [...solve(before).reverse(), ...solve(after)]
  const result = toValues(columns, Float64Array.from(states.flatMap((state) => Array.from(state))))
  const bad = result.findIndex((value) => !Number.isFinite(value))
  if (bad >= 0)
    throw new FailureError(
      `the trajectory leaves the range of numbers at ${time} ${times[Math.floor(bad / columns.length)]}`,
    )
  return result
}

function toTable(
  { time, columns, settings }: Description,
  times: Float64Array,
  all: readonly Forecast[],
  own: boolean,
): string {
  const id = own ? null : settings.series
  const width = columns.length
  const ids: [string, string[]][] = id === null ? [] : [[id, all.flatMap((one) => Array.from(times, () => one.id))]]
  return formatTable([
    ...ids,
    [time, all.flatMap(() => [...times])],
    ...columns.map(({ name }, j): [string, number[]] => [
      name,
      all.flatMap((one) => [...column(one.values, width, j)]),
    ]),
  ])
}
