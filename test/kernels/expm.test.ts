import { describe, expect, test } from 'vitest'
import { Blocks } from '../support/blocks.ts'
import { exponentialReference } from '../support/exponential.ts'
import { scatter } from '../support/gradients.ts'

const blocks = new Blocks(64)
const SIZES = [1, 3, 5, 17, 33]
const EPS = Number.EPSILON

/** exp(A), or undefined where the kernel refuses; A row-major. */
function expm(a: ArrayLike<number>, n: number): number[] | undefined {
  const stride = (n + 1) & ~1
  const rows = Array.from({ length: n * stride }, (_, at) =>
    at % stride < n ? (a[Math.floor(at / stride) * n + (at % stride)] as number) : 0,
  )
  const [at, arena] = [blocks.put(rows), blocks.call('arenaNew')]
  const done = blocks.call('expm', n, at, arena)
  blocks.call('arenaFree', arena)
  expect(blocks.overrun(at, n * stride)).toEqual([])
  const result = blocks.get(at, n * stride)
  if (!done) {
    expect(result).toEqual(rows)
    return undefined
  }
  if (result.every(Number.isFinite)) expect(result.filter((v, i) => i % stride >= n && v !== 0)).toEqual([])
  return result.filter((_, i) => i % stride < n)
}

const matrix = (n: number, entry: (i: number, j: number) => number): number[] =>
  Array.from({ length: n * n }, (_, at) => entry(Math.floor(at / n), at % n))

const norm = (a: ArrayLike<number>, n: number): number => {
  let most = 0
  for (let i = 0; i < n; i++) {
    let sum = 0
    for (let j = 0; j < n; j++) sum += Math.abs(a[i * n + j] as number)
    most = Math.max(most, sum)
  }
  return most
}

/** The largest difference, in roundings of the largest entry. */
const roundings = (a: readonly number[] | undefined, wanted: readonly number[]): number =>
  Math.max(...wanted.map((w, i) => Math.abs((a?.[i] as number) - w))) / EPS / Math.max(...wanted.map(Math.abs))

const binomial = (a: number, b: number): number => {
  let product = 1
  for (let k = 1; k <= b; k++) product = (product * (a - b + k)) / k
  return product
}

describe('the matrix exponential', () => {
  test('of zeros and of numbers', () => {
    for (const n of SIZES) expect(expm(new Float64Array(n * n), n)).toEqual(matrix(n, (i, j) => (i === j ? 1 : 0)))
    // Beside the 1 that is subtracted from or added to them small results are exact, not in themselves.
    for (const x of [1, -1, 0.1, 1e-9, 5.3, -5.3, 12, -30, 300, -300]) {
      const [wanted, [found] = []] = [Math.exp(x), expm([x], 1)]
      expect(Math.abs((found as number) - wanted)).toBeLessThan(2 * EPS * Math.max(1, Math.abs(x) * wanted))
    }
  })

  test.each([1, 3, 5, 17])('of %i rows without structure: the series in fixed point', (n) => {
    for (const size of [0.01, 1, 4, 20]) {
      const a = [...scatter(n * n, n)].map((v) => (v * size) / Math.sqrt(n))
      expect(roundings(expm(a, n), exponentialReference(a, n))).toBeLessThan(8 + 2 * norm(a, n))
    }
  })

  test('of 33 rows without structure', () => {
    const a = [...scatter(33 * 33, 33)].map((v) => v / 2)
    expect(roundings(expm(a, 33), exponentialReference(a, 33))).toBeLessThan(8 + 2 * norm(a, 33))
  })

  test.each(SIZES)('of a diagonal of %i, also of large numbers', (n) => {
    for (const size of [0.37, 5, 1000]) {
      const a = matrix(n, (i, j) => (i === j ? -size * i : 0))
      const wanted = matrix(n, (i, j) => (i === j ? Math.exp(-size * i) : 0))
      expect(roundings(expm(a, n), wanted)).toBeLessThan(8)
    }
  })

  test.each(SIZES)('of rotations: one for every two of %i components', (n) => {
    const frequency = (i: number): number => 1 + (i >> 1)
    for (const angle of [0.1, 1, 10, 1000]) {
      // The last component has none to go with, and rests.
      const pairs = n - (n % 2)
      const turn = (i: number, j: number, own: number, other: number, rest: number): number => {
        if (i >= pairs || j >= pairs) return i === j ? rest : 0
        if (i >> 1 !== j >> 1) return 0
        return i === j ? own : i < j ? -other : other
      }
      const a = matrix(n, (i, j) => turn(i, j, 0, angle * frequency(i), 0))
      const wanted = matrix(n, (i, j) => {
        const phase = angle * frequency(i)
        return turn(i, j, Math.cos(phase), Math.sin(phase), 1)
      })
      expect(roundings(expm(a, n), wanted)).toBeLessThan(4 + norm(a, n))
    }
  })

  test.each(SIZES)('of a nilpotent one of %i rows: binomials', (n) => {
    const found = expm(
      matrix(n, (i, j) => (j === i + 1 ? j : 0)),
      n,
    ) as number[]
    for (const [at, w] of matrix(n, (i, j) => (j >= i ? binomial(j, i) : 0)).entries())
      expect(Math.abs((found[at] as number) - w)).toBeLessThanOrEqual(8 * EPS * w)
  })

  test.each(SIZES)('of a Jordan block of %i rows', (n) => {
    for (const [value, t] of [
      [-0.5, 1],
      [0.3, 8],
      [-2, 40],
    ] as const) {
      const a = matrix(n, (i, j) => (i === j ? value * t : j === i + 1 ? t : 0))
      const wanted = matrix(n, (i, j) => {
        let entry = j < i ? 0 : Math.exp(value * t)
        for (let k = 1; k <= j - i; k++) entry *= t / k
        return entry
      })
      // Far from normal: t^k / k! is what it can grow to before the diagonal brings it down.
      const condition =
        norm(a, n) *
        Math.max(
          1,
          norm(
            wanted.map((v) => v / Math.exp(value * t)),
            n,
          ) / norm(wanted, n),
        )
      expect(roundings(expm(a, n), wanted)).toBeLessThan(4 + condition)
    }
  })

  test('what is not finite is refused, what overflows is seen', () => {
    expect(expm([Number.NaN], 1)).toBeUndefined()
    expect(expm([1, Number.NaN, 2, 3], 2)).toBeUndefined()
    expect(expm([0, Number.POSITIVE_INFINITY, 0, 0], 2)).toBeUndefined()
    expect(expm([1e308, 1e308, 0, 0], 2)).toBeUndefined()
    expect(expm([1000], 1)?.every(Number.isFinite)).toBe(false)
    expect(expm([1e300], 1)?.every(Number.isFinite)).toBe(false)
    expect(expm([-1e300], 1)).toEqual([0])
  })
})
