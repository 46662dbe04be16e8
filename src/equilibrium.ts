/**
 * relode/equilibrium: a block run to its fixed point. Shares its core and its classes with `relode`.
 *
 * @module
 */

export { FixedPointError } from './core/fixed-point-error.ts'
export {
  Equilibrium,
  type EquilibriumOptions,
  type FixedPoint,
  type ImplicitBlockOptions,
  implicitBlock,
} from './models/equilibrium.ts'
