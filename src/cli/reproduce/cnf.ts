/** Continuous normalizing flows beside one of layers: Chen et al. 2018, section 4, maximum likelihood. */

import { setsOf } from './cnf-data.ts'
import { DETAIL, KINDS, type Kind, QUICK } from './cnf-models.ts'
import { reportOf } from './cnf-report.ts'
import { nameOf, type Plan, type Result, trainTask } from './cnf-train.ts'
import type { Experiment } from './experiment.ts'

/** The best of some for each model. */
const RATES: Readonly<Record<Kind, number>> = { planar: 0.02, mlp: 0.02, layers: 0.02 }

function plans(quick: boolean, data: string | undefined): Plan[] {
  const kinds = quick ? KINDS.filter((kind) => kind !== 'planar') : KINDS
  const size = quick ? { steps: 120, batch: 256, detail: QUICK } : { steps: 600, batch: 512, detail: DETAIL }
  return setsOf(data).flatMap((set) => kinds.map((kind) => ({ set, kind, seed: 0, lr: RATES[kind], ...size })))
}

export const cnf: Experiment = {
  description: 'densities by flows in time and by layers (Chen et al. 2018, section 4): two circles, two moons',
  identify: (data) => setsOf(data).join('+'),
  tasks: (quick, data) => plans(quick, data).map(trainTask),
  report: (results, quick, data) => reportOf(plans(quick, data).map((plan) => results.get(nameOf(plan)) as Result)),
}
