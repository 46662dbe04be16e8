// The ABI of the whole core: one-line exports, numbers only, `verb32` / `verb64`. Offsets and ids: abi.ts.
import { fixpoint } from './drive/fixpoint'
import { unrest } from './drive/rest'
import { solveRows } from './drive/rows'
import { sweep } from './drive/sweep'
import { expm } from './kernels/expm'
import { loss } from './kernels/loss'
import { adam, sgd } from './kernels/optimizer'
import { normal } from './kernels/random'
import { dot, scaledNorm } from './kernels/reduce'
import { activate, axpy, logarithm, scale } from './kernels/elementwise'
import { spectralNorm } from './kernels/spectral'
import { ACT_EXP } from './activations'
import { applyTranspose } from './program/apply'

export * from './inference'
export { pow64 } from './kernels/math-pow'
export { cos64 } from './kernels/math-trig'
export { permutation } from './kernels/random'


export function solveRows32(rows: usize, count: i32, arena: usize): void { solveRows(rows, count, arena, false) }
export function solveRows64(rows: usize, count: i32, arena: usize): void { solveRows(rows, count, arena, true) }

export function sweep32(g: usize): void { sweep(g, false) }
export function sweep64(g: usize): void { sweep(g, true) }

export function unrest32(s: usize, rtol: usize, atol: usize): f64 { return unrest(s, rtol, atol, false) }
export function unrest64(s: usize, rtol: usize, atol: usize): f64 { return unrest(s, rtol, atol, true) }

export function fixpoint32(s: usize): i32 { return fixpoint(s, false) }
export function fixpoint64(s: usize): i32 { return fixpoint(s, true) }

export function applyTranspose32(
  f: usize, arena: usize, batch: i32, t: f64, y: usize, g: usize, gy: usize, gp: usize, dy: usize,
): f64 {
  return applyTranspose(f, arena, batch, t, y, g, gy, gp, dy, false)
}
export function applyTranspose64(
  f: usize, arena: usize, batch: i32, t: f64, y: usize, g: usize, gy: usize, gp: usize, dy: usize,
): f64 {
  return applyTranspose(f, arena, batch, t, y, g, gy, gp, dy, true)
}

export function loss32(id: i32, n: i32, width: i32, p: usize, y: usize, g: usize): f64 { return loss(id, n, width, p, y, g, false) }
export function loss64(id: i32, n: i32, width: i32, p: usize, y: usize, g: usize): f64 { return loss(id, n, width, p, y, g, true) }

export function sgd32(n: i32, x: usize, g: usize, v: usize, lr: f64, mu: f64, nesterov: bool, decay: f64): void {
  sgd<f32>(n, x, g, v, lr, mu, nesterov, decay)
}
export function sgd64(n: i32, x: usize, g: usize, v: usize, lr: f64, mu: f64, nesterov: bool, decay: f64): void {
  sgd<f64>(n, x, g, v, lr, mu, nesterov, decay)
}

export function adam32(
  n: i32, x: usize, g: usize, m: usize, v: usize, lr: f64, beta1: f64, beta2: f64, eps: f64, c1: f64, c2: f64, decay: f64,
  decoupled: bool,
): void {
  adam<f32>(n, x, g, m, v, lr, beta1, beta2, eps, c1, c2, decay, decoupled)
}
export function adam64(
  n: i32, x: usize, g: usize, m: usize, v: usize, lr: f64, beta1: f64, beta2: f64, eps: f64, c1: f64, c2: f64, decay: f64,
  decoupled: bool,
): void {
  adam<f64>(n, x, g, m, v, lr, beta1, beta2, eps, c1, c2, decay, decoupled)
}

export function spectralNorm32(m: i32, n: i32, a: usize, x: usize, y: usize): f64 { return spectralNorm(m, n, a, x, y, false) }
export function spectralNorm64(m: i32, n: i32, a: usize, x: usize, y: usize): f64 { return spectralNorm(m, n, a, x, y, true) }
export function dot32(n: i32, x: usize, y: usize): f64 { return dot<f32>(n, x, y) }
export function dot64(n: i32, x: usize, y: usize): f64 { return dot<f64>(n, x, y) }
export function scaledNorm32(n: i32, dim: i32, x: usize, a: usize, b: usize, atol: usize, rtol: usize): f64 {
  return scaledNorm<f32>(n, dim, x, a, b, atol, rtol)
}
export function scaledNorm64(n: i32, dim: i32, x: usize, a: usize, b: usize, atol: usize, rtol: usize): f64 {
  return scaledNorm<f64>(n, dim, x, a, b, atol, rtol)
}
export function scale32(n: i32, factor: f64, x: usize, y: usize): void { scale<f32>(n, factor, x, y) }
export function scale64(n: i32, factor: f64, x: usize, y: usize): void { scale<f64>(n, factor, x, y) }
export function axpy32(n: i32, factor: f64, x: usize, y: usize): void { axpy<f32>(n, factor, x, y) }
export function axpy64(n: i32, factor: f64, x: usize, y: usize): void { axpy<f64>(n, factor, x, y) }
export function expm64(n: i32, a: usize, arena: usize): bool { return expm(n, a, arena) }
export function exponential64(n: i32, x: usize, y: usize): void { activate<f64>(n, ACT_EXP, x, y) }
export function logarithm64(n: i32, x: usize, y: usize): void { logarithm<f64>(n, x, y) }
export function normal32(s: usize, n: i32, mean: f64, deviation: f64, x: usize): void { normal<f32>(s, n, mean, deviation, x) }
export function normal64(s: usize, n: i32, mean: f64, deviation: f64, x: usize): void { normal<f64>(s, n, mean, deviation, x) }
