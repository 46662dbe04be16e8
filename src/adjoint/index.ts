/**
 * relode/adjoints: other ways to differentiate a solve than `checkpoint`, as values that carry their code; and forward mode. Shares its
 * core and its classes with `relode`.
 *
 * @module
 */

export { backsolve } from './backsolve.ts'
export type { BacksolveOptions } from './backward-steps.ts'
export { type HessianProduct, hvp, type OutputLoss } from './hvp.ts'
export { type JvpOptions, jvp } from './jvp.ts'
export { type ReversibleOptions, reversible } from './reversible.ts'
export type { Directions } from './tangent-model.ts'
