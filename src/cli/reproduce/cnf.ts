/** Continuous normalizing flows beside one of layers: Chen et al. 2018, section 4, maximum likelihood. */

import { type SetName, setsOf } from './cnf-data.ts'
import { DETAIL, KINDS, type Kind, QUICK } from './cnf-models.ts'
import { reportOf } from './cnf-report.ts'
import { nameOf, type Plan, type Result, trainTask } from './cnf-train.ts'
import type { Experiment } from './experiment.ts'

/** The best of some for each model. */
const RATES: Readonly<Record<Kind, number>> = { planar: 0.02, mlp: 0.02, layers: 0.02 }

/** The planar field takes four times the evaluations: it is shown, and the other two are compared. */
const STEPS: Readonly<Record<Kind, number>> = { planar: 600, mlp: 1500, layers: 1500 }
const SEEDS: Readonly<Record<Kind, readonly number[]>> = { planar: [0], mlp: [0, 1, 2], layers: [0, 1, 2] }

function plans(quick: boolean, data: string | undefined): Plan[] {
  const size = quick ? { batch: 256, detail: QUICK } : { batch: 512, detail: DETAIL }
  const plan = (set: SetName, kind: Kind, seed: number): Plan => {
    const steps = quick ? 120 : STEPS[kind]
    return { set, kind, seed, steps, lr: RATES[kind], ...size }
  }
  const kinds = quick ? KINDS.filter((kind) => kind !== 'planar') : KINDS
  const seeds = (kind: Kind): readonly number[] => (quick ? [0] : SEEDS[kind])
  return setsOf(data).flatMap((set) => kinds.flatMap((kind) => seeds(kind).map((seed) => plan(set, kind, seed))))
}

export const cnf: Experiment = {
  description: 'densities by flows in time and by layers (Chen et al. 2018, section 4): two circles, two moons',
  identify: (data) => setsOf(data).join('+'),
  tasks: (quick, data) => plans(quick, data).map(trainTask),
  report: (results, quick, data) => reportOf(plans(quick, data).map((plan) => results.get(nameOf(plan)) as Result)),
}
