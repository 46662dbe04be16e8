// From the start of a process, and from the import, to the first result, in every runtime. `npm run bench:start [-- --json] [-- --quick]`
import { parseArgs } from 'node:util'
import { spread } from './harness/table.mjs'
import { measureStarts } from './start/measure.mjs'

const flags = ['json', 'quick', 'help'].map((name) => [name, { type: 'boolean', default: false }])
const { values } = parseArgs({ options: Object.fromEntries(flags) })
if (values.help) {
  console.log(`npm run bench:start [-- --quick] [-- --json], after npm run build

Milliseconds from the start of a process, and from the import, to the end of a first solve: the packed tarball in every
runtime at hand, and the packages of bench/peers and of RELODE_PYTHON where they are there.`)
} else {
  const { rows, notes } = await measureStarts({
    rounds: values.quick ? 3 : 9,
    python: process.env.RELODE_PYTHON,
    withPeers: !values.quick,
  })
  for (const note of notes) console.error(note)
  if (values.json) console.log(JSON.stringify(rows, null, 2))
  else {
    console.log('| | process → first result, ms | import → first result, ms |\n| --- | --- | --- |')
    for (const row of rows)
      console.log(
        `| ${row.name} | ${row.process ? spread(row.process) : ''} | ${row.import ? spread(row.import) : ''} |`,
      )
  }
}
