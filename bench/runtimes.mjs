// The same workloads in every runtime: `npm run bench:runtimes [-- --quick] [-- --json]`, after `npm run build`.
import { parseArgs } from 'node:util'
import { machine } from './harness/machine.mjs'
import { runtimesTable } from './harness/table.mjs'
import { measureRuntimes, planOf } from './runtimes/measure.mjs'

const flags = ['json', 'quick', 'help'].map((name) => [name, { type: 'boolean', default: false }])
const { values } = parseArgs({ options: Object.fromEntries(flags) })

if (values.help) {
  console.log(`npm run bench:runtimes [-- --quick] [-- --json], after npm run build

Microseconds a call of relode's workloads from the packed tarball: Node (npm's own and this one), Deno, Bun, workerd and
Chromium, all in turn, with the ratio to the first. npm run bench -- --only runtimes is the same.`)
} else {
  const plan = planOf(values.quick)
  const cases = await measureRuntimes(plan, (id) => console.error(id))
  if (values.json) console.log(JSON.stringify({ machine: machine(), plan, cases }, null, 2))
  else console.log(runtimesTable(cases))
}
process.exit()
