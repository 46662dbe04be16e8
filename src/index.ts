/**
 * relode: continuous-depth ReLU networks. One small block, composed, stepped, integrated or run to its fixed point, and trained
 * through all of them by one exact adjoint.
 * @module
 */

export { type Adjoint, checkpoint } from './adjoint/checkpoint.ts'
export { type Cotangents, type Model, type Pass, type Pullback, vjp } from './adjoint/vjp.ts'
export type { Dtype, Vector } from './core/boundary.ts'
export { OutOfMemoryError } from './core/boundary.ts'
export type { Numbers } from './core/check.ts'
export { exp, log } from './core/elementwise.ts'
export { DisposedError, SolveError, type Stats } from './core/errors.ts'
export { FormatError, type Tensor } from './io/safetensors.ts'
export { NeuralODE, type NeuralODEOptions } from './models/neural-ode.ts'
export type { Activation, Builder, DenseOptions, ParameterSpec, Register } from './program/builder.ts'
export { Field, type FieldOptions } from './program/field.ts'
export { MLP, type MLPOptions } from './program/mlp.ts'
export type { FieldFunction } from './solve/host-field.ts'
export { type OdeintOptions, odeint } from './solve/odeint.ts'
export type { SolverOptions } from './solve/options.ts'
export { Solution } from './solve/solution.ts'
export * from './tableaus/index.ts'
export { type Coefficient, compile, type Tableau } from './tableaus/tableau.ts'
export { fit } from './train/fit.ts'
export { huber, type Loss, mae, mse } from './train/losses.ts'
export { type AdamOptions, adam, adamw, type Optimizer, type SGDOptions, sgd } from './train/optimizers.ts'
export type { FitData, FitOptions, FitProgress } from './train/plan.ts'
export { cosine, type Schedule, stepwise, warmup } from './train/schedules.ts'
export { fitSeries, type Series, type SeriesFit, type SeriesOptions, type SeriesProgress } from './train/series.ts'
