import { expect, test } from 'vitest'
import { normals, uniforms } from '../../src/core/random.ts'

test('normal deviates: mean, variance and independence of seeds within four standard errors', () => {
  const n = 40_000
  const [a, b] = [normals(n, 1), normals(n, 2)]
  const mean = (of: (i: number) => number): number => a.reduce((sum, _, i) => sum + of(i), 0) / n
  const error = 4 / Math.sqrt(n)
  expect(Math.abs(mean((i) => a[i] as number))).toBeLessThan(error)
  expect(Math.abs(mean((i) => (a[i] as number) ** 2) - 1)).toBeLessThan(Math.SQRT2 * error)
  expect(Math.abs(mean((i) => (a[i] as number) * (b[i] as number)))).toBeLessThan(error)
})

test('uniform deviates lie in [0, 1), with the mean and the variance of that within four standard errors', () => {
  const n = 40_000
  const a = uniforms(n, 1)
  const mean = (of: (v: number) => number): number => a.reduce((sum, v) => sum + of(v), 0) / n
  expect(a.every((v) => v >= 0 && v < 1)).toBe(true)
  expect(Math.abs(mean((v) => v) - 1 / 2)).toBeLessThan(4 / Math.sqrt(12 * n))
  expect(Math.abs(mean((v) => (v - 1 / 2) ** 2) - 1 / 12)).toBeLessThan(4 / Math.sqrt(180 * n))
  expect(uniforms(7, 3)).toEqual(uniforms(8, 3).slice(0, 7))
})

test('one seed, one stream', () => {
  expect(normals(7, 3)).toEqual(normals(8, 3).slice(0, 7))
  expect(normals(0, 3).length).toBe(0)
  expect(() => normals(-1, 0)).toThrow(/count must be/)
  expect(() => normals(1, 0.5)).toThrow(/seed must be/)
})
