/** Results by their place in table 2 of Chen et al. 2018, and the paper's own values. */

import { type Cell, type CellResult, nameOf } from './latent-train.ts'

/** Root mean square errors by the number of points that are seen. */
export const PAPER: Readonly<Record<Cell['model'], Readonly<Record<number, number>>>> = {
  RNN: { 30: 0.3937, 50: 0.3202, 100: 0.1813 },
  'latent ODE': { 30: 0.1642, 50: 0.1502, 100: 0.1346 },
}

/** The trainings of one place, which differ in their seeds alone. */
export interface Entry {
  readonly model: Cell['model']
  readonly count: number
  readonly runs: readonly { readonly cell: Cell; readonly result: CellResult }[]
  /** The mean of their errors behind the window. */
  readonly rmse: number
}

export function entriesOf(cells: readonly Cell[], results: ReadonlyMap<string, unknown>): Entry[] {
  const places = new Map(cells.map(({ model, count }) => [`${model} ${count}`, { model, count }]))
  return [...places.values()].map(({ model, count }) => {
    const own = cells.filter((cell) => cell.model === model && cell.count === count)
    const runs = own.map((cell) => ({ cell, result: results.get(nameOf(cell)) as CellResult }))
    return { model, count, runs, rmse: runs.reduce((sum, { result }) => sum + result.rmse, 0) / runs.length }
  })
}
