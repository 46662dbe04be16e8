// What runs inside of a runtime: relode at a workload, for so many calls. Plain JavaScript that imports no more than that.
import { prepare as prepareTask } from '../workloads/relode.mjs'

const ready = new Map()

/** Imports relode, makes a task ready, and gives the sum of its values, which is the same everywhere. */
export async function prepare(id) {
  const task = prepareTask(await import('relode'), id)
  ready.set(id, task)
  return { sum: task.values().reduce((sum, value) => sum + value, 0) }
}

/** Milliseconds of so many calls, by the clock of the runtime. */
export function time(id, calls) {
  const { run } = ready.get(id)
  const start = performance.now()
  for (let i = 0; i < calls; i++) run()
  return { ms: performance.now() - start }
}
