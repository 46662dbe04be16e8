import { expect, test } from 'vitest'
import { normals } from '../../src/core/random.ts'

test('normal deviates: mean, variance and independence of seeds within four standard errors', () => {
  const n = 40_000
  const [a, b] = [normals(n, 1), normals(n, 2)]
  const mean = (of: (i: number) => number): number => a.reduce((sum, _, i) => sum + of(i), 0) / n
  const error = 4 / Math.sqrt(n)
  expect(Math.abs(mean((i) => a[i] as number))).toBeLessThan(error)
  expect(Math.abs(mean((i) => (a[i] as number) ** 2) - 1)).toBeLessThan(Math.SQRT2 * error)
  expect(Math.abs(mean((i) => (a[i] as number) * (b[i] as number)))).toBeLessThan(error)
})

test('one seed, one stream', () => {
  expect(normals(7, 3)).toEqual(normals(8, 3).slice(0, 7))
  expect(normals(0, 3).length).toBe(0)
  expect(() => normals(-1, 0)).toThrow(/count must be/)
  expect(() => normals(1, 0.5)).toThrow(/seed must be/)
})
