import { describe, expect, test } from 'vitest'
import { Arena } from '../../src/core/arena.ts'
import { core, OutOfMemoryError, read } from '../../src/core/boundary.ts'
import { MLP } from '../../src/program/mlp.ts'
import { odeint } from '../../src/solve/odeint.ts'
import { rk4 } from '../../src/tableaus/index.ts'

const top = (): number => core().memoryTop() >>> 0
const SIZES = [0, 1, 7, 8, 16, 100, 4000, 4096, 5000, 70_000, 1_000_000, 3, 40]

describe('allocation', () => {
  test('is aligned to 16 bytes, zeroed, and apart', () => {
    const arena = new Arena()
    // Twice: the second time in memory that has been written to.
    for (let round = 0; round < 2; round++) {
      const mark = arena.mark()
      const blocks = SIZES.map((bytes) => [arena.bytes(bytes), bytes] as const)
      for (const [at, bytes] of blocks) {
        expect(at % 16).toBe(0)
        // Kernels touch up to 15 bytes behind the end: they are there, and zero as well.
        expect(new Uint8Array(core().memory.buffer, at, bytes + 16).every((byte) => byte === 0)).toBe(true)
        new Uint8Array(core().memory.buffer, at, bytes + 16).fill(0xff)
      }
      const sorted = [...blocks].sort(([a], [b]) => a - b)
      for (let i = 1; i < sorted.length; i++) {
        const [[at, bytes], [next]] = [sorted[i - 1], sorted[i]] as [
          readonly [number, number],
          readonly [number, number],
        ]
        expect(next).toBeGreaterThanOrEqual(at + bytes + 16)
      }
      arena.release(mark)
    }
    arena.free()
  })

  test('copies round to the precision', () => {
    const arena = new Arena()
    const values = [0.1, -1e-320, 1e300, 3]
    expect(read('f64', arena.copy('f64', values), 4)).toEqual(Float64Array.from(values))
    expect(read('f32', arena.copy('f32', values), 4)).toEqual(Float32Array.from(values))
    arena.free()
  })
})

describe('mark and release', () => {
  test('keeps what was there before, gives back what came after', () => {
    const arena = new Arena()
    const kept = arena.copy('f64', [1, 2, 3])
    const mark = arena.mark()
    const first = SIZES.map((bytes) => arena.bytes(bytes))
    const inner = arena.mark()
    arena.bytes(2_000_000)
    arena.release(inner)
    arena.release(mark)
    const before = top()
    expect(SIZES.map((bytes) => arena.bytes(bytes))).toEqual(first)
    expect(top()).toBe(before)
    expect(read('f64', kept, 3)).toEqual(Float64Array.of(1, 2, 3))
    arena.free()
  })

  test('at the very end of a chunk', () => {
    // A first chunk of 4096 bytes, 32 of them its own; a block takes 32 more than it holds. So this fills it to the last byte.
    const arena = new Arena()
    const blocks = Array.from({ length: 63 }, () => arena.copy('f64', [1, 2, 3, 4]))
    arena.bytes(0)
    const mark = arena.mark()
    expect(mark).toBe(arena.pointer + 4096)
    const behind = arena.bytes(100_000)
    arena.release(mark)
    // The chunk still belongs to the arena: nobody else gets it.
    const others = Array.from({ length: 50 }, () => new Arena())
    for (const at of blocks) expect(read('f64', at, 4)).toEqual(Float64Array.of(1, 2, 3, 4))
    for (const other of others) expect(other.pointer).not.toBe(arena.pointer)
    expect(arena.bytes(100_000)).toBe(behind)
    for (const each of [arena, ...others]) each.free()
  })
})

describe('reuse', () => {
  test('arenas of any size come back', () => {
    const use = (): void => {
      const arenas = SIZES.map((bytes) => {
        const arena = new Arena()
        arena.bytes(bytes)
        arena.bytes(bytes)
        return arena
      })
      // In another order than they were made.
      for (const arena of arenas.reverse()) arena.free()
    }
    use()
    const before = top()
    for (let i = 0; i < 2000; i++) use()
    expect(top()).toBe(before)
  })

  test('free twice is free once', () => {
    const arena = new Arena()
    arena.free()
    expect(arena.disposed).toBe(true)
    arena.free()
    const [one, two] = [new Arena(), new Arena()]
    expect(one.pointer).not.toBe(two.pointer)
    one.free()
    two.free()
  })

  test('a hundred thousand solves leave the memory as it was', () => {
    using network = new MLP([2, 16, 2])
    const x = Float32Array.of(1, 2)
    const f = (_: number, y: ArrayLike<number>, dy: { [i: number]: number }): void => {
      dy[0] = -(y[0] as number)
    }
    const solve = (i: number): void => {
      if (i % 4 === 0) odeint(network, x, [0, 0.1], { solver: rk4, steps: 1 + (i % 3) })
      else if (i % 4 === 1) odeint(f, [1], [0, 0.1], { dense: i % 8 === 1 })
      else if (i % 4 === 2) network.forward(x)
      else expect(() => odeint(f, [Number.NaN], [0, 1])).toThrow(RangeError)
    }
    for (let i = 0; i < 24; i++) solve(i)
    const before = top()
    for (let i = 0; i < 100_000; i++) solve(i)
    expect(top()).toBe(before)
  })
})

describe('out of memory', () => {
  // More than 32 bits can say, than the largest size class, and than what is left.
  const TOO_MUCH = [2 ** 33, 2 ** 32, 2 ** 32 - 1, 2 ** 32 - 64, 3.9e9, 0xe0000000, 0xdfffffff]

  test.each(TOO_MUCH)('%i bytes are refused, and all goes on', (bytes) => {
    const arena = new Arena()
    const before = arena.copy('f64', [1, 2, 3])
    const [size, pages] = [top(), core().memory.buffer.byteLength]
    let thrown: unknown
    try {
      arena.bytes(bytes)
    } catch (error) {
      thrown = error
    }
    expect(thrown).toBeInstanceOf(OutOfMemoryError)
    expect((thrown as OutOfMemoryError).name).toBe('OutOfMemoryError')
    expect((thrown as Error).message).toMatch(/^\d+ bytes do not fit into the core's memory: use a smaller batch/)
    expect((thrown as OutOfMemoryError).bytes).toBeGreaterThanOrEqual(bytes)
    expect(top()).toBe(size)
    expect(core().memory.buffer.byteLength).toBe(pages)
    // The arena works on, and what was in it is still there.
    expect(read('f64', arena.copy('f64', [4, 5]), 2)).toEqual(Float64Array.of(4, 5))
    expect(read('f64', before, 3)).toEqual(Float64Array.of(1, 2, 3))
    arena.free()
    expect(odeint((_, y) => y, [1], [0, 1]).y[0]).toBeCloseTo(Math.E, 5)
  })

  test('a register wider than memory is not a small one', () => {
    // 65536 columns x 16384 rows x 4 bytes are 2^32: nothing at all to who counts in 32 bits.
    using field = new MLP([1, 65536, 1])
    expect(() => field.forward(new Float32Array(16384))).toThrow(OutOfMemoryError)
    expect(() => odeint(field, new Float32Array(16384), [0, 1])).toThrow(OutOfMemoryError)
    const { y } = odeint(field, Float32Array.of(1), [0, 0.01])
    expect(y[0]).toBeGreaterThan(0)
  })

  test('dense output of large states grows with the steps, not ahead of them', () => {
    // A step of dopri5 with its stages is 64 MiB here; sixty-four of them would be 2^32 bytes.
    const y0 = new Float64Array(2 ** 20).fill(1)
    const { ys, stepTimes: steps } = odeint((_, y) => y, y0, [0, 1], { steps: 1 })
    expect(steps).toHaveLength(2)
    expect(ys[1]?.every((v) => Math.abs(v - Math.E) < 2e-3)).toBe(true)
    expect(top()).toBeLessThan(2 ** 29)
  })
})
