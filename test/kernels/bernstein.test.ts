// The first zero of a polynomial by its Bernstein coefficients, against polynomials made of their zeros.

import { expect, test } from 'vitest'
import { Blocks } from '../support/blocks.ts'
import { scatter } from '../support/gradients.ts'

const blocks = new Blocks(64)
const LEVELS = 53

/** Bernstein coefficients of the product of (1 - x) p_i + x q_i, by the products of their values: blossoms of linear factors. */
function product(factors: readonly (readonly [number, number])[]): number[] {
  // The coefficient m of a product of degree n is the mean, over all ways to take m of the n factors at 1, of the products.
  let sums = [1]
  for (const [p, q] of factors)
    sums = [...sums.map((s) => s * p), 0].map((v, m) => v + (m > 0 ? (sums[m - 1] as number) * q : 0))
  let ways = 1
  return sums.map((sum, m) => {
    const mean = sum / ways
    ways = (ways * (factors.length - m)) / (m + 1)
    return mean
  })
}

const rooted = (roots: readonly number[]): (readonly [number, number])[] => roots.map((r) => [r, r - 1])
const first = (c: readonly number[], limit = 1, levels = LEVELS): number =>
  blocks.call('firstBelow', c.length - 1, blocks.doubles(c), limit, levels)

test('the weights are the Bernstein polynomials', () => {
  for (const n of [1, 2, 5, 8, 15]) {
    for (const x of [0, 0.3, 0.75, 1]) {
      const at = blocks.doubles(new Array(n + 1).fill(7))
      blocks.call('bernsteinWeights', n, x, at)
      const weights = [...new Float64Array(blocks.core.memory.buffer, at, n + 1)]
      let ways = 1
      for (const [m, weight] of weights.entries()) {
        expect(Math.abs(weight - ways * x ** m * (1 - x) ** (n - m))).toBeLessThan(1e-14)
        ways = (ways * (n - m)) / (m + 1)
      }
    }
  }
})

test('the first zero, however many there are', () => {
  for (let seed = 0; seed < 400; seed++) {
    const n = 1 + (seed % 8)
    const roots = Array.from(scatter(n, seed), (v) => 0.5 + v).sort((a, b) => a - b)
    const inside = roots.filter((r) => r > 0 && r < 1)
    // Above 0 at the start.
    const sign = roots.filter((r) => r < 0).length % 2 ? -1 : 1
    const c = product(rooted(roots)).map((v) => sign * v)
    const [found, wanted] = [first(c), inside[0] ?? Number.POSITIVE_INFINITY]
    if (wanted === Number.POSITIVE_INFINITY) expect(found).toBe(wanted)
    else {
      // Roots near to each other are as uncertain as their distance is small.
      const gap = Math.min(0.1, ...roots.filter((r) => r !== wanted).map((r) => Math.abs(r - wanted)))
      expect(Math.abs(found - wanted)).toBeLessThan(1e-15 / gap ** (n - 1) + 1e-15)
      expect(first(c, wanted * 0.99)).toBe(Number.POSITIVE_INFINITY)
      const roughly = first(c, 1, 20)
      expect(Math.abs(roughly - wanted)).toBeLessThan(2e-6)
    }
  }
})

test('two zeros side by side, a touch, and what begins below', () => {
  for (const gap of [1e-1, 1e-3, 1e-5]) {
    for (const middle of [0.2, 0.5, 0.83]) {
      // (x - middle)^2 - gap^2
      const c = product(rooted([middle - gap, middle + gap]))
      expect(Math.abs(first(c) - (middle - gap))).toBeLessThan(1e-15 / gap)
      expect(first(c.map((v) => v + 1.01 * gap * gap))).toBe(Number.POSITIVE_INFINITY)
    }
  }
  expect(first([1, 0, 1])).toBe(Number.POSITIVE_INFINITY)
  expect(first([-1e-9, 1, 1])).toBe(0)
  expect(first([0, 1, 1, -1])).toBeCloseTo((Math.sqrt(21) - 3) / 2, 14)
  expect(first([Number.NaN, -1, 1])).toBe(Number.POSITIVE_INFINITY)
  expect(first([1, 1, Number.NaN])).toBe(Number.POSITIVE_INFINITY)
})
