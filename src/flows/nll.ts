import { LOSS_NLL } from '../../assembly/abi.ts'
import type { Loss } from '../train/losses.ts'

/**
 * The negative log-likelihood of a model whose outputs are log-densities, in nats: minus the mean of prediction - target. Targets are 0;
 * or the log-density that the data come from, where it is known: the loss is then an estimate of the relative entropy KL(data || model).
 */
export const nll: Loss = { name: 'nll', id: LOSS_NLL }
