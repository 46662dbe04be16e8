import { LOSS_LINEAR } from '../../assembly/abi.ts'
import { type Vector, vector } from '../core/boundary.ts'
import { checkInt, checkNonNegative, type Numbers } from '../core/check.ts'
import { normals } from '../core/random.ts'
import { LatentObjective } from '../models/latent-objective.ts'
import type { LatentODE } from '../models/latent-ode.ts'
import { decodeCheckpoint } from './checkpoint.ts'
import { fit } from './fit.ts'
import type { Loss } from './losses.ts'
import type { FitOptions, FitProgress } from './plan.ts'

/** How to train a latent ODE. */
export interface LatentOptions
  extends Pick<FitOptions, 'optimizer' | 'schedule' | 'epochs' | 'batchSize' | 'clip' | 'resume'> {
  /** Seed of the order of the rows and of the draws. Default 0. */
  readonly seed?: number
  /** Factor on the divergence from the prior, epoch by epoch (from 0 on). Default: 1 always. */
  readonly weight?: (epoch: number) => number
}

/** How far the training is. */
export interface LatentProgress extends Pick<FitProgress, 'epoch' | 'nfe' | 'gradientNorm' | 'lr' | 'checkpoint'> {
  /** The negative evidence lower bound, mean over the rows, each with one draw and before its step. */
  readonly loss: number
}

/** The mean of the outputs themselves. */
const own: Loss = { name: 'linear', id: LOSS_LINEAR }

/** Seeds of the draws of a training lie so far apart: one for each epoch. */
const EPOCHS = 2 ** 20

/**
 * Trains a latent ODE in place, on its evidence lower bound: a generator as `fit`, that yields after every epoch. Every epoch draws the
 * latent states anew. The same data, options and seed give the same bits everywhere, with and without a pause.
 *
 * @param x observations, [rows, times, features] row-major, NaN where nothing was seen
 * @throws RangeError or TypeError for unusable data or options, SolveError when a solve fails, Error when the loss is not finite
 */
export function* fitLatent(
  model: LatentODE,
  x: Numbers,
  options: LatentOptions = {},
): Generator<LatentProgress, void, undefined> {
  const rows = model.checkObservations(x)
  const { weight = () => 1, epochs: asked, seed: given, resume, ...plan } = options
  const epochs = checkInt('epochs', asked ?? 100, 1, EPOCHS)
  const seed = checkInt('seed', given ?? 0, 0, 2 ** 32)
  const objective = new LatentObjective(model)
  try {
    let state = resume
    const done = resume === undefined ? 0 : decodeCheckpoint(model.dtype, resume).state.epoch
    const data = { x: joined(objective, x, rows), y: vector(model.dtype, rows).fill(1) }
    for (let epoch = done; epoch < epochs; epoch++) {
      draw(objective, data.x, rows, seed * EPOCHS + epoch)
      objective.weight = checkNonNegative(`weight of epoch ${epoch}`, weight(epoch))
      const one = fit(objective, data, { ...plan, loss: own, epochs, seed, ...(state && { resume: state }) })
      try {
        const { loss, nfe, gradientNorm, lr, checkpoint } = one.next().value as FitProgress
        const bytes = checkpoint()
        state = bytes
        yield { epoch: epoch + 1, loss, nfe, gradientNorm, lr, checkpoint: () => bytes }
      } finally {
        one.return(undefined)
      }
    }
  } finally {
    objective.dispose()
  }
}

/** Rows of observations, with room for the draws behind each. */
function joined({ inputs, dtype }: LatentObjective, x: Numbers, rows: number): Vector {
  const observed = x.length / Math.max(rows, 1)
  const all = vector(dtype, rows * inputs)
  for (let i = 0; i < rows; i++) all.set(x.slice(i * observed, (i + 1) * observed), i * inputs)
  return all
}

/** Writes the draws of an epoch behind the observations. */
function draw({ inputs, model }: LatentObjective, all: Vector, rows: number, seed: number): void {
  const { latent } = model
  const noise = normals(rows * latent, seed)
  for (let i = 0; i < rows; i++) all.set(noise.subarray(i * latent, (i + 1) * latent), (i + 1) * inputs - latent)
}
