/** The table of errors beside the paper's own values, and all numbers. */

import { align } from '../report.ts'
import type { Report } from './experiment.ts'
import { type Entry, entriesOf, groupsOf, PAPER } from './latent-entries.ts'
import { figures } from './latent-figures.ts'
import type { Cell } from './latent-train.ts'

export function reportOf(cells: readonly Cell[], results: ReadonlyMap<string, unknown>): Report {
  const entries = entriesOf(cells, results)
  return { numbers: entries.map(numbersOf), figures: figures(entries), text: table(entries) }
}

function numbersOf({ cell, result: { pictures: _, ...result } }: Entry): object {
  return { ...cell, ...result, paper: PAPER[cell.model][cell.count] ?? null }
}

function table(entries: readonly Entry[]): string {
  const head = ['seen', 'model', 'RMSE behind', 'paper', 'by seed', 'in the window', 'parameters', 'steps']
  const body = groupsOf(entries).map(({ model, count, entries: own, mean }) => {
    const { parameters, steps } = (own[0] as Entry).result
    return [
      `${count}/100`,
      model,
      mean.toFixed(4),
      (PAPER[model][count] as number).toFixed(4),
      own.map(({ result }) => result.rmse.toFixed(4)).join(' '),
      own.map(({ result }) => result.inside?.toFixed(4) ?? '-').join(' '),
      String(parameters),
      String(steps),
    ]
  })
  const { rows, batch } = (entries[0] as Entry).cell
  return `Spirals: root mean square errors of the next 100 points (${rows} spirals, batches of ${batch}), mean of the seeds\n${align([head, ...body])}`
}
