import { LOSS_CROSS_ENTROPY, LOSS_HUBER, LOSS_MAE, LOSS_MSE } from '../../assembly/abi.ts'
import type { Numbers } from '../core/check.ts'

/**
 * A loss: the mean over all targets that are there (NaN = a missing observation) of a function of prediction - target; or, for
 * `crossEntropy`, over the rows.
 */
export interface Loss {
  readonly name: string
  readonly id: number
  /** Throws RangeError for targets, rows of `width`, that the loss cannot take. */
  readonly check?: (y: Numbers, width: number) => void
}

/** Mean squared error: d^2. */
export const mse: Loss = { name: 'mse', id: LOSS_MSE }

/** Mean absolute error: |d|. */
export const mae: Loss = { name: 'mae', id: LOSS_MAE }

/** Huber's loss with delta 1: d^2/2 within |d| <= 1, |d| - 1/2 beyond. */
export const huber: Loss = { name: 'huber', id: LOSS_HUBER }

/**
 * Cross-entropy of softmax(predictions), for classes: -sum_j y_j log softmax(p)_j, mean over the rows. Predictions are logits, one
 * a class; targets are rows of probabilities, such as one-hot rows (PyTorch also takes class numbers; here y has the shape
 * of the outputs). A row that holds NaN is missing.
 */
export const crossEntropy: Loss = { name: 'cross-entropy', id: LOSS_CROSS_ENTROPY, check: checkProbabilities }

/** Rounding to f32 of a row of any width is far within this. */
const SLACK = 1e-3

function checkProbabilities(y: Numbers, width: number): void {
  let known = 0
  for (let first = 0; first < y.length; first += width) {
    let sum = 0
    for (let i = first; i < first + width; i++) {
      const value = y[i] as number
      if (value < 0) throw new RangeError(`y[${i}] is ${value}: targets of crossEntropy are probabilities`)
      sum += value
    }
    if (Number.isNaN(sum)) continue
    known++
    if (Math.abs(sum - 1) > SLACK) {
      throw new RangeError(
        `row ${first / width} of y must sum to 1, got ${sum}: targets of crossEntropy are probabilities, such as one-hot rows`,
      )
    }
  }
  if (known === 0) throw new RangeError('y must hold at least one row without NaN, got none')
}
