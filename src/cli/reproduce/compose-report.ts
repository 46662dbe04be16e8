/** Tables of the trained compositions beside the paper's own values, and all numbers. */

import { align } from '../report.ts'
import { type Entry, entriesOf, ofProblem, paperValue } from './compose-entries.ts'
import { figures } from './compose-figures.ts'
import type { Cell, Problem } from './compose-train.ts'
import type { Report } from './experiment.ts'

export function reportOf(cells: readonly Cell[], results: ReadonlyMap<string, unknown>): Report {
  const entries = entriesOf(cells, results)
  const tables = (['function', 'spirals'] as const).map((problem) => table(problem, entries))
  return { numbers: numbersOf(entries), figures: figures(entries), text: tables.join('\n\n') }
}

const TITLES: Readonly<Record<Problem, string>> = {
  function: 'Approximation of f on the unit square: errors on uniform points',
  spirals: 'Two spirals: share of the points in the right class',
}
const SCORES: Readonly<Record<string, string>> = { mse: 'MSE', max: 'MAX', accuracy: 'accuracy' }

function table(problem: Problem, entries: readonly Entry[]): string {
  const rows = ofProblem(entries, problem)
  const scores = Object.keys(rows[0]?.median.scores ?? {})
  const head = [
    'n',
    'r',
    ...scores.flatMap((score) => [SCORES[score] as string, 'paper']),
    'parameters',
    'steps',
    'rate',
  ]
  const body = rows.map(({ cell, median }) => [
    ...[String(cell.n), String(cell.r)],
    ...scores.flatMap((score) => [median.scores[score], paperValue(cell, score)].map((value) => show(problem, value))),
    ...[String(median.parameters), String(cell.steps), String(cell.lr)],
  ])
  const { batch } = (rows[0] as Entry).cell
  const runs = (rows[0] as Entry).runs.length
  const many = runs === 1 ? 'one run each' : `medians of ${runs} runs`
  return `${TITLES[problem]} (batches of ${batch}, ${many})\n${align([head, ...body])}`
}

function show(problem: Problem, value: number | undefined): string {
  if (value === undefined) return '-'
  return problem === 'function' ? value.toExponential(2) : value.toFixed(4)
}

function numbersOf(entries: readonly Entry[]): object {
  return entries.map(({ cell: { seed: _, ...settings }, median, runs }) => ({
    ...settings,
    samples: settings.steps * settings.batch,
    parameters: median.parameters,
    median: median.scores,
    paper: Object.fromEntries(Object.keys(median.scores).map((score) => [score, paperValue(settings, score) ?? null])),
    runs: runs.map(({ seed, result: { loss, scores } }) => ({ seed, loss, scores })),
  }))
}
