import { axpyEither, bytesOf, innerProductEither, scaleEither } from './either'

// The gain of one iteration below which the estimate counts as settled, and the most iterations. Where the largest singular
// values lie close together the estimate creeps, but then the lesser of them are as good: after k iterations it is low by at
// most a fraction of order log(n) / k, whatever the gaps (Kuczynski, Wozniakowski 1992).
const SETTLED: f64 = 1e-5
const MAX_ITERATIONS: i32 = 500

/**
 * The largest singular value of A (m x n, row-major), from below, by the power method on A^T A. `x`: n values to start from,
 * not all zero and used up; `y`: n values of scratch.
 */
export function spectralNorm(m: i32, n: i32, a: usize, x: usize, y: usize, wide: bool): f64 {
  const row = bytesOf(n, wide)
  let norm: f64 = 0
  for (let i = 0; i < MAX_ITERATIONS; i++) {
    const length = sqrt<f64>(innerProductEither(n, x, x, wide))
    // A x = 0, or so small that it is gone: no direction is left to go on in.
    if (length == 0) break
    scaleEither(n, 1 / length, x, x, wide)
    memory.fill(y, 0, row)
    let square: f64 = 0, at = a
    for (let j = 0; j < m; j++, at += row) {
      const v = innerProductEither(n, at, x, wide)
      square += v * v
      axpyEither(n, v, at, y, wide)
    }
    const next = sqrt<f64>(square)
    const settled = next - norm <= SETTLED * next
    norm = max<f64>(norm, next)
    if (settled) break
    const swap = x
    x = y
    y = swap
  }
  return norm
}
