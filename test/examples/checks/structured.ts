import { expect } from 'vitest'
import { type Checks, near } from './check.ts'

export const structured: Checks = {
  'augmented.mjs': ([none, plain, , extra, augmented]) => {
    expect([none, extra]).toEqual([0, 5])
    expect(plain).toBeGreaterThan(0.05)
    expect(augmented).toBe(0)
  },
  'controlled.mjs': (numbers) => {
    const [first, second, third] = [1, 3, 5].map((i) => numbers[i]) as [number, number, number]
    expect(second).toBeLessThan(first)
    expect(third).toBeLessThan(second)
    expect(numbers.at(-1)).toBe(1)
  },
  'leapfrog.mjs': (numbers) => {
    expect(numbers[5]).toBeLessThan(1e-4)
    const [start, middle, end] = numbers.slice(6, 9) as [number, number, number]
    near(middle, start, 0.01)
    near(end, start, 0.01)
    near(numbers[9], 1.5, 1e-10)
    near(numbers[10], 0, 1e-10)
    near(numbers[11], numbers[12] as number, 1e-7)
  },
}
