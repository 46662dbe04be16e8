// The run of record: bench/record.json, and the two documents that are made from it.
import { fileURLToPath } from 'node:url'
import { judged } from '../targets.mjs'
import { digits, provenance, targetTable, workloadText } from './table.mjs'
import { replaceFile, replaceSection } from './write.mjs'

const file = (path) => fileURLToPath(new URL(`../../${path}`, import.meta.url))

export const RECORD = file('bench/record.json')
/** The section of each document, by the name in its markers. */
export const DOCUMENTS = { workloads: 'bench/RESULTS.md', targets: 'docs/performance.md' }

/** The sections as they must stand. */
export function sectionsOf(result) {
  return {
    workloads: [provenance(result), ...result.workloads.map((entry) => workloadText(entry))].join('\n\n'),
    targets: [targetTable(result.workloads), counted(result), where(result)].join('\n\n'),
  }
}

/** How many are met, and when that was. */
function counted({ workloads, machine }) {
  const all = judged(workloads.flatMap(({ cases }) => cases))
  const bounded = all.filter(({ met }) => met !== undefined)
  const met = bounded.filter((target) => target.met).length
  const without = all.filter(({ value }) => value === undefined).length
  const rest = without > 0 ? `; ${without} rows were not measured` : ''
  return `${met} of ${bounded.length} targets are met${rest} (${machine.date}, Node ${machine.node}, ${machine.cores} × ${machine.cpu}; all times in [bench/RESULTS.md](../bench/RESULTS.md)).`
}

/** Who is the fastest in each case, by how much over relode or under it, and what the same work takes in C. */
function where({ workloads }) {
  const cases = workloads.flatMap((entry) => entry.cases).filter(({ rows }) => rows !== undefined)
  const lines = cases.map(({ id, rows, ratios }) => {
    const own = ratios.filter(({ ours, kind }) => ours === 'relode' && kind === 'ratio')
    const peers = own.filter(({ other }) => !/^(relode|C)\b/.test(other))
    const over = (name) =>
      own.filter(({ other }) => other === name).map(({ median }) => `${digits(1 / median)}×`)[0] ?? ''
    const { us } = rows.find(({ name }) => name === 'relode')
    return `| ${[id, digits(us.median), ...ahead(peers), over('C in wasm'), over('C, -march=native')].join(' | ')} |`
  })
  const head = [
    'case',
    'relode, µs',
    'the fastest peer',
    'ahead, by',
    "relode's time over C's in wasm",
    "over C's for the machine",
  ]
  return [`| ${head.join(' | ')} |`, `| ${head.map(() => '---').join(' | ')} |`, ...lines].join('\n')
}

/** The fastest peer, and who is ahead by how much. */
function ahead(peers) {
  if (peers.length === 0) return ['–', '']
  const { other, median } = peers.reduce((a, b) => (b.median < a.median ? b : a))
  return [other, median >= 1 ? `relode, ${digits(median)}×` : `${other}, ${digits(1 / median)}×`]
}

/** Writes the documents from a result. */
export async function render(result) {
  for (const [name, text] of Object.entries(sectionsOf(result))) await replaceSection(file(DOCUMENTS[name]), name, text)
}

/** Keeps the result, and writes the documents. */
export async function save(result) {
  await replaceFile(RECORD, `${JSON.stringify(result, null, 1)}\n`)
  await render(result)
}
