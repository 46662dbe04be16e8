/** The table and all numbers of the comparison. */

import { mean } from '../mean.ts'
import { align } from '../report.ts'
import type { SetName } from './cnf-data.ts'
import { figures } from './cnf-figures.ts'
import { KINDS, type Kind, LABELS, lawOf } from './cnf-models.ts'
import type { Result } from './cnf-train.ts'
import type { Report } from './experiment.ts'

/** One kind of model on one set of points, for all its seeds. */
interface Group {
  readonly set: SetName
  readonly kind: Kind
  readonly results: readonly Result[]
}

/** How much more one kind of model gives the same points than another, in nats a point. */
interface Lead {
  readonly mean: number
  /** Standard error of the mean, over all points held out. */
  readonly error: number
}

export function reportOf(results: readonly Result[]): Report {
  const sets = [...new Set(results.map(({ set }) => set))]
  const law = lawsOf(results)
  const of = (set: SetName, kind: Kind): Result[] => results.filter((r) => r.set === set && r.kind === kind)
  const groups = sets
    .flatMap((set) => KINDS.map((kind) => ({ set, kind, results: of(set, kind) })))
    .filter((group) => group.results.length > 0)
  const leads = sets.map((set) => ({ set, ...leadOf(of(set, 'mlp'), of(set, 'layers')) }))
  return {
    numbers: {
      // Pictures and samples are in the figures, and of the single log-densities means are enough.
      models: results.map(({ pictures, samples, logs, ...numbers }) => ({ ...numbers, law: law(numbers) })),
      leads,
    },
    figures: figures(results, new Map(sets.map((set) => [set, law({ set, seed: 0 })]))),
    text: `${table(groups, law)}\n\n${leads.map(inWords).join('\n')}\n\n${REMARKS}`,
  }
}

const REMARKS = `Log-densities are means over points held out and over the seeds, in nats; all models take the same points in the same steps of
Adam, and the paper has pictures alone. The integral is over a grid; the round trip is the largest distance of a base point
from inverse(sample), at tolerance 1e-9.`

/** What the law gives the points held out of a set and a seed, computed once for all models. */
type Law = (of: Pick<Result, 'set' | 'seed'>) => number

function lawsOf(results: readonly Result[]): Law {
  const key: (of: Pick<Result, 'set' | 'seed'>) => string = ({ set, seed }) => `${set} ${seed}`
  const known = new Map<string, number>()
  for (const result of results) {
    const { set, seed, detail } = result
    if (!known.has(key(result))) known.set(key(result), lawOf(set, detail.held, seed))
  }
  return (of) => known.get(key(of)) as number
}

/** Some models against others of the same seeds, point by point. */
function leadOf(ours: readonly Result[], theirs: readonly Result[]): Lead {
  const others = theirs.flatMap(({ logs }) => logs)
  const ahead = ours.flatMap(({ logs }) => logs).map((log, i) => log - (others[i] as number))
  const average = mean(ahead)
  return { mean: average, error: Math.sqrt(mean(ahead.map((value) => (value - average) ** 2)) / ahead.length) }
}

function inWords({ set, mean: lead, error }: Lead & { set: SetName }): string {
  const sign = lead < 0 ? '' : '+'
  return `${set}: ${LABELS.mlp} less ${LABELS.layers}, on the same points: ${sign}${lead.toFixed(4)} +- ${error.toFixed(4)} nats`
}

function table(groups: readonly Group[], law: Law): string {
  const rows = groups.map(({ set, kind, results }) => {
    const of = (value: (result: Result) => number): number[] => results.map(value)
    const [{ parameters, steps, roundTrip }] = results as [Result]
    return [
      set,
      LABELS[kind],
      String(parameters),
      String(results.length),
      mean(of(({ nats }) => nats)).toFixed(4),
      mean(of((result) => result.nats - law(result))).toFixed(4),
      Math.max(...of(({ mass }) => Math.abs(mass - 1))).toExponential(1),
      roundTrip === undefined ? '-' : Math.max(...of((result) => result.roundTrip as number)).toExponential(1),
      `${steps} in ${mean(of(({ seconds }) => seconds)).toFixed(0)} s`,
    ]
  })
  const head = ['', '', 'parameters', 'seeds', 'nats', 'less the law', '|integral - 1|', 'round trip', 'steps']
  return align([head, ...rows])
}
