/** Trainings by their cells. */

import { mean } from '../mean.ts'
import { CELLS, type Cell, type CellResult, type Name, nameOf } from './liquid-train.ts'

/** The trainings of one cell that differ in their seeds alone. */
export interface Entry {
  readonly name: Name
  readonly cell: Cell
  readonly runs: readonly CellResult[]
}

export function entriesOf(cells: readonly Cell[], results: ReadonlyMap<string, unknown>): Entry[] {
  return (Object.keys(CELLS) as Name[]).map((name) => {
    const own = cells.filter((cell) => cell.name === name)
    return { name, cell: own[0] as Cell, runs: own.map((cell) => results.get(nameOf(cell)) as CellResult) }
  })
}

/** The mean error of some trainings. */
export function meanOf(runs: readonly CellResult[]): number {
  return mean(runs.map(({ rmse }) => rmse))
}
