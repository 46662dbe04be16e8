// Work-precision diagrams: error at the end against evaluations and time, relode beside other packages. Prints JSON.
// `npm run bench:work-precision [-- --quick] [--json file] [--figures folder]`, after `npm run build`.
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { cpus } from 'node:os'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { FORTRAN, TOLERANCES } from '../test/support/fortran.ts'
import { drawAll } from './work-precision/figure.mjs'
import { problems } from './work-precision/problems.mjs'
import { python } from './work-precision/python.mjs'
import { againstFortran, ratios, summary } from './work-precision/ratios.mjs'
import { withPeers } from './work-precision/solvers.mjs'

const argument = (name) => {
  const at = process.argv.indexOf(name)
  return at > 0 ? process.argv[at + 1] : undefined
}

const quick = process.argv.includes('--quick')
const names = quick ? ['A3', 'AREN', 'LRNZ10', 'PLEI'] : Object.keys(problems)
const tolerances = Array.from({ length: quick ? 5 : 11 }, (_, i) => Number(`1e-${quick ? 3 + 2 * i : 2 + i}`))

const { missing } = await withPeers()
if (missing.length > 0)
  console.error(`\nWITHOUT ${missing.join(' and ')}: install them by\n\n    npm ci --prefix bench/peers\n`)

const measured = {}
for (const name of names) {
  const workerData = { name, tolerances, rounds: quick ? 21 : 101, sample: 0.3 }
  const worker = new Worker(new URL('./work-precision/worker.mjs', import.meta.url), { workerData })
  const [points] = await once(worker, 'message')
  measured[name] = points
  console.error(`${name}: measured`)
}
for (const [solver, points] of Object.entries(await python(names, tolerances)))
  for (const name of names) measured[name][solver] = points[name]

const result = {
  machine: { node: process.version, cpu: cpus()[0].model, cores: cpus().length },
  problems: measured,
  ratios: ratios(measured),
  fortran: againstFortran(measured, FORTRAN, TOLERANCES),
}
const figures = argument('--figures')
if (figures !== undefined)
  for (const [file, svg] of Object.entries(drawAll(measured))) await writeFile(join(figures, file), svg)
const json = argument('--json')
if (json !== undefined) await writeFile(json, JSON.stringify(result))
console.error(summary(result))
console.log(JSON.stringify(result, null, 2))
