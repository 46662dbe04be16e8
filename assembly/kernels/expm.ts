import { arenaAlloc, arenaMark, arenaRelease } from '../memory/arena'
import { add, combine, moveColumns, scale, subtract } from './elementwise'
import { gemmAdd } from './gemm'
import { luFactor, luSolve, luStride } from './lu'

// The matrix exponential in f64, by scaling and squaring around the Pade approximant of degree 9: N. J. Higham, SIAM J. Matrix
// Anal. Appl. 26 (2005) 1179-1193. Degree 13, which that paper takes for large norms, saves a squaring or two of up to norm 5.4,
// where numerator or denominator of e^x is 100 times smaller than its parts, and loses as many roundings.

/** Up to this norm the approximant is the exponential of a matrix that is off by half a rounding (Higham, table 2.3). */
const THETA: f64 = 2.097847961257068

// The numerator's coefficients of A^3, A^5, A^7, A^9 and A; of A^2, A^4, A^6, A^8 and 1. The denominator has those of odd powers
// with the other sign.
const PADE: usize = memory.data<f64>(
  [302702400, 2162160, 3960, 1, 8821612800, 2075673600, 30270240, 110880, 90, 17643225600],
  16,
)
const EVEN: usize = 40

/** The largest sum of absolute values in a row. */
function rowNorm(n: i32, stride: i32, a: usize): f64 {
  let norm: f64 = 0
  for (let i = 0; i < n; i++, a += <usize>stride << 3) {
    let sum: f64 = 0
    for (let j: usize = 0; j < <usize>n; j++) sum += abs<f64>(load<f64>(a + (j << 3)))
    norm = max<f64>(norm, sum)
  }
  return norm
}

/** C += A B. The gaps behind rows are zeros, and stay it. */
function addProduct(n: i32, a: usize, b: usize, c: usize): void {
  const stride = luStride(n)
  gemmAdd<f64>(n, stride, n, a, stride, 1, b, c)
}

/** The coefficients at `c` times A^2 ... A^8 (their addresses at `powers`) and times the identity, in new memory. */
function polynomial(arena: usize, n: i32, powers: usize, c: usize): usize {
  const stride = luStride(n), size = n * stride, sum = arenaAlloc(arena, <usize>size << 3)
  for (let i = 0; i < n; i++) store<f64>(sum + (<usize>(i * stride + i) << 3), load<f64>(c, 32))
  combine<f64>(size, 4, sum, 1, c, powers, sum)
  return sum
}

/** a = (v - u)^-1 (v + u), both used up. */
function quotient(arena: usize, n: i32, u: usize, v: usize, a: usize): void {
  const stride = luStride(n)
  add<f64>(n * stride, v, u, a)
  subtract<f64>(n * stride, v, u, v)
  const pivots = arenaAlloc(arena, <usize>n << 2), x = arenaAlloc(arena, <usize>n << 3)
  luFactor(n, v, pivots)
  for (let j = 0; j < n; j++, a += 8) {
    moveColumns<f64>(n, 1, a, stride, x, 1, false)
    luSolve(n, v, pivots, x)
    moveColumns<f64>(n, 1, x, 1, a, stride, false)
  }
}

/**
 * Replaces `a`, n rows that begin `luStride` values apart with zeros in the gaps, by its exponential. False, and `a` as it is,
 * where its norm is not finite. Overflow makes infinities or NaN. `arena`: for work, given back.
 */
export function expm(n: i32, a: usize, arena: usize): bool {
  const stride = luStride(n), size = n * stride, bytes = <usize>size << 3
  const norm = rowNorm(n, stride, a)
  if (!(norm < Infinity)) return false
  let squarings = 0, factor: f64 = 1
  for (; norm * factor > THETA; squarings++) factor /= 2
  const mark = arenaMark(arena)
  const powers = arenaAlloc(arena, 16)
  scale<f64>(size, factor, a, a)
  for (let k: usize = 0, last = a; k < 16; k += 4) {
    const power = arenaAlloc(arena, bytes)
    store<usize>(powers + k, power)
    addProduct(n, last, k ? load<usize>(powers) : a, power)
    last = power
  }
  const odd = polynomial(arena, n, powers, PADE)
  const even = polynomial(arena, n, powers, PADE + EVEN)
  const u = arenaAlloc(arena, bytes)
  addProduct(n, a, odd, u)
  quotient(arena, n, u, even, a)
  for (; squarings > 0; squarings--) {
    memory.fill(u, 0, bytes)
    addProduct(n, a, a, u)
    memory.copy(a, u, bytes)
  }
  arenaRelease(arena, mark)
  return true
}
