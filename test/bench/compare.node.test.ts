// Costs at equal error, which decide what bench/RESULTS.md says. Times themselves are no matter for a test.
import { expect, test } from 'vitest'
// @ts-expect-error: a script of the bench has no types
import { cheapest, costAt, front, mean, spread } from '../../bench/work-precision/compare.mjs'

const points = [
  { error: 1e-2, cost: 10 },
  { error: 1e-4, cost: 40 },
  { error: 1e-6, cost: 160 },
]

test('between two points the logarithms are linear', () => {
  expect(costAt(points, 1e-4)).toBe(40)
  expect(costAt(points, 1e-3)).toBeCloseTo(20, 12)
  expect(costAt(points, 1e-5)).toBeCloseTo(80, 12)
  expect(costAt([...points].reverse(), 1e-5)).toBeCloseTo(80, 12)
})

test('what is better than asked costs no less, and what nobody reaches has no cost', () => {
  expect(costAt(points, 1)).toBe(10)
  expect(costAt(points, 1e-2)).toBe(10)
  expect(costAt(points, 1e-6)).toBe(160)
  expect(costAt(points, 9e-7)).toBeUndefined()
  expect(costAt([], 1e-3)).toBeUndefined()
})

test('a point that another beats in both does not count', () => {
  const unlucky = { error: 1e-3, cost: 50 }
  const lucky = { error: 1e-7, cost: 100 }
  expect(front([...points, unlucky])).toEqual(front(points))
  expect(costAt([...points, unlucky], 1e-3)).toBeCloseTo(20, 12)
  expect(front([...points, lucky]).map(({ cost }: { cost: number }) => cost)).toEqual([100, 40, 10])
  // No error at all: nothing lies between it and the next.
  expect(costAt([...points, { error: 0, cost: 170 }], 1e-8)).toBe(170)
})

test('the cheapest curve at an error', () => {
  const flat = [{ error: 1e-8, cost: 60 }]
  expect(cheapest({ points, flat }, 1e-3)).toEqual({ name: 'points', cost: costAt(points, 1e-3) })
  expect(cheapest({ points, flat }, 1e-5)).toEqual({ name: 'flat', cost: 60 })
  expect(cheapest({ points, flat }, 1e-9)).toBeUndefined()
  expect(cheapest({}, 1e-3)).toBeUndefined()
})

test('quartiles and geometric mean', () => {
  expect(spread([9, 1, 5, 2, 4])).toEqual({ min: 1, low: 2, median: 4, high: 5, max: 9 })
  expect(spread([10, 9, 8])).toEqual({ min: 8, low: 9, median: 9, high: 10, max: 10 })
  expect(spread([7])).toEqual({ min: 7, low: 7, median: 7, high: 7, max: 7 })
  expect(mean([1, 4, 16])).toBeCloseTo(4, 12)
})
