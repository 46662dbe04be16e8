/** The latent ODEs of Chen et al. 2018, section 5: spirals of which some points are seen, with noise, and how they go on. */

import type { Experiment } from './experiment.ts'
import { WINDOW } from './latent-data.ts'
import { reportOf } from './latent-report.ts'
import { type Cell, taskOf } from './latent-train.ts'

/** The better of 0.01 and 0.005 for either model: half the rate only for the network, where all points are seen. */
const rate = (model: Cell['model'], count: number): number => (model === 'RNN' && count === WINDOW ? 0.005 : 0.01)

function cells(quick: boolean): Cell[] {
  const counts = quick ? [30, WINDOW] : [30, 50, WINDOW]
  const seeds = quick ? [0] : [0, 1, 2]
  const settings = { batch: 10, ...(quick ? { rows: 200, epochs: 160 } : { rows: 1000, epochs: 400 }) }
  return counts.flatMap((count) =>
    (['RNN', 'latent ODE'] as const).flatMap((model) =>
      seeds.map((seed) => ({ model, count, seed, lr: rate(model, count), ...settings })),
    ),
  )
}

export const latent: Experiment = {
  description:
    'latent ODEs and a recurrent network on spirals (Chen et al. 2018, table 2): errors of the next 100 points',
  tasks: (quick) => cells(quick).map(taskOf),
  report: (results, quick) => reportOf(cells(quick), results),
}
