/** relode reproduce */

import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { InputError } from '../errors.ts'
import { makeFolder, writeWhole } from '../files.ts'
import { version } from '../version.ts'
import type { Experiment } from './experiment.ts'
import { experiments } from './experiments.ts'
import { runTasks } from './run.ts'
import { State } from './state.ts'

/** The options as the command line gives them. */
interface ReproduceOptions {
  readonly quick?: boolean
  readonly data?: string
  readonly jobs?: number
  readonly out?: string
  readonly resume?: boolean
  readonly force?: boolean
  readonly keep?: boolean
  readonly checkpointEvery: number
  readonly json?: boolean
}

export async function reproduce(name: string, options: ReproduceOptions): Promise<void> {
  const started = performance.now()
  const { quick = false, data } = options
  const experiment = experiments[name] as Experiment
  if (data !== undefined && experiment.identify === undefined)
    throw new InputError(`${name} has its own data: leave --data out`)
  const hash = experiment.identify?.(data)
  const tasks = experiment.tasks(quick, data)
  const out = options.out ?? `relode-${name}${quick ? '-quick' : ''}`
  makeFolder(out)
  const state = new State(out, { version: version(), experiment: name, quick, ...(hash && { data: hash }) })
  state.open(options)
  const jobs = Math.min(options.jobs ?? availableParallelism(), tasks.length)
  const results = await runTasks({
    ...{ experiment: name, quick, data, tasks, state, jobs },
    every: 1000 * options.checkpointEvery,
  })
  const { numbers, figures, text } = experiment.report(results, quick, data)
  const seconds = (performance.now() - started) / 1000
  const document = { experiment: name, version: version(), quick, numbers }
  const files = [join(out, 'numbers.json'), ...Object.keys(figures).map((file) => join(out, file))]
  writeWhole(files[0] as string, `${JSON.stringify(document, null, 2)}\n`)
  for (const [file, svg] of Object.entries(figures)) writeWhole(join(out, file), svg)
  if (!options.keep) state.remove()
  if (options.json) process.stdout.write(`${JSON.stringify({ ...document, seconds, files }, null, 2)}\n`)
  else process.stdout.write(`${text.trimEnd()}\n\n${seconds.toFixed(1)} s; wrote\n  ${files.join('\n  ')}\n`)
}
