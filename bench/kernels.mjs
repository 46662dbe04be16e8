// What the kernels reach of what the machine can do inside of wasm, both measured in turn in one run.
// `npm run bench:kernels [-- --json] [-- --rounds 41]`; compiles what it needs.
import { readFile } from 'node:fs/promises'
import { cpus } from 'node:os'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { compileWasm } from '../scripts/compile-wasm.mjs'
import { tasksOf } from './kernels/tasks.mjs'

/** Milliseconds that a task is timed for, in every round. */
const SLICE = 3

const { values } = parseArgs({ options: { json: { type: 'boolean' }, rounds: { type: 'string', default: '41' } } })
const rounds = Number(values.rounds)
if (!Number.isInteger(rounds) || rounds < 3)
  throw new RangeError(`--rounds must be an integer >= 3, got ${values.rounds}`)

process.chdir(fileURLToPath(new URL('..', import.meta.url)))
await compileWasm(['bench', 'bench-relaxed'])

/** Calls in a slice: enough for the clock. */
function callsOf(run) {
  run()
  for (let calls = 1; ; calls *= 2) {
    const start = performance.now()
    for (let i = 0; i < calls; i++) run()
    const time = performance.now() - start
    if (time > SLICE) return Math.max(1, Math.round((calls * SLICE) / time))
  }
}

function quartiles(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b)
  const at = (share) => sorted[Math.round(share * (sorted.length - 1))]
  return { median: at(0.5), low: at(0.25), high: at(0.75) }
}

/** Work a nanosecond, task by task, all tasks in turn; and the ratio to the limit that was measured in the same round. */
async function measure(build, name) {
  const { instance } = await WebAssembly.instantiate(await readFile(`build/core.${build}.wasm`))
  const tasks = tasksOf(instance.exports).map((task) => ({ ...task, calls: callsOf(task.run), rates: [] }))
  for (let round = 0; round < rounds; round++) {
    for (const { run, calls, work, rates } of tasks) {
      const start = performance.now()
      for (let i = 0; i < calls; i++) run()
      rates.push((work * calls) / (performance.now() - start) / 1e6)
    }
  }
  return tasks.map(({ kernel, shape, unit, limit, rates }) => {
    const of = tasks.find((task) => task.kernel === limit)
    const share = of && quartiles(rates.map((rate, i) => rate / of.rates[i])).median
    return { build: name, kernel, shape, unit, ...quartiles(rates), ...(share && { limit, share }) }
  })
}

const results = [...(await measure('bench', 'strict')), ...(await measure('bench-relaxed', 'relaxed'))]
if (values.json) {
  const machine = {
    cpu: cpus()[0]?.model,
    cores: cpus().length,
    node: process.versions.node,
    date: new Date().toISOString(),
  }
  console.log(JSON.stringify({ machine, rounds, results }, null, 2))
} else {
  console.log('| build | kernel | shape | median (quartiles) | of the limit |\n| --- | --- | --- | --- | --- |')
  for (const { build, kernel, shape, unit, median, low, high, share } of results) {
    const figures = `${median.toPrecision(3)} (${low.toPrecision(3)} – ${high.toPrecision(3)}) ${unit}`
    console.log(`| ${build} | ${kernel} | ${shape} | ${figures} | ${share ? `${Math.round(100 * share)} %` : ''} |`)
  }
}
