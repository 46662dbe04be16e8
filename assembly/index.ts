// The ABI of the whole core: one-line exports, numbers only; where both precisions exist, the first argument says which (`wide`: f64).
// Offsets and ids: abi.ts.
import { fixpoint as fixpointOf } from './drive/fixpoint'
import { unrest as unrestOf } from './drive/rest'
import { solveRows as solveAll } from './drive/rows'
import { sweep as sweepBack } from './drive/sweep'
import { axpyEither, innerProductEither, scaledNormEither, scaleEither } from './kernels/either'
import { expm } from './kernels/expm'
import { loss as lossOf } from './kernels/loss'
import { adam as adamStep, sgd as sgdStep } from './kernels/optimizer'
import { normal as fillNormal } from './kernels/random'
import { activate } from './kernels/activate'
import { logarithm } from './kernels/elementwise'
import { spectralNorm as spectralNormOf } from './kernels/spectral'
import { ACT_EXP } from './activations'
import { applyTranspose as pull } from './program/apply'

export * from './inference'
export { pow64 } from './kernels/math-pow'
export { cos64 } from './kernels/math-trig'
export { permutation } from './kernels/random'

export function solveRows(wide: bool, rows: usize, count: i32, arena: usize): void { solveAll(rows, count, arena, wide) }
export function sweep(wide: bool, g: usize): void { sweepBack(g, wide) }
export function unrest(wide: bool, s: usize, rtol: usize, atol: usize): f64 { return unrestOf(s, rtol, atol, wide) }
export function fixpoint(wide: bool, s: usize): i32 { return fixpointOf(s, wide) }
export function applyTranspose(
  wide: bool, f: usize, arena: usize, batch: i32, t: f64, y: usize, g: usize, gy: usize, gp: usize, dy: usize,
): f64 {
  return pull(f, arena, batch, t, y, g, gy, gp, dy, wide)
}

export function loss(wide: bool, id: i32, n: i32, width: i32, p: usize, y: usize, g: usize): f64 {
  return lossOf(id, n, width, p, y, g, wide)
}
export function sgd(wide: bool, n: i32, x: usize, g: usize, v: usize, lr: f64, mu: f64, nesterov: bool, decay: f64): void {
  if (wide) sgdStep<f64>(n, x, g, v, lr, mu, nesterov, decay)
  else sgdStep<f32>(n, x, g, v, lr, mu, nesterov, decay)
}
export function adam(
  wide: bool, n: i32, x: usize, g: usize, m: usize, v: usize, lr: f64, beta1: f64, beta2: f64, eps: f64, c1: f64, c2: f64,
  decay: f64, decoupled: bool,
): void {
  if (wide) adamStep<f64>(n, x, g, m, v, lr, beta1, beta2, eps, c1, c2, decay, decoupled)
  else adamStep<f32>(n, x, g, m, v, lr, beta1, beta2, eps, c1, c2, decay, decoupled)
}

export function spectralNorm(wide: bool, m: i32, n: i32, a: usize, x: usize, y: usize): f64 {
  return spectralNormOf(m, n, a, x, y, wide)
}
export function dot(wide: bool, n: i32, x: usize, y: usize): f64 { return innerProductEither(n, x, y, wide) }
export function scaledNorm(wide: bool, n: i32, dim: i32, x: usize, a: usize, b: usize, atol: usize, rtol: usize): f64 {
  return scaledNormEither(n, dim, x, a, b, atol, rtol, wide)
}
export function scale(wide: bool, n: i32, factor: f64, x: usize, y: usize): void { scaleEither(n, factor, x, y, wide) }
export function axpy(wide: bool, n: i32, factor: f64, x: usize, y: usize): void { axpyEither(n, factor, x, y, wide) }
export function expm64(n: i32, a: usize, arena: usize): bool { return expm(n, a, arena) }
export function exponential64(n: i32, x: usize, y: usize): void { activate<f64>(n, ACT_EXP, x, y) }
export function logarithm64(n: i32, x: usize, y: usize): void { logarithm<f64>(n, x, y) }
export function normal(wide: bool, s: usize, n: i32, mean: f64, deviation: f64, x: usize): void {
  fillNormal(s, n, mean, deviation, x, wide)
}
