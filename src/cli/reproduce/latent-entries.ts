/** Results by their place in table 2 of Chen et al. 2018, and the paper's own values. */

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
