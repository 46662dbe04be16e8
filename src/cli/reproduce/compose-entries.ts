/** Results by their place in the paper's tables, and the paper's own values. */

import { type Cell, type CellResult, nameOf, type Problem } from './compose-train.ts'

/** Zhang, Lu, Zhao 2023, tables 2 and 3: n -> score -> values for r = 1, 2, 3, 4. */
export const PAPER: Readonly<Record<Problem, Readonly<Record<number, Readonly<Record<string, readonly number[]>>>>>> = {
  function: {
    100: { mse: [1.22e-2, 2.02e-4, 3.46e-5, 1.27e-5], max: [4.21e-1, 1.17e-1, 4.65e-2, 2.77e-2] },
    200: { mse: [8.92e-3, 4.6e-5, 3.51e-6, 1.11e-6], max: [4.05e-1, 7.28e-2, 1.66e-2, 8.61e-3] },
  },
  spirals: {
    30: { accuracy: [0.574781, 0.729258, 0.82875, 0.874866] },
    40: { accuracy: [0.575149, 0.797345, 0.871617, 0.904041] },
  },
}

/** Runs of one cell that differ in their seeds alone: the median run, by its first score. */
export interface Entry {
  readonly cell: Cell
  readonly median: CellResult
  readonly runs: readonly { readonly seed: number; readonly result: CellResult }[]
}

export function entriesOf(cells: readonly Cell[], results: ReadonlyMap<string, unknown>): Entry[] {
  const firsts = cells.filter(({ seed }) => seed === cells[0]?.seed)
  return firsts.map((cell) => {
    const same = cells.filter(({ problem, n, r }) => problem === cell.problem && n === cell.n && r === cell.r)
    const runs = same.map((one) => ({ seed: one.seed, result: results.get(nameOf(one)) as CellResult }))
    const sorted = runs.map(({ result }) => result).sort((a, b) => firstScore(a) - firstScore(b))
    const median = sorted[Math.floor((sorted.length - 1) / 2)] as CellResult
    return { cell, median, runs }
  })
}

function firstScore({ scores }: CellResult): number {
  return Object.values(scores)[0] as number
}

/** The paper's value for an entry, if it has one. */
export function paperValue({ problem, n, r }: Omit<Cell, 'seed'>, score: string): number | undefined {
  return PAPER[problem][n]?.[score]?.[r - 1]
}

/** The entries of one problem. */
export function ofProblem(entries: readonly Entry[], problem: Problem): Entry[] {
  return entries.filter(({ cell }) => cell.problem === problem)
}
