import { describe, expect, test } from 'vitest'
import { firstExit } from '../../src/theory/first-exit.ts'
import { uniform } from '../support/vectors.ts'

/** The polynomial scale * product of (x - root), highest sign so that it is positive at 0; roots > 0. */
function withRoots(roots: readonly number[]): Float64Array {
  const c = roots.reduce<number[]>(
    (before, root) => {
      const after = new Array<number>(before.length + 1).fill(0)
      for (const [k, v] of before.entries()) {
        after[k] = (after[k] as number) + v
        after[k + 1] = (after[k + 1] as number) - v / root
      }
      return after
    },
    [1],
  )
  return Float64Array.from(c)
}

const FLOOR = { at0: 1e-14, slope: 0 }
const exit = (...roots: number[]): number => firstExit(withRoots(roots), FLOOR) ?? Number.NaN

describe('the first exit of a polynomial', () => {
  test('there is none', () => {
    expect(firstExit(Float64Array.of(1), FLOOR)).toBeUndefined()
    expect(firstExit(Float64Array.of(0, 1), FLOOR)).toBeUndefined()
    expect(firstExit(Float64Array.of(0, 0, 0), FLOOR)).toBeUndefined()
    expect(exit(1.5)).toBeNaN()
    expect(exit(1.01, 1.02, 7)).toBeNaN()
  })

  test('one, to a rounding of it', () => {
    for (const root of [0.7, 1 / 3, 1e-3, 1e-9, 1 - 2 ** -40]) {
      const found = exit(root)
      expect(found).toBeGreaterThanOrEqual(root * (1 - 2 * Number.EPSILON))
      expect(found).toBeLessThanOrEqual(root * (1 + 8 * Number.EPSILON))
    }
    // From zero on, and from below zero by no more than the floor.
    expect(firstExit(Float64Array.of(0, 1, -2), FLOOR)).toBeCloseTo(0.5, 14)
    expect(firstExit(Float64Array.of(-1e-16, 1, -2), FLOOR)).toBeCloseTo(0.5, 14)
    expect(firstExit(Float64Array.of(0, -1, 2), FLOOR)).toBe(0)
    expect(firstExit(Float64Array.of(-1e-3, 5), FLOOR)).toBe(0)
  })

  test('the first of many, whatever comes behind it', () => {
    const next = uniform(3)
    for (let i = 0; i < 200; i++) {
      const roots = Array.from({ length: 1 + Math.floor(5 * next()) }, () => 0.05 + 1.3 * next())
      const first = Math.min(...roots)
      const found = exit(...roots)
      // Roots that are close to each other are as uncertain as the coefficients make them.
      const gap = Math.min(...roots.filter((r) => r !== first).map((r) => r - first), 1)
      if (first > 1) expect(found).toBeNaN()
      else expect(Math.abs(found - first), `${roots}`).toBeLessThan(1e-10 / gap)
    }
  })

  test('two roots next to each other: down to the floor, and not below it', () => {
    for (const gap of [1e-2, 1e-4, 1e-6]) {
      for (const at of [0.1, 0.3, 0.5, 0.77]) {
        // Between them (x / a - 1)(x / b - 1) falls to about -(gap / 2 at)^2.
        const found = exit(at, at + gap)
        expect(Math.abs(found - at)).toBeLessThan(1e-15 / gap)
      }
    }
    expect(exit(0.3, 0.3)).toBeNaN()
    expect(exit(0.5, 0.5 + 2e-8)).toBeNaN()
    expect(exit(0.4, 0.4, 0.4, 0.4)).toBeNaN()
  })

  test('a touch is none, a passage of third order is one', () => {
    expect(exit(0.3, 0.3, 0.8)).toBeCloseTo(0.8, 13)
    expect(Math.abs(exit(0.5, 0.5, 0.5) - 0.5)).toBeLessThan(1e-4)
  })

  test('the floor may grow', () => {
    // 1e-3 - x + x^2 dips to -0.249 at 0.5.
    const c = Float64Array.of(1e-3, -1, 1)
    expect(firstExit(c, { at0: 0, slope: 0.4 })).toBeCloseTo(1.001e-3, 5)
    expect(firstExit(c, { at0: 0, slope: 1 })).toBeUndefined()
    expect(firstExit(c, { at0: 0.3, slope: 0 })).toBeUndefined()
    expect(firstExit(Float64Array.of(0.5, -1), { at0: 0, slope: 0.4 })).toBeCloseTo(0.5, 15)
  })

  test('what is not a number ends at once', () => {
    expect(firstExit(Float64Array.of(Number.NaN, 1, 2), FLOOR)).toBe(0)
    expect(firstExit(Float64Array.of(1, Number.NaN, 2), FLOOR)).toBeDefined()
  })
})
