/** relode fit */

import { basename, extname, join } from 'node:path'
import { FormatError } from '../index.ts'
import { decodeRun, type Identity, type RunState } from './checkpoint.ts'
import { readDataset } from './dataset.ts'
import { FailureError, InputError } from './errors.ts'
import { makeFolder, readIfThere, remove, writeWhole } from './files.ts'
import { fitFigure } from './fit-figure.ts'
import { coefficients, type LotkaVolterra } from './lotka-volterra.ts'
import { type Description, MODEL_NAME, saveModel } from './model-file.ts'
import { Progress } from './progress.ts'
import { measure, type Outcome, round, table } from './report.ts'
import type { FitSettings } from './settings.ts'
import { count } from './status-line.ts'
import { type Fitted, planTasks } from './tasks.ts'
import { train } from './train.ts'
import { trajectoryTable } from './trajectory.ts'
import { version } from './version.ts'

/** The options as the command line gives them. */
interface FitOptions extends Omit<FitSettings, 'series' | 'log' | 'holdout' | 'baseline'> {
  readonly series?: string
  readonly log?: true | readonly string[]
  readonly holdout?: number
  readonly baseline?: 'lotka-volterra'
  readonly out?: string
  readonly resume?: boolean
  readonly force?: boolean
  readonly checkpointEvery: number
  readonly json?: boolean
}

export async function fit(path: string, options: FitOptions): Promise<void> {
  const started = performance.now()
  const settings = settingsOf(options)
  const data = readDataset(path, settings)
  const tasks = planTasks(data, settings)
  const out = options.out ?? `relode-${basename(path, extname(path))}`
  const file = join(out, 'checkpoint.safetensors')
  const identity: Identity = { version: version(), data: data.hash, settings }
  makeFolder(out)
  const from = startOf(file, identity, options)
  const progress = new Progress(process.stderr, tasks.length, settings.epochs)
  const every = 1000 * options.checkpointEvery
  const fitted = await train({ data, identity, tasks, progress, file, every }, from).catch((error: unknown) => {
    // Going on from there would fail again.
    if (error instanceof FailureError) remove(file)
    throw damaged(file, error)
  })
  const errors = measure(fitted, data, settings)
  const files = writeResults(out, { fitted, data, settings, errors })
  remove(file)
  const seconds = (performance.now() - started) / 1000
  report({ fitted, data, settings, errors, files, seconds }, options.json ?? false)
}

function settingsOf(options: FitOptions): FitSettings {
  const { time, state, series, log, scale, hidden, activation, dtype, solver } = options
  const { rtol, atol, epochs, lr, loss, seed, holdout, baseline } = options
  const logs = log === true ? state : state.filter((name) => log?.includes(name))
  const stranger = log === true ? undefined : log?.find((name) => !state.includes(name))
  if (stranger !== undefined) {
    throw new InputError(`--log names '${stranger}', which is not in --state ${state.join(',')}`)
  }
  return {
    ...{ time, state, series: series ?? null, log: logs, scale, hidden, activation, dtype, solver },
    ...{ rtol, atol, epochs, lr, loss, seed, holdout: holdout ?? null, baseline: baseline ?? null },
  }
}

/** Where to start: at the checkpoint with --resume, else at the beginning. */
function startOf(file: string, identity: Identity, { resume, force }: FitOptions): RunState {
  if (force) remove(file)
  const bytes = readIfThere(file)
  if (bytes === undefined) {
    if (resume) process.stderr.write(`relode: there is no ${file}, the fit starts at the beginning\n`)
    return { done: [] }
  }
  if (!resume) {
    throw new InputError(`${file} is of an unfinished fit: --resume goes on from it, --force starts over`)
  }
  try {
    return decodeRun(bytes, identity)
  } catch (error) {
    throw damaged(file, error)
  }
}

/** What is wrong with a checkpoint, with its name and what to do. */
function damaged(file: string, error: unknown): unknown {
  return error instanceof FormatError ? new InputError(`${file}: ${error.message}: --force starts over`) : error
}

interface Files {
  readonly model: string
  readonly trajectory: string
  readonly figure: string
}

function writeResults(out: string, outcome: Outcome): Files {
  const { fitted, data, settings } = outcome
  const [model, trajectory, figure] = [MODEL_NAME, 'trajectory.csv', 'figure.svg'].map((name) => join(out, name)) as [
    string,
    string,
    string,
  ]
  const first = fitted[0] as Fitted
  writeWhole(model, saveModel(first.node, describe(outcome)))
  writeWhole(trajectory, trajectoryTable(fitted, data, settings))
  writeWhole(figure, fitFigure(outcome))
  return { model, trajectory, figure }
}

function describe({ fitted, data, settings, errors }: Outcome): Description {
  const { task, result } = fitted[0] as Fitted
  const width = task.columns.length
  return {
    time: settings.time,
    unit: data.unit,
    columns: task.columns,
    series: data.series.map(({ id, times }, s) => ({
      id,
      origin: times[0] as number,
      end: times.at(-1) as number,
      rows: times.length,
      initial: [...result.initial.subarray(s * width, (s + 1) * width)],
    })),
    source: data.source,
    missing: data.series.reduce((total, { values }) => total + values.filter(Number.isNaN).length, 0),
    settings,
    training: { loss: result.loss, nfe: result.nfe },
    errors,
  }
}

function report(outcome: Outcome & { files: Files; seconds: number }, json: boolean): void {
  const { fitted, data, settings, errors, files, seconds } = outcome
  const baselines = fitted
    .filter(({ task }) => task.model === 'baseline')
    .map(({ task, result }) => ({
      until: Number.isFinite(task.until) ? task.until : null,
      ...coefficients(result.parameters, task.columns, data.unit),
    }))
  const nfe = fitted.reduce((total, { result }) => total + result.nfe, 0)
  if (json) {
    const document = { settings, rmse: errors, lotkaVolterra: baselines, nfe, seconds, files }
    process.stdout.write(`${JSON.stringify(document, null, 2)}\n`)
    return
  }
  const lines = [table(errors, data, settings), ...baselines.slice(0, 1).flatMap(describeBaseline)]
  const cost = `${count(nfe)} evaluations of the fields in ${seconds.toFixed(1)} s`
  process.stdout.write(`${lines.join('\n')}\n\n${cost}; wrote\n  ${Object.values(files).join('\n  ')}\n`)
}

function describeBaseline({ prey, predator, ...values }: LotkaVolterra): string[] {
  const { alpha, beta, gamma, delta } = values
  const names = Object.entries({ alpha, beta, gamma, delta }).map(([name, value]) => `${name} ${round(value)}`)
  return [
    '',
    `Lotka-Volterra: ${prey}' = alpha ${prey} - beta ${prey} ${predator}, ${predator}' = delta ${prey} ${predator} - gamma ${predator}`,
    `  with ${names.join(', ')}`,
  ]
}
