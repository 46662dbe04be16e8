/** Results by their place in table 2 of Chen et al. 2018, and the paper's own values. */

import { mean } from '../mean.ts'
import { type Cell, type CellResult, nameOf } from './latent-train.ts'

/** Root mean square errors by the number of points that are seen. */
export const PAPER: Readonly<Record<Cell['model'], Readonly<Record<number, number>>>> = {
  RNN: { 30: 0.3937, 50: 0.3202, 100: 0.1813 },
  'latent ODE': { 30: 0.1642, 50: 0.1502, 100: 0.1346 },
}

/** A training and what came of it. */
export interface Entry {
  readonly cell: Cell
  readonly result: CellResult
}

export function entriesOf(cells: readonly Cell[], results: ReadonlyMap<string, unknown>): Entry[] {
  return cells.map((cell) => ({ cell, result: results.get(nameOf(cell)) as CellResult }))
}

/** The trainings of one model on as many points, one for each seed. */
export interface Group {
  readonly model: Cell['model']
  readonly count: number
  readonly entries: readonly Entry[]
  /** Mean of the errors behind the window. */
  readonly mean: number
}

/** Groups in the order of their first entries. */
export function groupsOf(entries: readonly Entry[]): Group[] {
  const heads = entries.filter(({ cell: { model, count } }, i) => entries.findIndex(isOf(model, count)) === i)
  return heads.map(({ cell: { model, count } }) => {
    const own = entries.filter(isOf(model, count))
    return { model, count, entries: own, mean: mean(own.map(({ result }) => result.rmse)) }
  })
}

const isOf =
  (model: Cell['model'], count: number) =>
  ({ cell }: Entry): boolean =>
    cell.model === model && cell.count === count
