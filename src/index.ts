/**
 * relode: continuous-depth ReLU networks. One small block, composed, stepped as a residual network, integrated as an ODE or run
 * to its fixed point, and trained through all of them by exact adjoints.
 * @module
 */

export type { Adjoint, AdjointMaker } from './adjoint/adjoint.ts'
export { checkpoint } from './adjoint/checkpoint.ts'
export { type Cotangents, type Model, Parameters, type Pass } from './adjoint/model.ts'
export { type Pullback, vjp } from './adjoint/vjp.ts'
export { type Build, type Dtype, type Info, info, OutOfMemoryError, type Vector } from './core/boundary.ts'
export type { Numbers } from './core/check.ts'
export { exp, log } from './core/elementwise.ts'
export { DisposedError, type PartialSolution, SolveError, type Stats } from './core/errors.ts'
export {
  type Contents as SafetensorsContents,
  decode as decodeSafetensors,
  encode as encodeSafetensors,
  FormatError,
  type Tensor,
} from './io/safetensors.ts'
export { Compose, type ComposeOptions } from './models/compose.ts'
export type { DeepOptions } from './models/deep.ts'
export { NeuralODE, type NeuralODEOptions } from './models/neural-ode.ts'
export { type ResidualBlockOptions, ResNet, type ResNetOptions, residualBlocks } from './models/resnet.ts'
export type { Surroundings } from './models/surrounded.ts'
export { Affine, type AffineOptions } from './program/affine.ts'
export { Block, type BlockOptions } from './program/block.ts'
export type { Activation, Builder, DenseOptions, ParameterSpec, Register } from './program/builder.ts'
export { Field, type FieldOptions } from './program/field.ts'
export { MLP, type MLPOptions } from './program/mlp.ts'
export type { Signal } from './program/signal.ts'
export { type Controller, elementary, type FactorLimits, hairer853, hairerPI, pi, pid } from './solve/controller.ts'
export type { RestOptions, SteadyOptions, StepInfo, StopOptions, WatchOptions } from './solve/drive.ts'
export type { StateEvent } from './solve/event.ts'
export type { EventSolution, Occurrence } from './solve/event-solution.ts'
export type { FieldFunction } from './solve/host-field.ts'
export type { InputOptions } from './solve/input.ts'
export { type OdeintOptions, odeint } from './solve/odeint.ts'
export type { SolverOptions } from './solve/options.ts'
export { type Rows, SampleSolution } from './solve/sample-solution.ts'
export { Solution } from './solve/solution.ts'
export { type Coefficient, compile, type Method, type Tableau } from './tableaus/tableau.ts'
export * from './tableaus/usual.ts'
export { fit } from './train/fit.ts'
export { crossEntropy, huber, type Loss, mae, mse } from './train/losses.ts'
export {
  type AdamOptions,
  adam,
  adamw,
  type Look,
  type Optimizer,
  type SGDOptions,
  sgd,
} from './train/optimizers.ts'
export type { FitData, FitOptions, FitProgress } from './train/plan.ts'
export { cosine, type Schedule, stepwise, warmup } from './train/schedules.ts'
