/** The table of errors beside the paper's own values, and all numbers. */

import { align } from '../report.ts'
import type { Report } from './experiment.ts'
import { type Entry, entriesOf, PAPER } from './latent-entries.ts'
import { figures } from './latent-figures.ts'
import type { Cell } from './latent-train.ts'

export function reportOf(cells: readonly Cell[], results: ReadonlyMap<string, unknown>): Report {
  const entries = entriesOf(cells, results)
  return { numbers: entries.flatMap(numbersOf), figures: figures(entries), text: table(entries) }
}

function numbersOf({ model, count, runs }: Entry): object[] {
  const paper = PAPER[model][count] ?? null
  return runs.map(({ cell, result: { pictures: _, ...result } }) => ({ ...cell, ...result, paper }))
}

function table(entries: readonly Entry[]): string {
  const head = ['seen', 'model', 'RMSE behind', 'of the seeds', 'paper', 'in the window', 'parameters', 'steps']
  const body = entries.map(({ model, count, runs, rmse }) => {
    const errors = runs.map(({ result }) => result.rmse).sort((a, b) => a - b)
    const inside = runs.map(({ result }) => result.inside ?? Number.NaN)
    const mean = inside.reduce((sum, v) => sum + v, 0) / inside.length
    const { parameters, steps } = (runs[0] as Entry['runs'][0]).result
    return [
      ...[`${count}/100`, model, rmse.toFixed(4)],
      errors.length > 1 ? errors.map((v) => v.toFixed(4)).join(' ') : '-',
      (PAPER[model][count] as number).toFixed(4),
      Number.isNaN(mean) ? '-' : mean.toFixed(4),
      ...[String(parameters), String(steps)],
    ]
  })
  const { rows } = ((entries[0] as Entry).runs[0] as Entry['runs'][0]).cell
  return `Spirals: root mean square errors of the next 100 points (${rows} spirals)\n${align([head, ...body])}`
}
