/**
 * relode for inference: solve and evaluate trained models, on a core without gradients. Smaller, otherwise the same.
 * @module
 */

export type { Dtype, Vector } from './core/boundary.ts'
export { OutOfMemoryError } from './core/boundary.ts'
export type { Numbers } from './core/check.ts'
export { DisposedError, type PartialSolution, SolveError, type Stats } from './core/errors.ts'
export { FormatError } from './io/safetensors.ts'
export { NeuralODE, type NeuralODEOptions } from './models/neural-ode.ts'
export { Field, type FieldOptions } from './program/field.ts'
export { MLP, type MLPOptions } from './program/mlp.ts'
export { type Controller, elementary, type FactorLimits, hairer853, hairerPI, pi, pid } from './solve/controller.ts'
export type { FieldFunction } from './solve/host-field.ts'
export { type OdeintOptions, odeint } from './solve/odeint.ts'
export type { SolverOptions } from './solve/options.ts'
export { Solution } from './solve/solution.ts'
export type { Coefficient, Method, Tableau } from './tableaus/tableau.ts'
export * from './tableaus/usual.ts'
