import { describe, expect, test } from 'vitest'
import { Blocks } from '../support/blocks.ts'
import { scatter } from '../support/gradients.ts'
import { dtypes } from '../support/vectors.ts'

const replaced = (values: readonly number[], at: number, value: number): number[] =>
  values.map((v, i) => (i === at ? value : v))

const SIZES = [1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 33, 50]

describe.each(dtypes)('f%i', (dtype) => {
  const blocks = new Blocks(dtype)
  const values = (n: number, seed: number): number[] => [...scatter(n, seed)].map((v) => blocks.round(v))

  test('column sums, row after row', () => {
    for (const n of SIZES) {
      for (const rows of [1, 3, 5, 17, 50]) {
        const [z, start] = [values(rows * n, 1), values(n, 2)]
        const g = blocks.put(start)
        blocks.call('addColumnSums', rows, n, blocks.put(z, Number.NaN), g)
        const wanted = start.map((v, j) => {
          let sum = v
          for (let i = 0; i < rows; i++) sum = blocks.round(sum + (z[i * n + j] as number))
          return sum
        })
        expect(blocks.get(g, n)).toEqual(wanted)
        expect(blocks.overrun(g, n)).toEqual([])
      }
    }
  })

  test('inner product: in f64, in four chains', () => {
    for (const n of SIZES) {
      const [x, y] = [values(n, 1), values(n, 2)]
      const whole = n - (n % 4)
      const chain = (c: number): number => {
        let sum = 0
        for (let i = c; i < whole; i += 4) sum += (x[i] as number) * (y[i] as number)
        return sum
      }
      const chains = chain(0) + chain(2) + (chain(1) + chain(3))
      const wanted = x.slice(whole).reduce((sum, v, i) => sum + v * (y[whole + i] as number), chains)
      expect(blocks.call('innerProduct', n, blocks.put(x, Number.NaN), blocks.put(y, Number.NaN))).toBe(wanted)
    }
  })

  test('the first value that is not finite, wherever it is', () => {
    for (const n of SIZES) {
      const largest = dtype === 32 ? 3.4028234663852886e38 : Number.MAX_VALUE
      const fine = values(n, 1).map((v, i) => [v, largest, -largest, -0, 5e-324][i % 5] as number)
      expect(blocks.call('firstNonFinite', n, blocks.put(fine, Number.NaN))).toBe(-1)
      for (const bad of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
        for (let i = 0; i < n; i++) {
          expect(blocks.call('firstNonFinite', n, blocks.put(replaced(fine, i, bad)))).toBe(i)
          // Infinities of both signs do not cancel.
          const two = replaced(replaced(fine, n - 1, Number.NEGATIVE_INFINITY), i, bad)
          expect(blocks.call('firstNonFinite', n, blocks.put(two))).toBe(i)
        }
      }
    }
    expect(blocks.call('firstNonFinite', 0, blocks.put([Number.NaN]))).toBe(-1)
  })

  test('the norm of the controller', () => {
    for (const dim of [1, 3, 5]) {
      for (const batch of [1, 3, 17]) {
        const n = dim * batch
        const [x, a, b] = [values(n, 1), values(n, 2), values(n, 3)]
        const [atol, rtol] = [values(dim, 4), values(dim, 5)].map((v) => v.map((t) => 1e-6 + 1e-3 * Math.abs(t))) as [
          number[],
          number[],
        ]
        let sum = 0
        for (let i = 0; i < n; i++) {
          const scale =
            (atol[i % dim] as number) +
            (rtol[i % dim] as number) * Math.max(Math.abs(a[i] as number), Math.abs(b[i] as number))
          sum += ((x[i] as number) / scale) ** 2
        }
        const pointers = [x, a, b].map((v) => blocks.put(v, Number.NaN))
        expect(blocks.call('scaledNorm', n, dim, ...pointers, blocks.doubles(atol), blocks.doubles(rtol))).toBe(
          Math.sqrt(sum / n),
        )
      }
    }
  })

  test('the norm of what is no number is none', () => {
    const one = blocks.doubles([1])
    for (const [x, a] of [
      [Number.NaN, 1],
      [1, Number.NaN],
    ] as const) {
      expect(blocks.call('scaledNorm', 1, 1, blocks.put([x]), blocks.put([a]), blocks.put([1]), one, one)).toBeNaN()
    }
    expect(blocks.call('scaledNorm', 1, 1, blocks.put([Infinity]), blocks.put([1]), blocks.put([1]), one, one)).toBe(
      Infinity,
    )
  })
})
