/**
 * relode/adjoints: other ways to differentiate a solve than `checkpoint`, as values that carry their code. Shares its core and its
 * classes with `relode`.
 *
 * @module
 */

export { backsolve } from './backsolve.ts'
export type { BacksolveOptions } from './backward-steps.ts'
export { type ReversibleOptions, reversible } from './reversible.ts'
