// All workloads against all peers that are there, interleaved: `npm run bench`. See --help.
import { readFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { machine, versions } from './harness/machine.mjs'
import { RECORD, render, save } from './harness/record.mjs'
import { checkBuilt, Sources } from './harness/sources.mjs'
import { targetTable, workloadText } from './harness/table.mjs'

const WORKLOADS = ['ceilings', 'w1', 'w2', 'w3', 'w4', 'w5', 'w6', 'w7', 'w8', 'evaluation', 'start', 'runtimes']
/** Those that a quick run leaves out, unless --only names them. */
const SLOW = ['runtimes']
const PLANS = {
  full: { quick: false, rounds: 31, slice: 15, warm: 400, patience: 12_000 },
  quick: { quick: true, rounds: 5, slice: 4, warm: 80, patience: 0 },
}
const HELP = `npm run bench [-- options], after npm run build

Times relode at its workloads beside its peers, all in turn, and judges its targets.

  --only w1,w3   some workloads alone: ${WORKLOADS.join(', ')}
  --quick        5 rounds, no slow contestant and no runtimes, in less than two minutes
  --no-peers     relode and the limits of the machine alone
  --json         print JSON instead of tables
  --write        full runs only: rewrite bench/RESULTS.md, docs/performance.md and bench/record.json
  --render       measure nothing: write the two documents anew from bench/record.json
  --help         this

Peers of npm: npm ci --prefix bench/peers. Peers of Python: RELODE_PYTHON names a Python that has
bench/peers/requirements.txt. C: gcc and clang with wasm-ld. What is missing is said, and left out.

Examples:
  npm run bench -- --quick --only w1,w3
  RELODE_PYTHON=venv/bin/python npm run bench -- --write
`

const options = {
  only: { type: 'string' },
  quick: { type: 'boolean', default: false },
  'no-peers': { type: 'boolean', default: false },
  json: { type: 'boolean', default: false },
  write: { type: 'boolean', default: false },
  render: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
}

function parsed() {
  const { values } = parseArgs({ options })
  const only = values.only?.split(',').map((name) => name.trim().toLowerCase())
  const unknown = only?.filter((name) => !WORKLOADS.includes(name)) ?? []
  if (unknown.length > 0) throw new RangeError(`--only must name ${WORKLOADS.join(', ')}, got ${unknown.join(', ')}`)
  if (values.write && (values.quick || values['no-peers'] || only !== undefined))
    throw new RangeError('--write is of a full run: leave --quick, --only and --no-peers out')
  return { ...values, names: only ?? WORKLOADS.filter((name) => !(values.quick && SLOW.includes(name))) }
}

/** Ctrl-C ends the run after the case that is being timed; what is measured is printed. */
function interruption() {
  const state = { asked: false }
  process.once('SIGINT', () => {
    state.asked = true
    console.error('\nending after this case; once more to end at once')
  })
  return state
}

async function measureAll(names, plan, sources) {
  const workloads = []
  const interrupted = interruption()
  const begun = performance.now()
  for (const name of names) {
    const { title, cases } = await import(`./workloads/${name}.mjs`)
    const done = []
    for (const { id, measure } of cases) {
      if (interrupted.asked) break
      console.error(`${((performance.now() - begun) / 1000).toFixed(0).padStart(4)} s  ${id}`)
      done.push(await measure(sources, plan))
    }
    if (done.length > 0) workloads.push({ id: name, title, cases: done })
  }
  return { workloads, complete: !interrupted.asked }
}

async function main() {
  const given = parsed()
  if (given.help) return console.log(HELP)
  if (given.render) return render(JSON.parse(await readFile(RECORD, 'utf8')))
  checkBuilt()
  const plan = given.quick ? PLANS.quick : PLANS.full
  const sources = new Sources({ peers: !given['no-peers'] })
  try {
    const { workloads, complete } = await measureAll(given.names, plan, sources)
    const { notes } = sources
    const result = { command: 'npm run bench', machine: machine(), plan, workloads, notes }
    result.versions = { ...(await versions()), ...sources.versions }
    for (const note of notes) console.error(`\n${note}`)
    if (given.json) console.log(JSON.stringify(result, null, 2))
    else console.log([...workloads.map((entry) => workloadText(entry)), targetTable(workloads)].join('\n\n'))
    if (given.write && !complete) throw new Error('the run was interrupted: nothing is written')
    if (given.write) await save(result)
  } finally {
    sources.close()
  }
}

try {
  await main()
} catch (error) {
  console.error(error instanceof RangeError || error.code?.startsWith('ERR_PARSE') ? error.message : error)
  process.exitCode = 1
}
// Workers of tfjs or of onnxruntime-web would keep the process alive.
process.exit()
