/** The latent ODEs of Chen et al. 2018, section 5: spirals of which some points are seen, with noise, and how they go on. */

import type { Experiment } from './experiment.ts'
import { reportOf } from './latent-report.ts'
import { type Cell, taskOf } from './latent-train.ts'

function cells(quick: boolean): Cell[] {
  const settings = quick ? { rows: 200, epochs: 160 } : { rows: 1000, epochs: 400 }
  return (quick ? [30, 100] : [30, 50, 100]).flatMap((count) =>
    (['RNN', 'latent ODE'] as const).map((model) => ({ model, count, seed: 0, batch: 25, lr: 0.01, ...settings })),
  )
}

export const latent: Experiment = {
  description:
    'latent ODEs and a recurrent network on spirals (Chen et al. 2018, table 2): errors of the next 100 points',
  tasks: (quick) => cells(quick).map(taskOf),
  report: (results, quick) => reportOf(cells(quick), results),
}
