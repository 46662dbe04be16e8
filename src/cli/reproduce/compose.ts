/** The trained compositions of Zhang, Lu, Zhao 2023, section 4: one block, applied r times, approximates and classifies. */

import { reportOf } from './compose-report.ts'
import { type Cell, taskOf } from './compose-train.ts'
import type { Experiment } from './experiment.ts'

type Settings = Omit<Cell, 'n' | 'r' | 'seed'>

/** A problem at some widths, for r = 1 to 4. */
function cellsOf(settings: Settings, widths: readonly number[], seeds: readonly number[]): Cell[] {
  return widths.flatMap((n) => [1, 2, 3, 4].flatMap((r) => seeds.map((seed) => ({ ...settings, n, r, seed }))))
}

function cells(quick: boolean): Cell[] {
  if (quick) {
    return [
      ...cellsOf({ problem: 'function', steps: 2000, batch: 200, lr: 0.02, clip: 1 }, [24, 48], [0]),
      ...cellsOf({ problem: 'spirals', steps: 10_000, batch: 300, lr: 0.003, clip: 0.1 }, [30], [0]),
    ]
  }
  return [
    ...cellsOf({ problem: 'function', steps: 24_000, batch: 500, lr: 0.02, clip: 1 }, [100], [0]),
    ...cellsOf({ problem: 'function', steps: 6000, batch: 500, lr: 0.01, clip: 1 }, [200], [0]),
    ...cellsOf({ problem: 'spirals', steps: 100_000, batch: 300, lr: 0.003, clip: 0.1 }, [30], [0, 1, 2]),
    ...cellsOf({ problem: 'spirals', steps: 200_000, batch: 300, lr: 0.003, clip: 0.1 }, [40], [0, 1, 2]),
  ]
}

export const compose: Experiment = {
  description: 'trained compositions of one block (Zhang, Lu, Zhao 2023, section 4): approximation, two spirals',
  tasks: (quick) => cells(quick).map(taskOf),
  report: (results, quick) => reportOf(cells(quick), results),
}
