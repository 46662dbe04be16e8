/** The table and all numbers of the comparison. */

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
  const laws = results.map(({ set, seed, detail }) => lawOf(set, detail.held, seed))
  const first = new Map(
    sets.map((set) => [set, laws[results.findIndex((r) => r.set === set && r.seed === 0)] as number]),
  )
  const groups = sets
    .flatMap((set) =>
      KINDS.map((kind) => ({ set, kind, results: results.filter((r) => r.set === set && r.kind === kind) })),
    )
    .filter((group) => group.results.length > 0)
  const leads = sets.map((set) => ({ set, ...leadOf(groups, set) }))
  return {
    numbers: {
      // Pictures and samples are in the figures, and of the single log-densities means are enough.
      models: results.map(({ pictures, samples, logs, ...numbers }, i) => ({ ...numbers, law: laws[i] })),
      leads,
    },
    figures: figures(results, first),
    text: `${table(groups, (result) => laws[results.indexOf(result)] as number)}\n\n${leads.map(inWords).join('\n')}\n\n${REMARKS}`,
  }
}

const REMARKS = `Log-densities are means over points held out and over the seeds, in nats; all models take the same points in the same steps of
Adam, and the paper has pictures alone. The integral is over a grid; the round trip is the largest distance of a base point
from inverse(sample), at tolerance 1e-9.`

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length

/** The field of an MLP against the layers, point by point. */
function leadOf(groups: readonly Group[], set: SetName): Lead {
  const logs = (kind: Kind): number[] =>
    groups.find((group) => group.set === set && group.kind === kind)?.results.flatMap((result) => result.logs) ?? []
  const layers = logs('layers')
  const ahead = logs('mlp').map((log, i) => log - (layers[i] as number))
  const average = mean(ahead)
  return { mean: average, error: Math.sqrt(mean(ahead.map((value) => (value - average) ** 2)) / ahead.length) }
}

function inWords({ set, mean: lead, error }: Lead & { set: SetName }): string {
  const sign = lead < 0 ? '' : '+'
  return `${set}: ${LABELS.mlp} less ${LABELS.layers}, on the same points: ${sign}${lead.toFixed(4)} +- ${error.toFixed(4)} nats`
}

function table(groups: readonly Group[], lawOfResult: (result: Result) => number): string {
  const rows = groups.map(({ set, kind, results }) => {
    const of = (value: (result: Result) => number): number[] => results.map(value)
    const [{ parameters, steps, roundTrip }] = results as [Result]
    return [
      set,
      LABELS[kind],
      String(parameters),
      String(results.length),
      mean(of(({ nats }) => nats)).toFixed(4),
      mean(of((result) => result.nats - lawOfResult(result))).toFixed(4),
      Math.max(...of(({ mass }) => Math.abs(mass - 1))).toExponential(1),
      roundTrip === undefined ? '-' : Math.max(...of((result) => result.roundTrip as number)).toExponential(1),
      `${steps} in ${mean(of(({ seconds }) => seconds)).toFixed(0)} s`,
    ]
  })
  const head = ['', '', 'parameters', 'seeds', 'nats', 'less the law', '|integral - 1|', 'round trip', 'steps']
  return align([head, ...rows])
}
