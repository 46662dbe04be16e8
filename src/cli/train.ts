/** Runs the tasks: progress, checkpoints, and an end on Ctrl-C that loses nothing. */

import { type Field, type Loss, SolveError, type Tableau } from '../index.ts'
import { fitSeries, type SeriesFit, type SeriesProgress } from '../train/index.ts'
import { encodeRun, type Identity, type RunState } from './checkpoint.ts'
import type { Dataset } from './dataset.ts'
import { FailureError } from './errors.ts'
import { writeWhole } from './files.ts'
import type { Progress } from './progress.ts'
import { lossesByName, solvers } from './settings.ts'
import { interrupted, Signals } from './signals.ts'
import { type Fitted, modelOf, type Result, recorded, startField, type Task } from './tasks.ts'

/** Milliseconds of training between two looks at the signals. */
const BREATH = 50

export interface Run {
  readonly data: Dataset
  readonly identity: Identity
  readonly tasks: readonly Task[]
  readonly progress: Progress
  /** Where checkpoints go. */
  readonly file: string
  /** Milliseconds between them. */
  readonly every: number
}

/** Trains all tasks, from the start or from where a checkpoint left off. */
export async function train(run: Run, from: RunState): Promise<Fitted[]> {
  const signals = new Signals()
  try {
    const fitted: Fitted[] = []
    for (const [i, task] of run.tasks.entries()) {
      const field = startField(task, run.data.unit, run.identity.settings)
      const known = from.done[i]
      if (known !== undefined) field.parameters = known.parameters
      run.progress.begin(i, task.name)
      const done = fitted.map(({ result }) => result)
      const resume = i === from.done.length ? from.current : undefined
      const result = known ?? (await trainOne(run, { task, field, done, resume, signals }))
      const node = modelOf(field, run.identity.settings)
      fitted.push({ task, result, node, unit: run.data.unit })
    }
    return fitted
  } finally {
    signals.release()
    run.progress.end()
  }
}

interface Step {
  readonly task: Task
  readonly field: Field
  readonly done: readonly Result[]
  readonly resume: RunState['current']
  readonly signals: Signals
}

async function trainOne(run: Run, { task, field, done, resume, signals }: Step): Promise<Result> {
  const { solver, rtol, atol, epochs, lr, loss } = run.identity.settings
  const options = { solver: solvers[solver] as Tableau, rtol, atol, epochs, lr, loss: lossesByName[loss] as Loss }
  const training = fitSeries(field, recorded(task, run.data.unit), {
    ...options,
    ...(resume === undefined ? {} : { resume: resume.bytes }),
  })
  const saver = new Saver(run)
  const phases = [...(resume?.phases ?? [])]
  let breath = performance.now()
  let epoch = 0
  for (;;) {
    const { value, done: finished } = next(training, task, epoch)
    if (finished) {
      const result = { ...value, phases, parameters: field.parameters }
      saver.save({ done: [...done, result] })
      await breathe()
      if (signals.received !== undefined) throw interrupted(signals.received)
      return result
    }
    epoch = value.epoch
    if (phases.length < value.phase) phases.push({ from: epoch - 1, window: value.window })
    run.progress.update(value)
    if (performance.now() - breath > BREATH) {
      await breathe()
      breath = performance.now()
    }
    // After the last epoch the next call gives the result, and that is saved.
    if (epoch === epochs) continue
    if (signals.received !== undefined || saver.due)
      saver.save({ done, current: { bytes: value.checkpoint(), phases } })
    if (signals.received !== undefined) throw interrupted(signals.received)
  }
}

function next(
  training: Generator<SeriesProgress, SeriesFit, undefined>,
  task: Task,
  epoch: number,
): IteratorResult<SeriesProgress, SeriesFit> {
  try {
    return training.next()
  } catch (error) {
    const failed = `${task.name}: training failed in epoch ${epoch + 1}`
    const cure = 'try a lower --lr, another --seed, or --log for columns that grow exponentially'
    if (error instanceof SolveError) throw new FailureError(`${failed} (${error.status}): ${cure}`)
    // So does fit complain of a loss that is not finite; errors of other kinds are no failures of the training.
    if ((error as Error).constructor === Error) throw new FailureError(`${failed}: ${(error as Error).message}`)
    throw error
  }
}

/** Signals and output are handled between two epochs only if the event loop gets a turn. */
function breathe(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

/** Writes checkpoints: the first one at once, then every so often. */
class Saver {
  readonly #run: Run
  #last = Number.NEGATIVE_INFINITY

  constructor(run: Run) {
    this.#run = run
  }

  get due(): boolean {
    return performance.now() - this.#last >= this.#run.every
  }

  save(state: RunState): void {
    writeWhole(this.#run.file, encodeRun(this.#run.identity, state))
    this.#last = performance.now()
  }
}
