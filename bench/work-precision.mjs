// Work-precision diagrams: error at the end against evaluations and time, relode beside other packages. Prints JSON.
// `npm run bench:work-precision`, see --help.
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { cpus } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { Worker } from 'node:worker_threads'
import { FORTRAN, TOLERANCES } from '../test/support/fortran.ts'
import { drawAll } from './work-precision/figure.mjs'
import { problems } from './work-precision/problems.mjs'
import { python } from './work-precision/python.mjs'
import { againstFortran, ratios, summary } from './work-precision/ratios.mjs'
import { withPeers } from './work-precision/solvers.mjs'

const HELP = `npm run bench:work-precision [-- options], after npm run build

  --quick            four problems, five tolerances, fewer rounds
  --json FILE        write the result to FILE, too
  --figures FOLDER   draw the diagrams
  --help             this

Peers of npm: npm ci --prefix bench/peers. Peers of Python: RELODE_PYTHON names a Python that has
bench/peers/requirements.txt. What is missing is said, and left out.
`

const { values: given } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    json: { type: 'string' },
    figures: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
})
if (given.help) {
  console.log(HELP)
  process.exit()
}

const { quick } = given
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
if (given.figures !== undefined)
  for (const [file, svg] of Object.entries(drawAll(measured))) await writeFile(join(given.figures, file), svg)
if (given.json !== undefined) await writeFile(given.json, JSON.stringify(result))
console.error(summary(result))
console.log(JSON.stringify(result, null, 2))
