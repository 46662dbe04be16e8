/**
 * relode/structured: fields and models with a structure of their own. Augmented states, controlled equations, second-order and Hamiltonian
 * systems with a symplectic step. Shares its core and its classes with `relode`.
 *
 * @module
 */

export { augment } from './augment.ts'
export { type ControlledOptions, controlled } from './controlled.ts'
export { HamiltonianODE, type HamiltonianODEOptions } from './hamiltonian.ts'
export { Leapfrog, type LeapfrogOptions } from './leapfrog.ts'
export { secondOrder } from './second-order.ts'
