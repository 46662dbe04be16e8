import { axpy } from './elementwise'
import { innerProduct } from './reduce'

// Dense LU with partial pivoting, in f64 whatever the precision of the state: P A = L U, L with a unit diagonal. Rows begin
// `stride` values apart, an even number, so that they begin at whole vectors.

/** The stride of rows of n values. */
@inline
export function luStride(n: i32): i32 {
  return (n + 1) & ~1
}

@inline
function at(a: usize, stride: i32, i: i32, j: i32): usize {
  return a + ((<usize>i * stride + <usize>j) << 3)
}

/** The row at or below i whose entry in column i is largest. */
function pivotRow(n: i32, a: usize, stride: i32, i: i32): i32 {
  let best = i
  for (let j = i + 1; j < n; j++) {
    if (abs<f64>(load<f64>(at(a, stride, j, i))) > abs<f64>(load<f64>(at(a, stride, best, i)))) best = j
  }
  return best
}

/**
 * Replaces `a` (n rows) by its factors and writes which row each step has taken to `pivots` (n of i32). Returns -1; or the
 * column, with `a` half done, whose pivot is 0 or no number.
 */
export function luFactor(n: i32, a: usize, pivots: usize): i32 {
  const stride = luStride(n)
  for (let k = 0; k < n; k++) {
    const best = pivotRow(n, a, stride, k)
    store<i32>(pivots + (<usize>k << 2), best)
    for (let j = 0; j < n && best != k; j++) {
      const p = at(a, stride, k, j), q = at(a, stride, best, j)
      const value = load<f64>(p)
      store<f64>(p, load<f64>(q))
      store<f64>(q, value)
    }
    const pivot = load<f64>(at(a, stride, k, k))
    if (!(abs<f64>(pivot) > 0 && abs<f64>(pivot) < Infinity)) return k
    // From an even column on: column k, if it is one, gets its factor only afterwards.
    const from = (k + 1) & ~1
    for (let i = k + 1; i < n; i++) {
      const p = at(a, stride, i, k)
      const factor = load<f64>(p) / pivot
      if (factor != 0) axpy<f64>(stride - from, -factor, at(a, stride, k, from), at(a, stride, i, from))
      store<f64>(p, factor)
    }
  }
  return -1
}

/** x = A^-1 x, from the factors. */
export function luSolve(n: i32, a: usize, pivots: usize, x: usize): void {
  const stride = luStride(n)
  for (let i = 0; i < n; i++) {
    const p = x + (<usize>i << 3), q = x + (<usize>load<i32>(pivots + (<usize>i << 2)) << 3)
    const value = load<f64>(q)
    store<f64>(q, load<f64>(p))
    store<f64>(p, value - innerProduct<f64>(i, at(a, stride, i, 0), x))
  }
  for (let i = n - 1; i >= 0; i--) {
    const p = x + (<usize>i << 3), rest = n - i - 1
    const sum = innerProduct<f64>(rest, at(a, stride, i, i + 1), p + 8)
    store<f64>(p, (load<f64>(p) - sum) / load<f64>(at(a, stride, i, i)))
  }
}
