/** Trainings as experiments run them: an epoch at a time, from the state of the last. */

import type { Model } from '../../adjoint/model.ts'
import { type FitData, type FitOptions, type FitProgress, fit } from '../../index.ts'
import { FailureError } from '../errors.ts'

/** What an epoch ends with. */
interface Epoch {
  readonly loss: number
  readonly nfe: number
  readonly state: Uint8Array
}

/** The next epoch of a `fit`; `state`: what the last one ended with. */
export function oneEpoch(model: Model, data: FitData, options: FitOptions, state: Uint8Array | undefined): Epoch {
  const training = fit(model, data, state === undefined ? options : { ...options, resume: state })
  try {
    const progress = training.next().value as FitProgress
    return { loss: progress.loss, nfe: progress.nfe, state: progress.checkpoint() }
  } catch (error) {
    throw failureOf(error)
  } finally {
    training.return(undefined)
  }
}

/** An error of a training as it is to be thrown on: a loss that is not finite, of which fit so complains, is a failure. */
export function failureOf(error: unknown): unknown {
  // Errors of other kinds are no failures of the training.
  return (error as Error).constructor === Error ? new FailureError((error as Error).message) : error
}
