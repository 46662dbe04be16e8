import { bytesOf, valueBytes } from '../kernels/either'
import { evaluateTranspose } from '../program/run'

// The map step of a composition, y <- f(t, y), and its transpose. k: what `evaluate` wrote for (t, y).

/** yNext = k */
export function mapStep(n: i32, k: usize, yNext: usize, wide: bool): void {
  memory.copy(yNext, k, bytesOf(n, wide))
}

/**
 * The transpose, after the evaluation was kept as stage 0: lambda, the cotangent of yNext, becomes that of y; gy is scratch,
 * gp += the cotangent of the parameters. Returns the cotangent of t.
 */
export function mapTranspose(e: usize, n: i32, lambda: usize, gy: usize, gp: usize, wide: bool): f64 {
  const gt = evaluateTranspose(e, 0, lambda, gy, gp, wide)
  memory.copy(lambda, gy, <usize>n * valueBytes(wide))
  return gt
}
