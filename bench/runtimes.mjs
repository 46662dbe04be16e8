// The same workloads in every runtime: `npm run bench:runtimes [-- --quick] [-- --json] [-- --write]`, after `npm run build`.
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { machine } from './harness/machine.mjs'
import { digits } from './harness/table.mjs'
import { replaceSection } from './harness/write.mjs'
import { measureRuntimes } from './runtimes/measure.mjs'

const flags = ['json', 'quick', 'write', 'help'].map((name) => [name, { type: 'boolean', default: false }])
const { values } = parseArgs({ options: Object.fromEntries(flags) })

/** One row a case, one column a runtime: µs, and the ratio to the first runtime. */
function table(cases) {
  const names = Object.values(cases)[0].map(({ name }) => name)
  const row = (cells) => `| ${cells.join(' | ')} |`
  const lines = Object.entries(cases).map(([id, all]) =>
    row([id, ...all.map(({ us, ratio }, i) => `${digits(us.median)}${i > 0 ? `, ${digits(ratio.median)}×` : ''}`)]),
  )
  return [row(['µs', ...names]), row(['', ...names].map(() => '---')), ...lines].join('\n')
}

if (values.help) {
  console.log(`npm run bench:runtimes [-- --quick] [-- --json] [-- --write], after npm run build

Microseconds a call of relode's workloads from the packed tarball: Node (npm's own and this one), Deno, Bun, workerd and
Chromium, all in turn, with the ratio to the first. --write puts the table into bench/RESULTS.md.`)
} else {
  const plan = values.quick
    ? { rounds: 3, slice: 5, warm: 20, patience: 0 }
    : { rounds: 21, slice: 40, warm: 300, patience: 20_000 }
  const cases = await measureRuntimes(plan, (id) => console.error(id))
  const { date, cores, cpu } = machine()
  if (values.json) console.log(JSON.stringify({ machine: machine(), plan, cases }, null, 2))
  else console.log(table(cases))
  const words = `\`npm run bench:runtimes -- --write\` (${date}, ${cores} × ${cpu}): medians of ${plan.rounds} rounds (at least 5 where they are long), and medians of the ratios to the first runtime in the same round. The numbers computed are the same to the last bit.`
  if (values.write && !values.quick)
    await replaceSection(
      fileURLToPath(new URL('RESULTS.md', import.meta.url)),
      'runtimes',
      `${words}\n\n${table(cases)}`,
    )
}
process.exit()
