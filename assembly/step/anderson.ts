import { MAX_MEMORY } from '../abi-fixpoint'
import { bytesOf, combineEither, innerProductEither, setValueAt, subtractEither } from '../kernels/either'

// One step of a fixed-point iteration z <- G(z) for one row, accelerated: type II of Anderson 1965 in the form of Walker, Ni
// 2011. With f = G(z) - z, and df_j, dg_j the latest differences of f and of G(z) from one iterate to the next, the next
// iterate is G(z) - sum c_j dg_j, where c minimises |f - sum c_j df_j|. Everything here is one row's own, so a row's iterates
// do not depend on its neighbours.
//
// Safeguard: an accelerated iterate whose residual |f| is not below DECREASE times the one before is thrown away. The row
// then takes the plain step from the iterate before, and begins a new history. So if G is a contraction the residuals go to
// zero, whatever the mixing does.

// A row's record: this header, the Gram matrix of the df (f64), f, G(z), and the rings of df and dg.
/** |f| of the latest iterate that was kept. */
const NORM: usize = 0
/** 1 = there is such an iterate. */
const STARTED: usize = 8
/** 1 = the iterate to be judged is an accelerated one. */
const MIXED: usize = 12
/** Differences in the rings, and the place of the next one. */
const COUNT: usize = 16
const NEXT: usize = 20
const HEADER: usize = 32

const DECREASE: f64 = 0.999
/**
 * A column whose part across the newer ones is below this (squared, relative) tells nothing that they do not, and is left out.
 * The Gram matrix, formed in f64, has relative errors of 1e-16, so what is left is good to six digits.
 */
const PIVOT: f64 = 1e-10

/** Room for one least-squares problem: the columns' slots and scales, the factor, and the solution. */
const slots: usize = memory.data(MAX_MEMORY * 4)
const scales: usize = memory.data(MAX_MEMORY * 8)
const factor: usize = memory.data(MAX_MEMORY * MAX_MEMORY * 8)
const solution: usize = memory.data(MAX_MEMORY * 8)
/** The coefficients in the precision of the state, and the vectors they belong to. */
const weights: usize = memory.data(MAX_MEMORY * 8)
const columns: usize = memory.data(MAX_MEMORY * 4)

/** Bytes between vectors of n values: whole SIMD vectors, so that the kernels stay within their own. */
@inline
export function paddedBytes(n: i32, wide: bool): usize {
  return (bytesOf(n, wide) + 15) & ~(<usize>15)
}

/** Bytes of a row's record; zeros are a row that has not begun. */
export function recordBytes(n: i32, m: i32, wide: bool): usize {
  return HEADER + <usize>(m * m + (m & 1)) * 8 + <usize>(2 * m + 2) * paddedBytes(n, wide)
}

@inline
function gram(record: usize, m: i32, i: i32, j: i32): usize {
  return record + HEADER + (<usize>(i * m + j) << 3)
}

/** Vector i of a record: f, G(z), the df, the dg. */
@inline
function vector(record: usize, n: i32, m: i32, i: i32, wide: bool): usize {
  return record + HEADER + <usize>(m * m + (m & 1)) * 8 + <usize>i * paddedBytes(n, wide)
}

/** Is the row's iterate an accelerated one? Then it may be thrown away, be it what it is. */
@inline
export function mixed(record: usize): bool {
  return load<i32>(record, MIXED) != 0
}

/** Puts the differences to the latest kept iterate into the rings, and their inner products into the Gram matrix. */
function remember(record: usize, n: i32, m: i32, f: usize, g: usize, wide: bool): void {
  const slot = load<i32>(record, NEXT)
  const df = vector(record, n, m, 2 + slot, wide), dg = vector(record, n, m, 2 + m + slot, wide)
  subtractEither(n, f, vector(record, n, m, 0, wide), df, wide)
  subtractEither(n, g, vector(record, n, m, 1, wide), dg, wide)
  const count = min<i32>(load<i32>(record, COUNT) + 1, m)
  store<i32>(record, count, COUNT)
  store<i32>(record, (slot + 1) % m, NEXT)
  for (let i = 0; i < count; i++) {
    const other = (slot - i + m) % m
    const v = innerProductEither(n, df, vector(record, n, m, 2 + other, wide), wide)
    store<f64>(gram(record, m, slot, other), v)
    store<f64>(gram(record, m, other, slot), v)
  }
}

@inline
function entry(i: i32, j: i32): usize {
  return factor + (<usize>(i * MAX_MEMORY + j) << 3)
}

/**
 * Cholesky's factor of the Gram matrix with columns of length 1, newest first, and both substitutions: from the products of the
 * columns with f, in `solution`, to the coefficients of these columns. A column without a part of its own has 0 on the diagonal
 * from then on, and coefficient 0.
 */
function leastSquares(record: usize, m: i32, count: i32): void {
  for (let i = 0; i < count; i++) {
    const slot = load<i32>(slots + (<usize>i << 2))
    const square = load<f64>(gram(record, m, slot, slot)), size = square > 0 ? 1 / sqrt<f64>(square) : 0
    store<f64>(scales + (<usize>i << 3), size)
    let left: f64 = 1, v = size * load<f64>(solution + (<usize>i << 3))
    for (let j = 0; j < i; j++) {
      const other = load<i32>(slots + (<usize>j << 2)), pivot = load<f64>(entry(j, j))
      let s = load<f64>(gram(record, m, slot, other)) * size * load<f64>(scales + (<usize>j << 3))
      for (let k = 0; k < j; k++) s -= load<f64>(entry(i, k)) * load<f64>(entry(j, k))
      s = pivot > 0 ? s / pivot : 0
      store<f64>(entry(i, j), s)
      left -= s * s
      v -= s * load<f64>(solution + (<usize>j << 3))
    }
    const pivot = size > 0 && left > PIVOT ? sqrt<f64>(left) : 0
    store<f64>(entry(i, i), pivot)
    store<f64>(solution + (<usize>i << 3), pivot > 0 ? v / pivot : 0)
  }
  for (let i = count - 1; i >= 0; i--) {
    const at = solution + (<usize>i << 3), pivot = load<f64>(entry(i, i))
    let v = load<f64>(at)
    for (let k = i + 1; k < count; k++) v -= load<f64>(entry(k, i)) * load<f64>(solution + (<usize>k << 3))
    store<f64>(at, pivot > 0 ? v / pivot : 0)
  }
}

/** w = g - sum c_j dg_j, c the least-squares solution. */
function mix(record: usize, n: i32, m: i32, f: usize, g: usize, w: usize, wide: bool): void {
  const count = load<i32>(record, COUNT)
  for (let i = 0; i < count; i++) {
    const slot = (load<i32>(record, NEXT) - 1 - i + m) % m
    store<i32>(slots + (<usize>i << 2), slot)
    store<f64>(solution + (<usize>i << 3), innerProductEither(n, vector(record, n, m, 2 + slot, wide), f, wide))
  }
  leastSquares(record, m, count)
  for (let i: usize = 0; i < <usize>count; i++) {
    setValueAt(weights, <i32>i, wide, load<f64>(solution + (i << 3)) * load<f64>(scales + (i << 3)))
    store<usize>(columns + (i << 2), vector(record, n, m, 2 + m + load<i32>(slots + (i << 2)), wide))
  }
  combineEither(n, count, g, -1, weights, 0, columns, w, wide)
}

/**
 * Replaces the row's iterate z (n values) by its next one, mixing in up to m earlier ones. g: G(z); f: G(z) - z, and `norm` its
 * length; w: scratch. f and w are padded, z and g need not be.
 */
export function andersonStep(
  record: usize, n: i32, m: i32, z: usize, g: usize, f: usize, norm: f64, w: usize, wide: bool,
): void {
  const bytes = bytesOf(n, wide)
  if (!m) {
    memory.copy(z, g, bytes)
    return
  }
  const image = vector(record, n, m, 1, wide)
  // Also true where the norm is NaN.
  if (mixed(record) && !(norm <= DECREASE * load<f64>(record, NORM))) {
    memory.copy(z, image, bytes)
    store<i32>(record, 0, MIXED)
    store<i32>(record, 0, COUNT)
    return
  }
  if (load<i32>(record, STARTED)) remember(record, n, m, f, g, wide)
  memory.copy(vector(record, n, m, 0, wide), f, bytes)
  memory.copy(image, g, bytes)
  store<f64>(record, norm, NORM)
  store<i32>(record, 1, STARTED)
  store<i32>(record, load<i32>(record, COUNT) ? 1 : 0, MIXED)
  mix(record, n, m, f, g, w, wide)
  memory.copy(z, w, bytes)
}
