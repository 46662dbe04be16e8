import { classifier } from './classifier.ts'
import { cnf } from './cnf.ts'
import { compose } from './compose.ts'
import type { Experiment } from './experiment.ts'
import { latent } from './latent.ts'
import { liquid } from './liquid.ts'
import { resnet } from './resnet.ts'

/** The experiments by the word that asks for them. */
export const experiments: Readonly<Record<string, Experiment>> = {
  cnf,
  compose,
  'latent-ode': latent,
  liquid,
  'ode-classifier': classifier,
  resnet,
}
