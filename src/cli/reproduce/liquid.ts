/** Liquid time-constant networks (Hasani et al. 2021) beside other cells, and how far they spread a circle. */

import type { Experiment } from './experiment.ts'
import { reportOf } from './liquid-report.ts'
import { CELLS, type Cell, type Name, probeTask, taskOf } from './liquid-train.ts'

function cells(quick: boolean): Cell[] {
  const settings = quick
    ? { epochs: 15, series: 200, tests: 200, seeds: [0] }
    : { epochs: 40, series: 500, tests: 1000, seeds: [0, 1, 2] }
  const { seeds, ...rest } = settings
  return (Object.keys(CELLS) as Name[]).flatMap((name) =>
    seeds.map((seed) => ({ name, seed, batch: 20, lr: 0.01, ...rest })),
  )
}

export const liquid: Experiment = {
  description:
    'liquid time-constant cells beside RNN, GRU, ODE-RNN and CfC on irregular series; lengths of trajectories',
  tasks: (quick) => [...cells(quick).map(taskOf), probeTask(400_000)],
  report: (results, quick) => reportOf(cells(quick), results),
}
