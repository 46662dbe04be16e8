/** The classifier of Chen et al. 2018, section 3: residual networks and neural ODEs on handwritten digits. */

import { type Images, readImages } from './classifier-data.ts'
import { KINDS } from './classifier-models.ts'
import { reportOf } from './classifier-report.ts'
import { nameOf, type Plan, type TrainResult, trainTask } from './classifier-train.ts'
import type { Experiment } from './experiment.ts'

const TOLERANCES = [1e-1, 1e-2, 1e-3, 1e-4, 1e-5, 1e-6]
const SEEDS = [0, 1, 2, 3, 4]

function plans(quick: boolean, { pixels, train }: Images): Plan[] {
  // MNIST has forty times the images: fewer epochs, and one seed.
  const many = train.labels.length > 10_000
  const epochs = many ? (quick ? 1 : 20) : quick ? 15 : 60
  const seeds = quick || many ? [0] : SEEDS
  const common = { pixels, width: 64, hidden: 64, epochs, batch: 64, lr: many ? 2e-3 : 5e-3 }
  return seeds.flatMap((seed) =>
    KINDS.map((kind) => ({ ...common, kind, seed, tolerances: seed === 0 ? TOLERANCES : [] })),
  )
}

export const classifier: Experiment = {
  description: 'neural ODEs as classifiers (Chen et al. 2018, section 3): digits, or MNIST with --data',
  identify: (data) => readImages(data).hash,
  tasks: (quick, data) => plans(quick, readImages(data)).map((plan) => trainTask(plan, () => readImages(data))),
  report(results, quick, data) {
    const images = readImages(data)
    const found = plans(quick, images).map((plan) => results.get(nameOf(plan)) as TrainResult)
    return reportOf(found, images)
  },
}
