import { Arena } from '../core/arena.ts'
import { copy, type Dtype, type Pointer, sizeOf, verbs } from '../core/boundary.ts'

/** States, `rows` of them, and the tolerances of their components. */
export interface Measured {
  readonly dtype: Dtype
  readonly rows: number
  readonly rtol: Float64Array
  readonly atol: Float64Array
}

/** How far states computed backwards are from those on the way forth, in the error norm of a solve: units of the tolerance. */
export function distance({ dtype, rows, rtol, atol }: Measured, back: Pointer, forth: Pointer): number {
  const arena = new Arena()
  try {
    const n = rows * rtol.length
    const difference = arena.zeros(dtype, n)
    copy(difference, back, n * sizeOf(dtype))
    verbs(dtype).axpy(n, -1, forth, difference)
    const [a, r] = [arena.copy('f64', atol), arena.copy('f64', rtol)]
    return verbs(dtype).scaledNorm(n, rtol.length, difference, forth, forth, a, r)
  } finally {
    arena.free()
  }
}

/** |a - b| / |a| of two states of n numbers, in Euclidean norms. */
export function relativeDistance(dtype: Dtype, n: number, a: Pointer, b: Pointer): number {
  const arena = new Arena()
  try {
    const { axpy, dot } = verbs(dtype)
    const difference = arena.zeros(dtype, n)
    copy(difference, b, n * sizeOf(dtype))
    axpy(n, -1, a, difference)
    const square = dot(n, difference, difference)
    return square === 0 ? 0 : Math.sqrt(square / dot(n, a, a))
  } finally {
    arena.free()
  }
}
