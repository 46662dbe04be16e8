import * as abi from '../../assembly/abi.ts'
import { Arena } from './arena.ts'
import { core, type Pointer, read, verbs } from './boundary.ts'
import { checkInt } from './check.ts'

/** A random stream of a seed, in the arena. */
export function randomStream(arena: Arena, seed: number): Pointer {
  const stream = arena.bytes(abi.STREAM_SIZE)
  core().seed(stream, BigInt(seed))
  return stream
}

function deviates(
  count: number,
  seed: number,
  draw: (stream: Pointer, count: number, at: Pointer) => void,
): Float64Array {
  checkInt('count', count, 0, 2 ** 28)
  checkInt('seed', seed, 0, Number.MAX_SAFE_INTEGER)
  const arena = new Arena()
  try {
    const at = arena.zeros('f64', count)
    draw(randomStream(arena, seed), count, at)
    return read('f64', at, count) as Float64Array
  } finally {
    arena.free()
  }
}

/** `count` independent standard normal deviates of a seed (an integer >= 0), the same bits in every runtime. */
export function normals(count: number, seed: number): Float64Array {
  return deviates(count, seed, (stream, n, at) => verbs('f64').normal(stream, n, 0, 1, at))
}

/** The same, uniform on [0, 1). */
export function uniforms(count: number, seed: number): Float64Array {
  return deviates(count, seed, (stream, n, at) => verbs('f64').uniform(stream, n, 0, 1, at))
}
