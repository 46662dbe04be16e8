/**
 * relode/theory: the theorem of Zhang, Lu and Zhao as a compiler from functions to networks, measures of residual depth, and exact
 * flows of ReLU networks.
 * Shares its core and its classes with `relode`.
 *
 * @module
 */

export { AffineFlow, type AffineFlowOptions, affineFlow, type Crossing } from './affine-flow.ts'
export { type ApproximateOptions, approximate } from './approximate.ts'
export { type ClockedField, clockedField } from './clocked.ts'
export { type DepthSmoothness, depthSmoothness, type LayerNorm, type Smoothness } from './depth-smoothness.ts'
export { Dyadic, type Exact } from './dyadic.ts'
export { type GradientFlowOptions, type GradientFlowProgress, gradientFlow } from './gradient-flow.ts'
export type { Layered } from './layers.ts'
export { type LimitError, limitError } from './limit-error.ts'
export { plRatio } from './pl-ratio.ts'
export type { RCNet } from './rcnet.ts'
export { refineDepth } from './refine-depth.ts'
export { type ReversalError, reversalError } from './reversal-error.ts'
export { decayRate, fitSlope } from './slope.ts'
export { type SpectralShare, spectralShare } from './spectral-share.ts'
export { type PathPoint, type SpeedLimit, speedLimit } from './speed-limit.ts'
export { type LimitDistance, limitDistance, toODE } from './to-ode.ts'
