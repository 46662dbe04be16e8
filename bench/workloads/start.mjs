// How soon there is a first result.
import { measureStarts } from '../start/measure.mjs'

export const title = 'Start: to the end of a first solve, two components, default tolerances'

const KINDS = ['Node', 'Deno', 'Bun', 'workerd', 'Chromium']

/** Figures, ms: the runtimes of the targets, of two versions the slower one, then every runtime and peer. */
export function figuresFrom(rows) {
  const slowest = KINDS.flatMap((kind) => {
    const own = rows.filter((entry) => entry.kind === kind && entry.import !== undefined)
    if (own.length === 0) return []
    const worst = own.reduce((a, b) => (b.import.median > a.import.median ? b : a))
    return [{ name: kind, unit: 'ms', ...worst.import }]
  })
  const named = (key, words) =>
    rows.filter((entry) => entry[key]).map((entry) => ({ name: `${words}: ${entry.name}`, unit: 'ms', ...entry[key] }))
  return [...slowest, ...named('import', 'import → first result'), ...named('process', 'process → first result')]
}

async function measure(sources, { quick }) {
  const options = { rounds: quick ? 3 : 9, python: process.env.RELODE_PYTHON, withPeers: sources.peers && !quick }
  const { rows, notes } = await measureStarts(options)
  sources.note(notes)
  return { id: 'start', title: 'milliseconds', figures: figuresFrom(rows) }
}

export const cases = [{ id: 'start', title: 'milliseconds', measure }]
