import { TERM_SIZE, TERM_STAGE } from '../abi'
import { log } from './math'
import { loadSplat, madd, splat } from './simd'

// Maps over n contiguous elements. They work in whole vectors and so touch up to 15 bytes behind the end, which the arena
// keeps free behind every block. Outputs may be the same array as an input, never shifted against it.

/** Bytes of n values, up to the end of a vector. */
@inline
export function vectorBytes<T>(n: i32): usize {
  return (<usize>n * sizeof<T>() + 15) & ~(<usize>15)
}

/** y = ln x */
export function logarithm<T>(n: i32, x: usize, y: usize): void {
  const end = x + vectorBytes<T>(n)
  for (; x < end; x += 16, y += 16) v128.store(y, log<T>(v128.load(x)))
}

/** z = x + y */
export function add<T>(n: i32, x: usize, y: usize, z: usize): void {
  const end = x + vectorBytes<T>(n)
  for (; x < end; x += 16, y += 16, z += 16) v128.store(z, v128.add<T>(v128.load(x), v128.load(y)))
}

/** z = x - y */
export function subtract<T>(n: i32, x: usize, y: usize, z: usize): void {
  const end = x + vectorBytes<T>(n)
  for (; x < end; x += 16, y += 16, z += 16) v128.store(z, v128.sub<T>(v128.load(x), v128.load(y)))
}

/** z = x * y */
export function mul<T>(n: i32, x: usize, y: usize, z: usize): void {
  const end = x + vectorBytes<T>(n)
  for (; x < end; x += 16, y += 16, z += 16) v128.store(z, v128.mul<T>(v128.load(x), v128.load(y)))
}

/** z = x / y */
export function divide<T>(n: i32, x: usize, y: usize, z: usize): void {
  const end = x + vectorBytes<T>(n)
  for (; x < end; x += 16, y += 16, z += 16) v128.store(z, v128.div<T>(v128.load(x), v128.load(y)))
}

/** z += x * y */
export function mulAdd<T>(n: i32, x: usize, y: usize, z: usize): void {
  const end = x + vectorBytes<T>(n)
  for (; x < end; x += 16, y += 16, z += 16) v128.store(z, madd<T>(v128.load(x), v128.load(y), v128.load(z)))
}

/** y = factor * x */
export function scale<T>(n: i32, factor: f64, x: usize, y: usize): void {
  const f = splat<T>(<T>factor)
  const end = x + vectorBytes<T>(n)
  for (; x < end; x += 16, y += 16) v128.store(y, v128.mul<T>(f, v128.load(x)))
}

/** y += factor * x */
export function axpy<T>(n: i32, factor: f64, x: usize, y: usize): void {
  const f = splat<T>(<T>factor)
  const end = x + vectorBytes<T>(n)
  for (; x < end; x += 16, y += 16) v128.store(y, madd<T>(f, v128.load(x), v128.load(y)))
}

/**
 * out = y + h * sum_j w_j k_j, the combination of stages that every Runge-Kutta formula is.
 * `weights`: count values of T; `k`: table of count pointers. The sum comes first and meets y once, so that its rounding
 * errors are small against those of y; zero weights are skipped, since tableaus are full of them.
 */
export function combine<T>(n: i32, count: i32, y: usize, h: f64, weights: usize, k: usize, out: usize): void {
  const step = splat<T>(<T>h)
  const bytes = vectorBytes<T>(n)
  let at: usize = 0
  // A sum is a chain of additions: two of them side by side take hardly longer than one.
  for (; WHOLE && at + 16 < bytes; at += 32) {
    let low = splat<T>(<T>0), high = splat<T>(<T>0)
    for (let j: usize = 0; j < <usize>count; j++) {
      const w = weights + j * sizeof<T>()
      if (load<T>(w) == <T>0) continue
      const weight = loadSplat<T>(w), x = load<usize>(k + (j << 2)) + at
      low = madd<T>(weight, v128.load(x), low)
      high = madd<T>(weight, v128.load(x, 16), high)
    }
    v128.store(out + at, madd<T>(step, low, v128.load(y + at)))
    v128.store(out + at, madd<T>(step, high, v128.load(y + at, 16)), 16)
  }
  for (; at < bytes; at += 16) {
    let sum = splat<T>(<T>0)
    for (let j: usize = 0; j < <usize>count; j++) {
      const w = weights + j * sizeof<T>()
      if (load<T>(w) == <T>0) continue
      sum = madd<T>(loadSplat<T>(w), v128.load(load<usize>(k + (j << 2)) + at), sum)
    }
    v128.store(out + at, madd<T>(step, sum, v128.load(y + at)))
  }
}

/** The same in f64 with the terms from `load(row)` to `load(row, 4)`, none of them zero (abi, TABLEAU_TERMS). */
export function combineTerms(n: i32, y: usize, h: f64, row: usize, k: usize, out: usize): void {
  const step = splat<f64>(h), end = load<usize>(row, 4)
  let at: usize = 0
  for (; at + 16 < <usize>n << 3; at += 32) {
    let low = splat<f64>(0), high = splat<f64>(0)
    for (let term = load<usize>(row); term < end; term += TERM_SIZE) {
      const weight = loadSplat<f64>(term), x = load<usize>(k + load<usize>(term, TERM_STAGE)) + at
      low = madd<f64>(weight, v128.load(x), low)
      high = madd<f64>(weight, v128.load(x, 16), high)
    }
    v128.store(out + at, madd<f64>(step, low, v128.load(y + at)))
    v128.store(out + at, madd<f64>(step, high, v128.load(y + at, 16)), 16)
  }
  if (at >= <usize>n << 3) return
  let sum = splat<f64>(0)
  for (let term = load<usize>(row); term < end; term += TERM_SIZE) {
    sum = madd<f64>(loadSplat<f64>(term), v128.load(load<usize>(k + load<usize>(term, TERM_STAGE)) + at), sum)
  }
  v128.store(out + at, madd<f64>(step, sum, v128.load(y + at)))
}

/** Copies `columns` columns of `rows` rows between two row-major blocks, or adds them where `adding`; strides in elements. */
export function moveColumns<T>(rows: i32, columns: i32, x: usize, xStride: i32, y: usize, yStride: i32, adding: bool): void {
  const size = <usize>sizeof<T>(), bytes = <usize>columns * size, whole = bytes & ~15
  for (; rows > 0; rows--) {
    let j: usize = 0
    for (; WHOLE && j < whole; j += 16) {
      const v = v128.load(x + j)
      v128.store(y + j, adding ? v128.add<T>(v128.load(y + j), v) : v)
    }
    for (; j < bytes; j += size) {
      const v = load<T>(x + j)
      store<T>(y + j, adding ? load<T>(y + j) + v : v)
    }
    x += <usize>xStride * size
    y += <usize>yStride * size
  }
}

/**
 * Row by row with the indices i_j (i32): y_j = x_(i_j), or += where `adding`; `back`: y_(i_j) = x_j, or +=. m, n: widths of x and y.
 */
export function pick<T>(rows: i32, indices: usize, x: usize, m: i32, y: usize, n: i32, back: bool, adding: bool): void {
  const size = <usize>sizeof<T>(), count = <usize>(back ? m : n)
  for (let row = 0; row < rows; row++) {
    for (let j: usize = 0; j < count; j++) {
      const i = <usize>load<i32>(indices + (j << 2))
      const value = load<T>(x + (back ? j : i) * size), to = y + (back ? i : j) * size
      store<T>(to, adding ? load<T>(to) + value : value)
    }
    x += <usize>m * size
    y += <usize>n * size
  }
}
