import { describe, expect, test } from 'vitest'
import { integerRoot, snake } from '../../src/theory/snake.ts'

test('the integer root is exact where floating point is not', () => {
  expect(integerRoot(1000, 3)).toBe(10)
  expect(integerRoot(999, 3)).toBe(9)
  for (let d = 1; d <= 6; d++) {
    for (let n = 1; n ** d <= 2 ** 20 && n < 300; n++) {
      expect(integerRoot(n ** d, d)).toBe(n)
      if (n > 1) expect(integerRoot(n ** d - 1, d)).toBe(n - 1)
    }
  }
  expect(integerRoot(2 ** 20, 20)).toBe(2)
  expect(integerRoot(2 ** 20 - 1, 20)).toBe(1)
})

describe.each([
  [1, 1],
  [7, 1],
  [1, 4],
  [2, 5],
  [3, 2],
  [4, 3],
  [5, 4],
])('the path through {0..%i - 1}^%i', (n, d) => {
  const path = snake(n, d)
  const rows = Array.from({ length: path.length / d }, (_, l) => Array.from(path.subarray(l * d, (l + 1) * d)))

  test('visits every cell once', () => {
    expect(rows.length).toBe(n ** d)
    expect(new Set(rows.map(String)).size).toBe(n ** d)
    expect(path.every((place) => place >= 0 && place < n)).toBe(true)
  })

  test('from neighbour to neighbour, starting at 0', () => {
    expect(rows[0]).toEqual(new Array(d).fill(0))
    for (const [l, row] of rows.slice(1).entries()) {
      const steps = row.map((place, i) => Math.abs(place - (rows[l]?.[i] as number)))
      expect(steps.reduce((sum, step) => sum + step)).toBe(1)
    }
  })

  test('turning back like a plough: the first coordinate moves whenever it can', () => {
    for (let l = 1; l < rows.length; l++) expect(rows[l]?.[0] === rows[l - 1]?.[0]).toBe(l % n === 0)
  })
})
