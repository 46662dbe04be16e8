/** The latent ODEs of Chen et al. 2018, section 5: spirals of which some points are seen, with noise, and how they go on. */

import type { Experiment } from './experiment.ts'
import { reportOf } from './latent-report.ts'
import { type Cell, taskOf } from './latent-train.ts'

/** As many steps for both, in the batches that suit each: what was best for other seeds than these. */
const PLANS = [
  { model: 'RNN', batch: 25, lr: 0.01, passes: 2.5 },
  { model: 'latent ODE', batch: 10, lr: 0.01, passes: 1 },
] as const

/** With all points seen the two are near each other: three seeds. */
const SEEDS: Readonly<Record<number, readonly number[]>> = { 30: [0], 50: [0], 100: [0, 1, 2] }

function cells(quick: boolean): Cell[] {
  const [rows, epochs] = [quick ? 200 : 1000, 160]
  return (quick ? [30, 100] : [30, 50, 100]).flatMap((count) =>
    PLANS.flatMap(({ passes, ...plan }) =>
      (quick ? [0] : (SEEDS[count] as number[])).map((seed) => ({
        ...plan,
        count,
        seed,
        rows,
        epochs: passes * epochs,
      })),
    ),
  )
}

export const latent: Experiment = {
  description:
    'latent ODEs and a recurrent network on spirals (Chen et al. 2018, table 2): errors of the next 100 points',
  tasks: (quick) => cells(quick).map(taskOf),
  report: (results, quick) => reportOf(cells(quick), results),
}
