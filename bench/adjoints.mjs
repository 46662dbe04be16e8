// Ways to take a gradient: what they store, what they cost, how exact they are, for 10^2 to 10^6 steps. Prints JSON.
// `npm run bench:adjoints [-- --figure docs/figures/adjoints.svg]`, after `npm run build`.
import { writeFile } from 'node:fs/promises'
import { Worker } from 'node:worker_threads'
import { draw } from './adjoints/figure.mjs'

const KINDS = ['checkpoint', 'reversible', 'backsolve']
const STEPS = [100, 300, 1000, 3000, 10_000, 30_000, 100_000, 300_000, 1_000_000]
const RATES = [1, 3, 10, 20, 30]

const run = (workerData) =>
  new Promise((resolve, reject) => {
    const worker = new Worker(new URL('./adjoints/task.mjs', import.meta.url), { workerData })
    worker.once('message', resolve)
    worker.once('error', reject)
  })

const series = async (problem, sizes) => {
  const rows = []
  for (const kind of KINDS) for (const size of sizes) rows.push(await run({ problem, kind, size }))
  return rows
}

const result = { steps: await series('spiral', STEPS), contraction: await series('contraction', RATES) }
const at = process.argv.indexOf('--figure')
if (at > 0) await writeFile(process.argv[at + 1], draw(result.steps))
console.log(JSON.stringify(result, null, 2))
