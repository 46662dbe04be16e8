import { classifier } from './classifier.ts'
import { cnf } from './cnf.ts'
import { compose } from './compose.ts'
import type { Experiment } from './experiment.ts'
import { resnet } from './resnet.ts'

/** The experiments by the word that asks for them. */
export const experiments: Readonly<Record<string, Experiment>> = { cnf, compose, 'ode-classifier': classifier, resnet }
