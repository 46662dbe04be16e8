import { Arena } from './arena.ts'
import { core, type Pointer, read } from './boundary.ts'

function map(values: ArrayLike<number>, kernel: (n: number, x: Pointer, y: Pointer) => void): Float64Array {
  const arena = new Arena()
  try {
    const at = arena.copy('f64', values)
    kernel(values.length, at, at)
    return read('f64', at, values.length) as Float64Array
  } finally {
    arena.free()
  }
}

/** Natural logarithms, the same bits in every runtime (Math.log does not promise that). */
export function log(values: ArrayLike<number>): Float64Array {
  return map(values, core().logarithm64)
}

/** Exponentials, the same bits in every runtime. */
export function exp(values: ArrayLike<number>): Float64Array {
  return map(values, core().exponential64)
}
