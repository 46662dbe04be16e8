import { describe, expect, test } from 'vitest'
import { Blocks } from '../support/blocks.ts'
import { scatter } from '../support/gradients.ts'
import { largestSingularValue } from '../support/linear.ts'
import { dtypes } from '../support/vectors.ts'

const SIZES = [1, 2, 3, 5, 17, 64]

describe.each(dtypes)('f%i', (dtype) => {
  const blocks = new Blocks(dtype)
  const norm = (m: number, n: number, a: ArrayLike<number>, start = scatter(n, 9)): number => {
    const [x, y] = [blocks.put(start), blocks.room(n)]
    const found = blocks.call('spectralNorm', m, n, blocks.put(a, Number.NaN), x, y)
    expect([...blocks.overrun(x, n, true), ...blocks.overrun(y, n, true)]).toEqual([])
    return found
  }

  test('of matrices without structure: from below, to 1e-3', () => {
    for (const m of SIZES) {
      for (const n of SIZES) {
        const a = [...scatter(m * n, m + n)].map((v) => blocks.round(v))
        const wanted = largestSingularValue(a, m, n)
        const found = norm(m, n, a)
        expect(found).toBeLessThanOrEqual(wanted * (1 + 1e-6))
        expect(found).toBeGreaterThan(wanted * (1 - 1e-3))
      }
    }
  })

  test('of known ones', () => {
    const diagonal = [3, 0, 0, 0, -7, 0, 0, 0, 5]
    expect(Math.abs(norm(3, 3, diagonal) - 7)).toBeLessThan(1e-4)
    // x y^T has norm |x| |y|; one iteration finds it.
    const [x, y] = [
      [1, 2, 2],
      [2, 3, 6, 0],
    ] as const
    const outer = x.flatMap((v) => y.map((w) => v * w))
    expect(Math.abs(norm(3, 4, outer) - 21)).toBeLessThan(1e-4)
    expect(norm(2, 3, new Float64Array(6))).toBe(0)
    // Sizes whose squares would leave the range.
    expect(norm(2, 2, [1e-30, 0, 0, 2e-30])).toBeGreaterThan(1e-31)
    // The start is orthogonal to all rows.
    expect(norm(1, 2, [1, 0], Float64Array.of(0, 1))).toBe(0)
  })
})
