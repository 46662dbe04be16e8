/**
 * relode/flows: densities that a field carries from a normal one to the data. Continuous normalizing flows, by maximum likelihood. Shares
 * its core and its classes with `relode`.
 *
 * @module
 */

export { CNF } from './cnf.ts'
export type { CNFOptions } from './density.ts'
export { type Divergence, type Hutchinson, hutchinson } from './hutchinson.ts'
export { nll } from './nll.ts'
