import { Arena } from './arena.ts'
import { core, read } from './boundary.ts'
import { checkInt } from './check.ts'

/** `count` independent standard normal deviates of a seed (an integer >= 0), the same bits in every runtime. */
export function normals(count: number, seed: number): Float64Array {
  checkInt('count', count, 0, 2 ** 28)
  checkInt('seed', seed, 0, Number.MAX_SAFE_INTEGER)
  const arena = new Arena()
  try {
    const stream = arena.bytes(32)
    core().seed(stream, BigInt(seed))
    const at = arena.zeros('f64', count)
    core().normal64(stream, count, 0, 1, at)
    return read('f64', at, count) as Float64Array
  } finally {
    arena.free()
  }
}
