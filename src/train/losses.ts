import { LOSS_HUBER, LOSS_MAE, LOSS_MSE } from '../../assembly/abi.ts'

/** A loss: the mean over all targets that are there (NaN = a missing observation) of a function of prediction - target. */
export interface Loss {
  readonly name: string
  readonly id: number
}

/** Mean squared error: d^2. */
export const mse: Loss = { name: 'mse', id: LOSS_MSE }

/** Mean absolute error: |d|. */
export const mae: Loss = { name: 'mae', id: LOSS_MAE }

/** Huber's loss with delta 1: d^2/2 within |d| <= 1, |d| - 1/2 beyond. */
export const huber: Loss = { name: 'huber', id: LOSS_HUBER }
