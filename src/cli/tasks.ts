/** What a run fits, one after the other: the network, the baseline, and both again on the part before --holdout. */

import { type Field, MLP, NeuralODE, SolveError, type Tableau, type Vector } from '../index.ts'
import type { Series } from '../io/csv.ts'
import type { Series as Recorded } from '../train/index.ts'
import { type Dataset, rowsBetween } from './dataset.ts'
import { InputError } from './errors.ts'
import { lotkaVolterra } from './lotka-volterra.ts'
import { type Column, scalingOf, toStates, toValues } from './scaling.ts'
import { type FitSettings, solvers } from './settings.ts'

export interface Task {
  /** For the progress line and messages. */
  readonly name: string
  readonly model: 'network' | 'baseline'
  /** Last time that is fitted; Infinity: all. */
  readonly until: number
  /** The fitted rows. */
  readonly series: readonly Series[]
  readonly columns: readonly Column[]
}

/** A stretch of a training, on windows of so many observations, from its epoch `from` on. */
export interface Phase {
  readonly from: number
  readonly window: number
}

/** What a task gives. */
export interface Result {
  readonly parameters: Vector
  /** Initial states, [series, columns]. */
  readonly initial: Vector
  readonly history: readonly number[]
  readonly phases: readonly Phase[]
  readonly loss: number
  readonly nfe: number
}

/** A task that is done, ready to predict. */
export interface Fitted {
  readonly task: Task
  readonly result: Result
  readonly node: NeuralODE
  readonly unit: number
}

export function planTasks(data: Dataset, settings: FitSettings): Task[] {
  const { holdout, baseline, log, scale } = settings
  const parts = [Number.POSITIVE_INFINITY, ...(holdout === null ? [] : [holdout])]
  return parts.flatMap((until) => {
    const series = fittedPart(data, until)
    const part = until === Number.POSITIVE_INFINITY ? '' : ` up to ${until}`
    const standardise = scale === 'standardise'
    const columns = scalingOf(series, data.columns, { logs: log, centre: standardise, standardise })
    const network: Task = { name: `network${part}`, model: 'network', until, series, columns }
    if (baseline === null) return [network]
    // Logarithms of values over their geometric mean, so that the exponentials in the field are of order one.
    const ratios = scalingOf(series, data.columns, { logs: data.columns, centre: true, standardise: false })
    return [network, { name: `${baseline}${part}`, model: 'baseline', until, series, columns: ratios }]
  })
}

/** Series with fewer than two rows before the holdout cannot be fitted there, and are left out of its forecast. */
function fittedPart(data: Dataset, until: number): Series[] {
  if (until === Number.POSITIVE_INFINITY) return [...data.series]
  const width = data.columns.length
  const parts = data.series.map((series) => rowsBetween(series, width, Number.NEGATIVE_INFINITY, until))
  const kept = parts.filter(({ times }) => times.length >= 2)
  if (kept.length === 0) throw new InputError(`--holdout ${until} leaves no series with two rows to fit`)
  const last = Math.max(
    ...data.series.filter(({ id }) => kept.some((k) => k.id === id)).map(({ times }) => times.at(-1) ?? 0),
  )
  if (last <= until) throw new InputError(`--holdout ${until} leaves nothing to forecast: the last time is ${last}`)
  return kept
}

/** The series of a task as the library fits them. */
export function recorded({ series, columns }: Task, unit: number): Recorded[] {
  return series.map(({ times, values }) => ({
    times: times.map((t) => (t - (times[0] as number)) / unit),
    values: toStates(columns, values),
  }))
}

/** The field of a task before training. */
export function startField(task: Task, unit: number, { hidden, activation, dtype, seed }: FitSettings): Field {
  if (task.model === 'baseline') return lotkaVolterra(recorded(task, unit))
  const width = task.columns.length
  return new MLP([width, ...hidden, width], { activation, dtype, seed })
}

export function modelOf(field: Field, { solver, rtol, atol }: FitSettings): NeuralODE {
  return new NeuralODE(field, { solver: solvers[solver] as Tableau, rtol, atol })
}

/** The fitted curve of a series, [times, columns] in original units; NaN from where it cannot be solved on. */
export function curve({ task, result, node, unit }: Fitted, id: string, times: Float64Array): Float64Array {
  const width = task.columns.length
  const s = task.series.findIndex((series) => series.id === id)
  if (s < 0) return new Float64Array(times.length * width).fill(Number.NaN)
  const origin = task.series[s]?.times[0] as number
  const initial = result.initial.slice(s * width, (s + 1) * width)
  const states = solveFrom(
    node,
    initial,
    times.map((t) => (t - origin) / unit),
  )
  return toValues(task.columns, states)
}

/** States at times >= 0, in rows. */
function solveFrom(node: NeuralODE, initial: Vector, times: Float64Array): Float64Array {
  const width = initial.length
  const states = new Float64Array(times.length * width).fill(Number.NaN)
  for (let count = times.length; count > 0; ) {
    try {
      const { ys } = node.solve(initial, [0, ...times.subarray(0, count)], { dense: false })
      for (const [i, y] of ys.slice(1).entries()) states.set(y, i * width)
      return states
    } catch (error) {
      if (!(error instanceof SolveError)) throw error
      // A forecast that blows up ends there: what comes before it is still worth showing.
      const reached = times.filter((t) => t < error.t).length
      count = Math.min(count - 1, reached)
    }
  }
  return states
}
