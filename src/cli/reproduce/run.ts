/** The side of `relode reproduce` that waits: threads for the tasks, their progress, and an end on Ctrl-C that loses nothing. */

import { Worker } from 'node:worker_threads'
import { EXIT_INPUT, FailureError, InputError } from '../errors.ts'
import { interrupted, Signals } from '../signals.ts'
import { duration, StatusLine } from '../status-line.ts'
import type { Task } from './experiment.ts'
import type { State } from './state.ts'
import type { Answer, Order } from './worker.ts'

export interface Run {
  readonly experiment: string
  readonly quick: boolean
  /** What --data names. */
  readonly data: string | undefined
  readonly tasks: readonly Task[]
  readonly state: State
  /** Threads. */
  readonly jobs: number
  /** Milliseconds between checkpoints. */
  readonly every: number
}

/** Runs all tasks that have no result yet; returns the results of all by name. */
export async function runTasks(run: Run): Promise<Map<string, unknown>> {
  const stop = new Int32Array(new SharedArrayBuffer(4))
  const signals = new Signals(() => Atomics.store(stop, 0, 1))
  const results = new Map<string, unknown>()
  for (const { name } of run.tasks) {
    const result = run.state.result(name)
    if (result !== undefined) results.set(name, result)
  }
  // The longest first, so that no thread is left alone with it at the end.
  const queue = run.tasks.filter(({ name }) => !results.has(name)).sort((a, b) => b.cost - a.cost)
  const status = new Status(run, queue)
  const thread = async (): Promise<void> => {
    for (let task = queue.shift(); task !== undefined && Atomics.load(stop, 0) === 0; task = queue.shift()) {
      const result = await runTask(run, task, stop, status)
      if (result === undefined) return
      results.set(task.name, result)
    }
  }
  try {
    // A task that fails stops the others, which leave their checkpoints.
    const fail = (error: unknown): never => {
      Atomics.store(stop, 0, 1)
      throw error
    }
    const ended = await Promise.allSettled(Array.from({ length: run.jobs }, () => thread().catch(fail)))
    for (const end of ended) if (end.status === 'rejected') throw end.reason
    if (signals.received !== undefined) throw interrupted(signals.received)
    return results
  } finally {
    signals.release()
    status.end()
  }
}

/** The result of a task, undefined where it was stopped. */
function runTask(run: Run, task: Task, stop: Int32Array, status: Status): Promise<unknown> {
  const { experiment, quick, data, state, every } = run
  const order: Order = { experiment, quick, data, task: task.name, resume: state.checkpoint(task.name), every, stop }
  return new Promise((settle, refuse) => {
    const worker = new Worker(new URL(import.meta.url), { workerData: order })
    const hear = (answer: Answer): void => {
      if (answer.kind === 'step') status.show(task, answer.done, answer.note)
      if (answer.kind === 'checkpoint') state.saveCheckpoint(task.name, answer.bytes)
      if (answer.kind === 'stopped') settle(undefined)
      if (answer.kind === 'failed') refuse(failure(task, answer.code, answer.message))
      if (answer.kind === 'result') {
        state.saveResult(task.name, answer.result)
        status.show(task, 1, 'done')
        settle(answer.result)
      }
    }
    worker.on('message', (answer: Answer) => {
      try {
        hear(answer)
      } catch (error) {
        // The disk is full, or the folder is gone.
        refuse(error)
        void worker.terminate()
      }
    })
    worker.on('error', refuse)
    worker.on('exit', (code) => refuse(new FailureError(`${task.name}: the thread ended with code ${code}`)))
  })
}

function failure(task: Task, code: number, message: string): Error {
  const text = `${task.name}: ${message}`
  return code === EXIT_INPUT ? new InputError(text) : new FailureError(text)
}

/** Progress over all tasks, on stderr. */
class Status {
  readonly #line = new StatusLine(process.stderr)
  readonly #started = performance.now()
  readonly #total: number
  readonly #count: number
  readonly #done = new Map<Task, number>()
  /** What was done when the first report of a task came: a resumed task begins in its middle. */
  readonly #first = new Map<Task, number>()

  constructor({ tasks }: Run, queue: readonly Task[]) {
    this.#count = tasks.length
    this.#total = tasks.reduce((sum, { cost }) => sum + cost, 0)
    for (const task of tasks) {
      if (queue.includes(task)) continue
      this.#done.set(task, 1)
      this.#first.set(task, 1)
    }
  }

  show(task: Task, done: number, note: string): void {
    if (!this.#first.has(task)) this.#first.set(task, done)
    this.#done.set(task, done)
    const costs = [...this.#done].map(([{ cost }, share]) => cost * share)
    const share = costs.reduce((sum, cost) => sum + cost, 0) / this.#total
    const began = [...this.#first].reduce((sum, [{ cost }, from]) => sum + cost * from, 0) / this.#total
    const left = ((performance.now() - this.#started) / 1000) * ((1 - share) / (share - began))
    const finished = [...this.#done.values()].filter((value) => value === 1).length
    this.#line.show(() => {
      const time = Number.isFinite(left) && share - began > 0.005 ? `  ${duration(left)} left` : ''
      return `${finished}/${this.#count} tasks  ${(100 * share).toFixed(1)} %${time}  ${task.name}: ${note}`
    })
  }

  end(): void {
    this.#line.end()
  }
}
