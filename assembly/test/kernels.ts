// Concrete forms of the generic kernels that the core does not export by itself.
import { activate, activateTranspose } from '../kernels/activate'
import { add, combine, moveColumns, mul, mulAdd } from '../kernels/elementwise'
import { gemmAdd, gemmPacked } from '../kernels/gemm'
import { observed } from '../kernels/loss'
import { pack } from '../kernels/pack'
import { addColumnSums, firstNonFinite, innerProduct, scaledNorm } from '../kernels/reduce'

export function pack32(k: i32, n: i32, b: usize, rs: i32, cs: i32, bias: usize, out: usize): void {
  pack<f32>(k, n, b, rs, cs, bias, out)
}
export function pack64(k: i32, n: i32, b: usize, rs: i32, cs: i32, bias: usize, out: usize): void {
  pack<f64>(k, n, b, rs, cs, bias, out)
}

export function gemmPacked32(
  m: i32, n: i32, k: i32, a: usize, rsa: i32, csa: i32, packed: usize, c: usize, adding: bool, act: i32,
): void {
  gemmPacked<f32>(m, n, k, a, rsa, csa, packed, c, adding, act)
}
export function gemmPacked64(
  m: i32, n: i32, k: i32, a: usize, rsa: i32, csa: i32, packed: usize, c: usize, adding: bool, act: i32,
): void {
  gemmPacked<f64>(m, n, k, a, rsa, csa, packed, c, adding, act)
}

export function gemmAdd32(m: i32, n: i32, k: i32, a: usize, rsa: i32, csa: i32, b: usize, c: usize): void {
  gemmAdd<f32>(m, n, k, a, rsa, csa, b, c)
}
export function gemmAdd64(m: i32, n: i32, k: i32, a: usize, rsa: i32, csa: i32, b: usize, c: usize): void {
  gemmAdd<f64>(m, n, k, a, rsa, csa, b, c)
}

export function activate32(n: i32, id: i32, x: usize, y: usize): void { activate<f32>(n, id, x, y) }
export function activate64(n: i32, id: i32, x: usize, y: usize): void { activate<f64>(n, id, x, y) }
export function activateTranspose32(n: i32, id: i32, x: usize, y: usize, g: usize): void { activateTranspose<f32>(n, id, x, y, g) }
export function activateTranspose64(n: i32, id: i32, x: usize, y: usize, g: usize): void { activateTranspose<f64>(n, id, x, y, g) }
export function add32(n: i32, x: usize, y: usize, z: usize): void { add<f32>(n, x, y, z) }
export function add64(n: i32, x: usize, y: usize, z: usize): void { add<f64>(n, x, y, z) }
export function mul32(n: i32, x: usize, y: usize, z: usize): void { mul<f32>(n, x, y, z) }
export function mul64(n: i32, x: usize, y: usize, z: usize): void { mul<f64>(n, x, y, z) }
export function mulAdd32(n: i32, x: usize, y: usize, z: usize): void { mulAdd<f32>(n, x, y, z) }
export function mulAdd64(n: i32, x: usize, y: usize, z: usize): void { mulAdd<f64>(n, x, y, z) }

export function combine32(n: i32, count: i32, y: usize, h: f64, weights: usize, k: usize, out: usize): void {
  combine<f32>(n, count, y, h, weights, k, out)
}
export function combine64(n: i32, count: i32, y: usize, h: f64, weights: usize, k: usize, out: usize): void {
  combine<f64>(n, count, y, h, weights, k, out)
}

export { combineTerms } from '../kernels/elementwise'

export function innerProduct32(n: i32, x: usize, y: usize): f64 { return innerProduct<f32>(n, x, y) }
export function innerProduct64(n: i32, x: usize, y: usize): f64 { return innerProduct<f64>(n, x, y) }

export function copyColumns32(rows: i32, columns: i32, x: usize, xStride: i32, y: usize, yStride: i32): void {
  moveColumns<f32>(rows, columns, x, xStride, y, yStride, false)
}
export function copyColumns64(rows: i32, columns: i32, x: usize, xStride: i32, y: usize, yStride: i32): void {
  moveColumns<f64>(rows, columns, x, xStride, y, yStride, false)
}
export function addColumns32(rows: i32, columns: i32, x: usize, xStride: i32, y: usize, yStride: i32): void {
  moveColumns<f32>(rows, columns, x, xStride, y, yStride, true)
}
export function addColumns64(rows: i32, columns: i32, x: usize, xStride: i32, y: usize, yStride: i32): void {
  moveColumns<f64>(rows, columns, x, xStride, y, yStride, true)
}

export function addColumnSums32(rows: i32, n: i32, z: usize, g: usize): void { addColumnSums<f32>(rows, n, z, g) }
export function addColumnSums64(rows: i32, n: i32, z: usize, g: usize): void { addColumnSums<f64>(rows, n, z, g) }
export function firstNonFinite32(n: i32, x: usize): i32 { return firstNonFinite<f32>(n, x) }
export function firstNonFinite64(n: i32, x: usize): i32 { return firstNonFinite<f64>(n, x) }

export function scaledNorm32(n: i32, dim: i32, x: usize, a: usize, b: usize, atol: usize, rtol: usize): f64 {
  return scaledNorm<f32>(n, dim, x, a, b, atol, rtol)
}
export function scaledNorm64(n: i32, dim: i32, x: usize, a: usize, b: usize, atol: usize, rtol: usize): f64 {
  return scaledNorm<f64>(n, dim, x, a, b, atol, rtol)
}

export function observed32(n: i32, y: usize): i32 { return observed(n, y, false) }
export function observed64(n: i32, y: usize): i32 { return observed(n, y, true) }

export { bernsteinWeights, firstBelow } from '../kernels/bernstein'
export { luFactor, luSolve } from '../kernels/lu'
