import { LOSS_LINEAR } from '../../assembly/abi.ts'
import type { Loss } from '../train/losses.ts'

/**
 * The negative log-likelihood of a model whose outputs are log-densities, in nats. Targets are minus the weights of the rows: -1 (`CNF.data`);
 * the loss is the mean of target times output.
 */
export const nll: Loss = { name: 'nll', id: LOSS_LINEAR }
