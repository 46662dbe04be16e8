import { activate, activateTranspose } from './activate'
import { add, axpy, combine, divide, moveColumns, mul, mulAdd, pick, scale, subtract } from './elementwise'
import { gemmAdd, gemmPacked } from './gemm'
import { pack } from './pack'
import { addColumnSums, firstNonFinite, innerProduct, scaledNorm } from './reduce'

// Kernels for a state whose precision is known only at run time (`wide`: f64), so that what calls them, once a step or less, is
// compiled once: a branch before a loop costs nothing, code for each precision half as much again.

/** Bytes of n values. */
@inline
export function bytesOf(n: i32, wide: bool): usize {
  return <usize>n << (wide ? 3 : 2)
}

/** Value i, in f64. */
export function valueAt(x: usize, i: i32, wide: bool): f64 {
  return wide ? load<f64>(x + (<usize>i << 3)) : <f64>load<f32>(x + (<usize>i << 2))
}

/** Sets value i. */
export function setValueAt(x: usize, i: i32, wide: bool, value: f64): void {
  if (wide) store<f64>(x + (<usize>i << 3), value)
  else store<f32>(x + (<usize>i << 2), <f32>value)
}

/** Copies `rows` rows of n values, one behind the other, to rows in f64 that begin `stride` values apart. */
export function widen(rows: i32, n: i32, stride: i32, from: usize, to: usize, wide: bool): void {
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < n; j++) store<f64>(to + (<usize>(i * stride + j) << 3), valueAt(from, i * n + j, wide))
  }
}

/** `combine`, its weights beginning `from` entries behind `weights`. */
export function combineEither(
  n: i32, count: i32, y: usize, h: f64, weights: usize, from: i32, k: usize, out: usize, wide: bool,
): void {
  if (wide) combine<f64>(n, count, y, h, weights + bytesOf(from, wide), k, out)
  else combine<f32>(n, count, y, h, weights + bytesOf(from, wide), k, out)
}

export function axpyEither(n: i32, factor: f64, x: usize, y: usize, wide: bool): void {
  if (wide) axpy<f64>(n, factor, x, y)
  else axpy<f32>(n, factor, x, y)
}

export function scaledNormEither(n: i32, dim: i32, x: usize, a: usize, b: usize, atol: usize, rtol: usize, wide: bool): f64 {
  return wide ? scaledNorm<f64>(n, dim, x, a, b, atol, rtol) : scaledNorm<f32>(n, dim, x, a, b, atol, rtol)
}

export function firstNonFiniteEither(n: i32, x: usize, wide: bool): i32 {
  return wide ? firstNonFinite<f64>(n, x) : firstNonFinite<f32>(n, x)
}

export function addEither(n: i32, x: usize, y: usize, z: usize, wide: bool): void {
  if (wide) add<f64>(n, x, y, z)
  else add<f32>(n, x, y, z)
}

export function subtractEither(n: i32, x: usize, y: usize, z: usize, wide: bool): void {
  if (wide) subtract<f64>(n, x, y, z)
  else subtract<f32>(n, x, y, z)
}

export function scaleEither(n: i32, factor: f64, x: usize, y: usize, wide: bool): void {
  if (wide) scale<f64>(n, factor, x, y)
  else scale<f32>(n, factor, x, y)
}

export function innerProductEither(n: i32, x: usize, y: usize, wide: bool): f64 {
  return wide ? innerProduct<f64>(n, x, y) : innerProduct<f32>(n, x, y)
}

/** Bytes of one value. */
@inline
export function valueBytes(wide: bool): usize {
  return wide ? 8 : 4
}

export function mulEither(n: i32, x: usize, y: usize, z: usize, wide: bool): void {
  if (wide) mul<f64>(n, x, y, z)
  else mul<f32>(n, x, y, z)
}

export function divideEither(n: i32, x: usize, y: usize, z: usize, wide: bool): void {
  if (wide) divide<f64>(n, x, y, z)
  else divide<f32>(n, x, y, z)
}

export function mulAddEither(n: i32, x: usize, y: usize, z: usize, wide: bool): void {
  if (wide) mulAdd<f64>(n, x, y, z)
  else mulAdd<f32>(n, x, y, z)
}

export function activateEither(n: i32, id: i32, x: usize, y: usize, wide: bool): void {
  if (wide) activate<f64>(n, id, x, y)
  else activate<f32>(n, id, x, y)
}

export function activateTransposeEither(n: i32, id: i32, x: usize, y: usize, g: usize, wide: bool): void {
  if (wide) activateTranspose<f64>(n, id, x, y, g)
  else activateTranspose<f32>(n, id, x, y, g)
}

export function moveColumnsEither(
  rows: i32, columns: i32, x: usize, xStride: i32, y: usize, yStride: i32, adding: bool, wide: bool,
): void {
  if (wide) moveColumns<f64>(rows, columns, x, xStride, y, yStride, adding)
  else moveColumns<f32>(rows, columns, x, xStride, y, yStride, adding)
}

export function pickEither(
  rows: i32, indices: usize, x: usize, m: i32, y: usize, n: i32, back: bool, adding: bool, wide: bool,
): void {
  if (wide) pick<f64>(rows, indices, x, m, y, n, back, adding)
  else pick<f32>(rows, indices, x, m, y, n, back, adding)
}

export function addColumnSumsEither(rows: i32, n: i32, z: usize, g: usize, wide: bool): void {
  if (wide) addColumnSums<f64>(rows, n, z, g)
  else addColumnSums<f32>(rows, n, z, g)
}

export function packEither(k: i32, n: i32, b: usize, rowStride: i32, columnStride: i32, bias: usize, to: usize, wide: bool): void {
  if (wide) pack<f64>(k, n, b, rowStride, columnStride, bias, to)
  else pack<f32>(k, n, b, rowStride, columnStride, bias, to)
}

export function gemmPackedEither(
  m: i32, n: i32, k: i32, a: usize, rs: i32, cs: i32, panels: usize, c: usize, accumulate: bool, id: i32, wide: bool,
): void {
  if (wide) gemmPacked<f64>(m, n, k, a, rs, cs, panels, c, accumulate, id)
  else gemmPacked<f32>(m, n, k, a, rs, cs, panels, c, accumulate, id)
}

export function gemmAddEither(m: i32, n: i32, k: i32, a: usize, rs: i32, cs: i32, b: usize, c: usize, wide: bool): void {
  if (wide) gemmAdd<f64>(m, n, k, a, rs, cs, b, c)
  else gemmAdd<f32>(m, n, k, a, rs, cs, b, c)
}
