/** The side of `relode reproduce` that computes: one task in a thread of its own. */

import { parentPort, workerData } from 'node:worker_threads'
import { explain } from '../errors.ts'
import type { Task } from './experiment.ts'
import { experiments } from './experiments.ts'

/** What a thread is told. */
export interface Order {
  readonly experiment: string
  readonly quick: boolean
  /** What --data names. */
  readonly data: string | undefined
  readonly task: string
  readonly resume: Uint8Array | undefined
  /** Milliseconds between checkpoints. */
  readonly every: number
  /** Shared: 1 asks the task to end with a checkpoint. */
  readonly stop: Int32Array
}

/** What it answers. */
export type Answer =
  | { readonly kind: 'step'; readonly done: number; readonly note: string }
  | { readonly kind: 'checkpoint'; readonly bytes: Uint8Array }
  | { readonly kind: 'result'; readonly result: unknown }
  | { readonly kind: 'stopped' }
  | { readonly kind: 'failed'; readonly code: number; readonly message: string }

/** Milliseconds between two reports of progress. */
const BREATH = 100

export function isOrder(data: unknown): data is Order {
  return typeof data === 'object' && data !== null && 'experiment' in data && 'stop' in data
}

/** Carries out the order this thread was started with. */
export function serve(): void {
  const order = workerData as Order
  const say = (answer: Answer): void => parentPort?.postMessage(answer)
  try {
    const tasks = experiments[order.experiment]?.tasks(order.quick, order.data) ?? []
    work(tasks.find(({ name }) => name === order.task) as Task, order, say)
  } catch (error) {
    say({ kind: 'failed', ...explain(error) })
  }
}

function work(task: Task, { resume, every, stop }: Order, say: (answer: Answer) => void): void {
  const run = task.run(resume)
  let [shown, saved] = [performance.now(), performance.now()]
  for (let step = run.next(); ; step = run.next()) {
    if (step.done) {
      say({ kind: 'result', result: step.value })
      return
    }
    const { done, note } = step.value
    const now = performance.now()
    const stopping = Atomics.load(stop, 0) === 1
    if (stopping || now - saved >= every) {
      say({ kind: 'checkpoint', bytes: step.value.checkpoint() })
      saved = now
    }
    if (stopping) {
      run.return(undefined)
      say({ kind: 'stopped' })
      return
    }
    if (now - shown >= BREATH) {
      say({ kind: 'step', done, note })
      shown = now
    }
  }
}
