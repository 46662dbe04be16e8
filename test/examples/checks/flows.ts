import { expect } from 'vitest'
import { type Checks, near } from './check.ts'

export const flows: Checks = {
  'density.mjs': (numbers) => {
    const losses = [1, 3, 5, 7].map((i) => numbers[i] as number)
    expect(losses[2]).toBeLessThan((losses[0] as number) - 0.1)
    // Not far from the entropy of the clouds, 1 + ln 2, and not below what 512 of their points may have.
    near(losses[3], 1.693, 0.12)
    const [left, middle, right, count] = numbers.slice(8, 12) as [number, number, number, number]
    for (const inside of [left, right]) near(inside, -0.69, 0.7)
    expect(middle).toBeLessThan(-5)
    near(count, 500, 70)
    near(numbers.at(-1), 0, 1e-5)
  },
  'flow-matching.mjs': (numbers) => {
    const [, one, , four, , many, , straightOne, , straightFour] = numbers as [
      number,
      number,
      number,
      number,
      number,
      number,
      number,
      number,
      number,
      number,
    ]
    expect(four).toBeLessThan(one / 3)
    expect(many).toBeLessThan(four)
    expect(many).toBeLessThan(0.1)
    expect(straightOne).toBeLessThan(one / 2)
    expect(straightFour).toBeLessThan(0.25)
  },
}
