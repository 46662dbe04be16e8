/** The table and all numbers of the comparison. */

import { align } from '../report.ts'
import type { SetName } from './cnf-data.ts'
import { figures } from './cnf-figures.ts'
import { LABELS, lawOf } from './cnf-models.ts'
import type { Result } from './cnf-train.ts'
import type { Report } from './experiment.ts'

export function reportOf(results: readonly Result[]): Report {
  const sets = [...new Set(results.map(({ set }) => set))]
  const laws = new Map(sets.map((set) => [set, lawOf(set, results[0]?.detail.held as number)]))
  return {
    numbers: {
      // Pictures and samples are in the figures.
      models: results.map(({ pictures, samples, ...numbers }) => numbers),
      laws: Object.fromEntries(laws),
    },
    figures: figures(results, laws),
    text: `${table(results, laws)}\n\n${REMARKS}`,
  }
}

const REMARKS = `Log-densities are means over points held out, in nats; all models take the same points in the same steps of Adam, and
the paper has pictures alone. The integral is over a grid; the round trip is the largest distance of a base point from
inverse(sample), at tolerance 1e-8.`

function table(results: readonly Result[], laws: ReadonlyMap<SetName, number>): string {
  const rows = results.map(({ set, kind, parameters, nats, mass, roundTrip, steps, seconds }) => [
    set,
    LABELS[kind],
    String(parameters),
    nats.toFixed(3),
    (nats - (laws.get(set) as number)).toFixed(3),
    Math.abs(mass - 1).toExponential(1),
    roundTrip === undefined ? '-' : roundTrip.toExponential(1),
    `${steps} in ${seconds.toFixed(0)} s`,
  ])
  const head = ['', '', 'parameters', 'nats', 'less the law', '|integral - 1|', 'round trip', 'steps']
  return align([head, ...rows])
}
