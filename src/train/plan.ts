import type { Model } from '../adjoint/model.ts'
import type { Vector } from '../core/boundary.ts'
import { checkInt, checkNumbers, checkPositive, type Numbers } from '../core/check.ts'
import { type Loss, mse } from './losses.ts'
import { adam, type Optimizer } from './optimizers.ts'
import type { Schedule } from './schedules.ts'

/** Training data: rows of inputs and of targets. */
export interface FitData {
  /** Inputs, [rows, dim]. */
  readonly x: Numbers
  /**
   * Targets, as the model's output for all rows: [rows, dim], or [times, rows, dim] for a model with output 'all'. NaN marks a
   * missing observation.
   */
  readonly y: Numbers
}

/** How to train. */
export interface FitOptions {
  /** Default mse. */
  readonly loss?: Loss
  /** Default adam(). */
  readonly optimizer?: Optimizer
  /** Factor on the learning rate, step by step. Default: constant. */
  readonly schedule?: Schedule
  /** Passes over the data. Default 100. */
  readonly epochs?: number
  /** Rows per optimizer step. Default: all of them. */
  readonly batchSize?: number
  /** Seed of the order of the rows. Default 0. */
  readonly seed?: number
  /** The gradient is scaled down to this Euclidean norm where it is longer. Default: never. */
  readonly clip?: number
  /** Train the inputs too (the initial states of trajectories). Needs the full batch. Default false. */
  readonly trainInputs?: boolean
  /** What `progress.checkpoint()` returned: go on from there, to the same bits as without the interruption. */
  readonly resume?: Uint8Array
}

/** How far the training is. */
export interface FitProgress {
  /** Epochs done. */
  readonly epoch: number
  /** Mean loss over the epoch, each batch before its step. */
  readonly loss: number
  /** Field evaluations of the epoch, forward and backward. */
  readonly nfe: number
  /** false where a gradient of this epoch was by `backsolve` or `reversible`, and not to be trusted by its own account. */
  readonly trusted: boolean
  /** Euclidean norm of the last gradient, before clipping. */
  readonly gradientNorm: number
  /** Learning rate of the last step. */
  readonly lr: number
  /** The inputs as they are now; they change only with `trainInputs`. */
  inputs(): Vector
  /** All that is needed to go on later: one buffer (safetensors) for `resume`. */
  checkpoint(): Uint8Array
}

/** The options, checked. */
export interface Plan {
  readonly loss: Loss
  readonly optimizer: Optimizer
  readonly schedule: Schedule
  readonly epochs: number
  readonly batchSize: number
  readonly seed: number
  readonly clip: number
  readonly trainInputs: boolean
}

/** Checks data and options against the model; throws RangeError or TypeError naming what is at fault. */
export function checkPlan(model: Model, data: FitData, options: FitOptions): { rows: number; plan: Plan } {
  const rows = model.checkInputs(data.x)
  if (rows === 0) throw new RangeError('x must hold at least one row, got none')
  checkNumbers('y', data.y, true)
  if (data.y.every((v: number) => Number.isNaN(v)))
    throw new RangeError('y must hold at least one observation, got NaN only')
  const loss = options.loss ?? mse
  loss.check?.(data.y, model.outputs)
  const batchSize = checkInt('batchSize', options.batchSize ?? rows, 1, rows)
  const trainInputs = options.trainInputs ?? false
  if (trainInputs && batchSize < rows)
    throw new RangeError(`trainInputs needs the full batch of ${rows} rows, got batchSize ${batchSize}`)
  const optimizer = options.optimizer ?? adam()
  if (optimizer.whole && (batchSize < rows || trainInputs || options.clip)) {
    throw new RangeError(
      `batchSize, clip and trainInputs must be left out with ${optimizer.name}, got ${batchSize}, ${options.clip}, ${trainInputs}: take adam`,
    )
  }
  const plan = {
    loss,
    optimizer,
    schedule: options.schedule ?? (() => 1),
    epochs: checkInt('epochs', options.epochs ?? 100, 1, 2 ** 31),
    batchSize,
    seed: checkInt('seed', options.seed ?? 0, 0, Number.MAX_SAFE_INTEGER),
    clip: options.clip === undefined ? Infinity : checkPositive('clip', options.clip),
    trainInputs,
  }
  return { rows, plan }
}

/** Checks the targets for `rows` rows against the outputs of the model for them. */
export function checkTargets(given: number, expected: number, rows: number): void {
  if (given === expected) return
  throw new RangeError(`y must hold ${expected} numbers, as the model's output for ${rows} rows, got ${given}`)
}
