/**
 * relode/flows: densities that a field carries from a normal one to the data. By maximum likelihood, or by
 * matching. Shares its core and its classes with `relode`.
 *
 * @module
 */

export { CNF } from './cnf.ts'
export type { CNFOptions } from './density.ts'
export { energyDistance } from './energy-distance.ts'
export { concatSquash, type FlowFieldOptions, type PlanarOptions, planarField } from './fields.ts'
export { type Divergence, type Hutchinson, hutchinson } from './hutchinson.ts'
export { FlowMatching, type Pairs } from './matching.ts'
export { nll } from './nll.ts'
