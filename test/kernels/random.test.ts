import { describe, expect, test } from 'vitest'
import { Blocks } from '../support/blocks.ts'

const WORD = (1n << 64n) - 1n
const rotl = (x: bigint, k: bigint): bigint => ((x << k) | (x >> (64n - k))) & WORD

/** splitmix64 (Steele, Lea, Flood 2014) on integers without bounds. */
function* splitmix(seed: bigint): Generator<bigint, never> {
  for (let state = seed; ; ) {
    state = (state + 0x9e3779b97f4a7c15n) & WORD
    let z = state
    z = ((z ^ (z >> 30n)) * 0xbf58476d1ce4e5b9n) & WORD
    z = ((z ^ (z >> 27n)) * 0x94d049bb133111ebn) & WORD
    yield z ^ (z >> 31n)
  }
}

/** xoshiro256** (Blackman, Vigna 2018), after its published definition. */
function* xoshiro(state: readonly bigint[]): Generator<bigint, never> {
  let [a, b, c, d] = state as [bigint, bigint, bigint, bigint]
  for (;;) {
    yield (rotl((b * 5n) & WORD, 7n) * 9n) & WORD
    const t = (b << 17n) & WORD
    c ^= a
    d ^= b
    b ^= c
    a ^= d
    c ^= t
    d = rotl(d, 45n)
  }
}

const take = (n: number, words: Generator<bigint, never>): bigint[] =>
  Array.from({ length: n }, () => words.next().value)

const blocks = new Blocks(64)
const { core } = blocks
const words = (at: number, n: number): BigUint64Array => new BigUint64Array(core.memory.buffer, at, n)

/** A stream whose state is given, or made from a seed. */
function stream(state: readonly bigint[] | bigint): number {
  const at = blocks.doubles(new Float64Array(4))
  if (typeof state === 'bigint') (core['seed'] as unknown as (s: number, seed: bigint) => void)(at, state)
  else words(at, 4).set(state)
  return at
}

/** The stream's next words without their lower 11 bits: deviates on [0, 2^53) are these integers. */
function upper(s: number, n: number): bigint[] {
  const x = blocks.room(n)
  blocks.call('uniform64', s, n, 0, 2 ** 53, x)
  return blocks.get(x, n).map(BigInt)
}

// The outputs of the authors' C programs that other implementations are tested with.
const SPLITMIX = [
  6457827717110365317n,
  3203168211198807973n,
  9817491932198370423n,
  4593380528125082431n,
  16408922859458223821n,
]
const XOSHIRO = [
  11520n,
  0n,
  1509978240n,
  1215971899390074240n,
  1216172134540287360n,
  607988272756665600n,
  16172922978634559625n,
  8476171486693032832n,
  10595114339597558777n,
  2904607092377533576n,
]

test('the published vectors', () => {
  expect(take(5, splitmix(1234567n))).toEqual(SPLITMIX)
  expect(take(10, xoshiro([1n, 2n, 3n, 4n]))).toEqual(XOSHIRO)
  expect([...words(stream(1234567n), 4)]).toEqual(SPLITMIX.slice(0, 4))
  expect(upper(stream([1n, 2n, 3n, 4n]), 10)).toEqual(XOSHIRO.map((word) => word >> 11n))
})

test.each([0n, 1n, 42n, 9007199254740991n, WORD])(
  'seed %i: the state by splitmix64, the stream by xoshiro256**',
  (seed) => {
    const s = stream(seed)
    const state = take(4, splitmix(seed))
    expect([...words(s, 4)]).toEqual(state)
    expect(upper(s, 1000)).toEqual(take(1000, xoshiro(state)).map((word) => word >> 11n))
  },
)

describe('uniform', () => {
  test('f64: low + (high - low) u, 53 bits of u', () => {
    const x = blocks.room(500)
    blocks.call('uniform64', stream(5n), 500, -0.3, 1.1, x)
    const u = take(500, xoshiro(take(4, splitmix(5n)))).map((word) => Number(word >> 11n) / 2 ** 53)
    expect(blocks.get(x, 500)).toEqual(u.map((v) => -0.3 + (1.1 - -0.3) * v))
  })

  test('f32: the same, rounded', () => {
    const single = new Blocks(32)
    const s = single.doubles(new Float64Array(4))
    ;(single.core['seed'] as unknown as (s: number, seed: bigint) => void)(s, 5n)
    const x = single.room(500)
    single.call('uniform32', s, 500, -0.3, 1.1, x)
    const u = take(500, xoshiro(take(4, splitmix(5n)))).map((word) => Number(word >> 11n) / 2 ** 53)
    expect(single.get(x, 500)).toEqual(u.map((v) => Math.fround(-0.3 + (1.1 - -0.3) * v)))
    expect(single.overrun(x, 500)).toEqual([])
  })

  test('mean and variance are those of the distribution', () => {
    const n = 100_000
    const x = blocks.room(n)
    blocks.call('uniform64', stream(9n), n, -1, 1, x)
    const values = blocks.get(x, n)
    const mean = values.reduce((sum, v) => sum + v, 0) / n
    const variance = values.reduce((sum, v) => sum + v * v, 0) / n
    // Five standard deviations.
    expect(Math.abs(mean)).toBeLessThan((5 * Math.sqrt(1 / 3)) / Math.sqrt(n))
    expect(Math.abs(variance - 1 / 3)).toBeLessThan((5 * Math.sqrt(4 / 45)) / Math.sqrt(n))
    expect(Math.min(...values)).toBeGreaterThanOrEqual(-1)
    expect(Math.max(...values)).toBeLessThan(1)
  })
})

describe('permutation', () => {
  const permutation = (s: number, n: number): number[] => {
    const at = blocks.integers(new Int32Array(n + 1).fill(-7))
    blocks.call('permutation', s, n, at)
    const view = [...new Int32Array(core.memory.buffer, at, n + 1)]
    expect(view.pop()).toBe(-7)
    return view
  }

  test('Fisher and Yates from the end, indices by the upper halves of the stream', () => {
    for (const n of [1, 2, 3, 5, 17, 300]) {
      const upperHalves = xoshiro(take(4, splitmix(BigInt(n))))
      const wanted = Array.from({ length: n }, (_, i) => i)
      for (let i = n - 1; i > 0; i--) {
        const j = Number(((upperHalves.next().value >> 32n) * BigInt(i + 1)) >> 32n)
        ;[wanted[i], wanted[j]] = [wanted[j] as number, wanted[i] as number]
      }
      expect(permutation(stream(BigInt(n)), n)).toEqual(wanted)
    }
  })

  test('every order of four is as likely as another', () => {
    const s = stream(77n)
    const counts = new Map<string, number>()
    for (let i = 0; i < 24_000; i++) {
      const order = permutation(s, 4).join('')
      counts.set(order, (counts.get(order) ?? 0) + 1)
    }
    expect(counts.size).toBe(24)
    // Chi squared with 23 degrees of freedom stays below 60 but once in 40 000 times.
    const chi = [...counts.values()].reduce((sum, count) => sum + (count - 1000) ** 2 / 1000, 0)
    expect(chi).toBeLessThan(60)
  })
})
