import { describe, expect, test } from 'vitest'
import { crossing } from '../../src/solve/crossing.ts'

/** Calls, and where. */
function counted(f: (t: number) => number): { f: (t: number) => number; calls: () => number } {
  let calls = 0
  return {
    f: (t) => {
      calls++
      return f(t)
    },
    calls: () => calls,
  }
}

const find = (f: (t: number) => number, a: number, b: number): number => crossing(f, a, f(a), b, f(b))

describe('a change of sign is found to 4 roundings, behind it', () => {
  test.each<[string, (t: number) => number, number, number, number]>([
    ['a line', (t) => 3 * (t - 0.7), 0, 1, 0.7],
    ['a cosine', Math.cos, 0, 3, Math.PI / 2],
    ['a cube', (t) => (t - 0.3) ** 3, -1, 1, 0.3],
    ['flat on one side', (t) => Math.max(0, 0.6 - t), 0, 4, 0.6],
    ['a jump', (t) => (t < 1 / 3 ? -1 : 1), 0, 1, 1 / 3],
    ['a jump to infinity', (t) => (t < 1 / 3 ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY), 0, 1, 1 / 3],
    ['a pole', (t) => 1 / (t - 0.21), 0, 1, 0.21],
    ['steep at one end', (t) => 1e-9 - Math.exp(-40 * t), 0, 50, Math.log(1e9) / 40],
    ['huge values', (t) => 1e308 * (t - 0.5), 0, 1, 0.5],
    ['tiny values', (t) => 1e-300 * (t - 0.5), 0, 1, 0.5],
    ['far from 0', (t) => t - 1000000.123, 1e6, 1000001, 1000000.123],
    ['at the far end', (t) => t - 1, 0, 1, 1],
    ['just behind the near end', (t) => t - 1e-12, 0, 1, 1e-12],
  ])('%s', (_, f, a, b, root) => {
    for (const [g, sign] of [
      [f, 1],
      [(t: number) => -f(t), 1],
      // The mirror image is searched backward.
      [(t: number) => f(-t), -1],
    ] as const) {
      const counter = counted(g)
      const t = sign * crossing(counter.f, sign * a, g(sign * a), sign * b, g(sign * b))
      expect(Math.abs(t - root)).toBeLessThanOrEqual(6 * Number.EPSILON * Math.abs(root) + 1e-17)
      expect(Math.sign(g(sign * t))).not.toBe(Math.sign(g(sign * a)))
      expect(counter.calls()).toBeLessThan(110)
    }
  })

  test('a smooth one in a few evaluations', () => {
    const { f, calls } = counted((t) => Math.exp(t) - 2)
    expect(Math.abs(crossing(f, 0, f(0), 3, f(3)) - Math.LN2)).toBeLessThanOrEqual(4 * Number.EPSILON)
    expect(calls()).toBeLessThan(16)
  })

  test('one at t = 0 ends', () => {
    const t = find((x) => x, -1, 2)
    expect(Math.abs(t)).toBeLessThan(1e-30)
  })

  test('one among the least of all numbers ends', () => {
    for (const root of [5e-324, 2e-323, 6e-323]) expect(find((t) => (t < root ? -1 : 1), 0, 6e-323)).toBe(root)
    expect(find((t) => (t > -2e-323 ? -1 : 1), 0, -6e-323)).toBe(-2e-323)
  })

  test('never more than one evaluation beyond bisection', () => {
    // A root at every place of [1, 2] in turn, of the function that regula falsi is slowest for.
    for (let i = 1; i < 64; i++) {
      const root = 1 + i / 64 + 1e-9
      const { f, calls } = counted((t) => (t - root < 0 ? -1 : 1e6 * (t - root) ** 9))
      const t = crossing(f, 1, f(1), 2, f(2))
      expect(t - root).toBeGreaterThanOrEqual(0)
      expect(t - root).toBeLessThanOrEqual(8 * Number.EPSILON)
      expect(calls()).toBeLessThanOrEqual(52 + 2 + 2)
    }
  })
})
