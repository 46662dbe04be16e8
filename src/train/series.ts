import { type Dtype, type Vector, vector } from '../core/boundary.ts'
import { checkInt, checkNumbers, checkPositive, type Numbers } from '../core/check.ts'
import { decode, encode, FormatError } from '../io/safetensors.ts'
import { NeuralODE } from '../models/neural-ode.ts'
import type { Field } from '../program/field.ts'
import type { SolverOptions } from '../solve/options.ts'
import { tsit5 } from '../tableaus/tsit5.ts'
import { fit } from './fit.ts'
import { type Loss, mse } from './losses.ts'
import { adam } from './optimizers.ts'
import type { FitData } from './plan.ts'
import { cosine } from './schedules.ts'

/** One recorded trajectory. */
export interface Series {
  /** Times of the observations, strictly increasing, in the field's unit. */
  readonly times: Float64Array
  /** Observations, [rows, dim] row-major; NaN marks a missing value. */
  readonly values: Numbers
}

/** How to fit a field to recorded trajectories. */
export interface SeriesOptions extends Pick<SolverOptions, 'solver' | 'rtol' | 'atol' | 'maxSteps'> {
  /** Passes over the record, all phases together. Default 4000. */
  readonly epochs?: number
  /** Learning rate of Adam at the start of each phase; falls along a cosine. Default 5e-3. */
  readonly lr?: number
  /** Default mse. */
  readonly loss?: Loss
  /** The gradient is scaled down to this Euclidean norm where it is longer. Default 1. */
  readonly clip?: number
  /** What `progress.checkpoint()` returned. */
  readonly resume?: Uint8Array
}

/** How far the fit is. */
export interface SeriesProgress {
  /** 1 ... phases. */
  readonly phase: number
  readonly phases: number
  /** Observations in a window of this phase. */
  readonly window: number
  /** Epochs done and to do, over all phases. */
  readonly epoch: number
  readonly epochs: number
  readonly loss: number
  /** Field evaluations so far. */
  readonly nfe: number
  /** The loss of every epoch so far. Losses of different phases are of windows of different lengths. */
  readonly history: readonly number[]
  /** All that is needed to go on later: one buffer for `resume`. */
  checkpoint(): Uint8Array
}

/** The result of a fit; the field holds the parameters. */
export interface SeriesFit {
  /** The state at the first time of every series, [series, dim]. */
  readonly initial: Vector
  readonly loss: number
  readonly nfe: number
  readonly history: readonly number[]
}

/** A phase: windows of so many observations, starting every `stride`. */
interface Phase {
  readonly window: number
  readonly stride: number
  readonly epochs: number
}

/** The whole trajectories get half of the epochs: they are what is asked for. */
function plan(longest: number, epochs: number): Phase[] {
  const windows: number[] = []
  for (let w = 3; w < 0.75 * longest; w *= 2) windows.push(w)
  const whole = windows.length === 0 ? epochs : Math.ceil(epochs / 2)
  const each = windows.map((_, i) => Math.floor(((epochs - whole) * (i + 1)) / windows.length))
  const phases = windows.map((window, i) => ({
    window,
    stride: Math.max(1, Math.floor(window / 3)),
    epochs: (each[i] as number) - (each[i - 1] ?? 0),
  }))
  return [...phases, { window: longest, stride: longest, epochs: whole }].filter((phase) => phase.epochs > 0)
}

/** A window: rows from ... to - 1 of a series. */
interface Window {
  readonly series: Series
  readonly from: number
  readonly to: number
}

function windows(all: readonly Series[], { window, stride }: Phase): Window[] {
  return all.flatMap((series) => {
    const n = series.times.length
    if (n <= window) return [{ series, from: 0, to: n }]
    const starts = Array.from({ length: Math.floor((n - window) / stride) + 1 }, (_, i) => i * stride)
    if (starts[starts.length - 1] !== n - window) starts.push(n - window)
    return starts.map((from) => ({ series, from, to: from + window }))
  })
}

/** The value of component j at row i; where it is missing, the nearest one in time that is there, 0 if there is none. */
function guess({ times, values }: Series, dim: number, i: number, j: number): number {
  let [best, distance] = [0, Infinity]
  for (const [k, t] of times.entries()) {
    const v = values[k * dim + j] as number
    const d = Math.abs(t - (times[i] as number))
    if (!Number.isNaN(v) && d < distance) [best, distance] = [v, d]
  }
  return best
}

/** Initial states, targets and the common output times of the windows: times since the window's start, all that occur. */
function layOut(rows: readonly Window[], dim: number, dtype: Dtype): { t: Float64Array; data: FitData } {
  const since = ({ series, from }: Window, i: number): number =>
    (series.times[i] as number) - (series.times[from] as number)
  const all = rows.flatMap((row) => Array.from({ length: row.to - row.from }, (_, i) => since(row, row.from + i)))
  const t = Float64Array.from(new Set(all)).sort()
  const place = new Map(Array.from(t, (time, k) => [time, k]))
  const x = vector(dtype, rows.length * dim)
  const y = vector(dtype, t.length * rows.length * dim).fill(Number.NaN)
  for (const [r, row] of rows.entries()) {
    for (let j = 0; j < dim; j++) x[r * dim + j] = guess(row.series, dim, row.from, j)
    for (let i = row.from; i < row.to; i++) {
      const at = ((place.get(since(row, i)) as number) * rows.length + r) * dim
      for (let j = 0; j < dim; j++) y[at + j] = row.series.values[i * dim + j] as number
    }
  }
  return { t, data: { x, y } }
}

function check(field: Field, series: readonly Series[]): number {
  if (series.length === 0) throw new RangeError('series must hold at least one trajectory, got none')
  for (const [s, { times, values }] of series.entries()) {
    checkNumbers(`series[${s}].times`, times)
    checkNumbers(`series[${s}].values`, values, true)
    if (times.length < 2) throw new RangeError(`series[${s}] must hold at least two observations, got ${times.length}`)
    if (values.length !== times.length * field.dim) {
      throw new RangeError(
        `series[${s}].values must hold ${times.length} rows of ${field.dim}, got ${values.length} numbers`,
      )
    }
    for (let i = 1; i < times.length; i++) {
      if ((times[i] as number) <= (times[i - 1] as number)) {
        throw new RangeError(`series[${s}].times must increase, got ${times[i]} after ${times[i - 1]}`)
      }
    }
  }
  return Math.max(...series.map(({ times }) => times.length))
}

const KEY = 'relode-series'

interface Saved {
  readonly phase: number
  readonly nfe: number
  readonly history: readonly number[]
  readonly bytes: Uint8Array
}

/** A training checkpoint with the place in the phases and the history beside it. */
function save({ phase, nfe, history, bytes }: Saved): Uint8Array {
  const { tensors, metadata } = decode(bytes)
  tensors.set('history', { dtype: 'F64', shape: [history.length], data: Float64Array.from(history) })
  return encode(tensors, new Map([...metadata, [KEY, JSON.stringify({ phase, nfe })]]))
}

function restore(bytes: Uint8Array, phases: number): Saved {
  const { tensors, metadata } = decode(bytes)
  const text = metadata.get(KEY)
  const history = tensors.get('history')?.data
  if (text === undefined || history === undefined)
    throw new FormatError(`the file has no metadata entry "${KEY}": it is not a checkpoint of fitSeries`)
  const { phase, nfe } = place(text)
  const valid = Number.isInteger(phase) && (phase as number) >= 0 && (phase as number) < phases
  if (!valid || typeof nfe !== 'number') throw new FormatError('the state of the fit is damaged')
  return { phase: phase as number, nfe, history: Array.from(history), bytes }
}

function place(text: string): { phase?: unknown; nfe?: unknown } {
  try {
    return (JSON.parse(text) ?? {}) as object
  } catch {
    throw new FormatError(`the metadata entry "${KEY}" is not JSON`)
  }
}

/**
 * Fits an autonomous field to recorded trajectories, in place: irregular times, missing values, several series.
 *
 * A long trajectory of an untrained field says little about where it went wrong, so the fit starts with windows of three
 * observations and doubles them, phase by phase, until they are whole trajectories. Every window's initial state is trained
 * along with the field. The trajectories of a series start at its own first time: the field does not see the date.
 *
 * @throws RangeError or TypeError for unusable series or options, SolveError when a solve fails
 *
 * ```ts
 * const run = fitSeries(field, [{ times, values }], { epochs: 2000 })
 * for (const { epoch, loss } of run) console.log(epoch, loss)
 * ```
 */
export function* fitSeries(
  field: Field,
  series: readonly Series[],
  options: SeriesOptions = {},
): Generator<SeriesProgress, SeriesFit, undefined> {
  const longest = check(field, series)
  const epochs = checkInt('epochs', options.epochs ?? 4000, 1, 2 ** 31)
  const optimizer = adam({ lr: checkPositive('lr', options.lr ?? 5e-3) })
  const { solver = tsit5, rtol = 1e-4, atol = 1e-4, maxSteps = 16384, loss = mse, clip = 1 } = options
  const phases = plan(longest, epochs)
  let saved = options.resume === undefined ? undefined : restore(options.resume, phases.length)
  const history = [...(saved?.history ?? [])]
  let nfe = saved?.nfe ?? 0
  // A fit that is resumed at its very end has nothing left to do: its result is in the checkpoint.
  let initial = saved === undefined ? undefined : decode(saved.bytes).tensors.get('inputs')?.data
  for (let p = saved?.phase ?? 0; p < phases.length; p++) {
    const phase = phases[p] as Phase
    const { t, data } = layOut(windows(series, phase), field.dim, field.dtype)
    const node = new NeuralODE(field, { t, output: 'all', solver, rtol, atol, maxSteps })
    const resume = saved === undefined ? {} : { resume: saved.bytes }
    saved = undefined
    const training = {
      epochs: phase.epochs,
      optimizer,
      loss,
      clip,
      schedule: cosine({ final: 0.01 }),
      trainInputs: true,
    }
    for (const progress of fit(node, data, { ...training, ...resume })) {
      if (progress.epoch === phase.epochs) initial = progress.inputs()
      nfe += progress.nfe
      history.push(progress.loss)
      yield {
        phase: p + 1,
        phases: phases.length,
        window: phase.window,
        epoch: history.length,
        epochs,
        loss: progress.loss,
        nfe,
        history,
        checkpoint: () => save({ phase: p, nfe, history, bytes: progress.checkpoint() }),
      }
    }
  }
  return { initial: initial as Vector, loss: history[history.length - 1] as number, nfe, history }
}
