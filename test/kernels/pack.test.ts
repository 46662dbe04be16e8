import { describe, expect, test } from 'vitest'
import { Blocks } from '../support/blocks.ts'
import { scatter } from '../support/gradients.ts'
import { dtypes } from '../support/vectors.ts'

describe.each(dtypes)('f%i', (dtype) => {
  const blocks = new Blocks(dtype)
  const lanes = 128 / dtype

  /** Are two columns packed in pairs of k's? */
  const inPairs = (k: number, n: number): boolean => dtype === 32 && n === 2 && k % 2 === 0

  /** Where element (i, j) of the operand stands; i = -1 is the bias. Panels of two vectors, the last one of one where that is enough. */
  function place(k: number, n: number, i: number, j: number): number {
    if (inPairs(k, n)) return i < 0 ? 2 * j : 4 + 4 * Math.floor(i / 2) + 2 * j + (i % 2)
    const panel = Math.floor(j / (2 * lanes))
    const rest = n - panel * 2 * lanes
    const width = rest <= lanes ? lanes : 2 * lanes
    return panel * 2 * lanes * (k + 1) + (i + 1) * width + (j - panel * 2 * lanes)
  }

  test.each([1, 2, 3, 5, 6, 17])('%i rows: every element in its panel, zeros in the rest', (k) => {
    for (const n of [1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 13, 16, 17, 33]) {
      const [b, bias] = [scatter(k * n, 1), scatter(n, 2)]
      const length = blocks.call('packedLength', k, n)
      // Row-major, column-major, and without a bias.
      for (const [rs, cs, biased] of [
        [n, 1, true],
        [1, k, true],
        [1, k, false],
      ] as const) {
        const out = blocks.room(length)
        blocks.call('pack', k, n, blocks.put(b), rs, cs, biased ? blocks.put(bias) : 0, out)
        const written = inPairs(k, n) ? 4 + 2 * k : length
        const wanted = new Array<number>(written).fill(0)
        for (let j = 0; j < n; j++) {
          if (biased) wanted[place(k, n, -1, j)] = blocks.round(bias[j] as number)
          for (let i = 0; i < k; i++) wanted[place(k, n, i, j)] = blocks.round(b[i * rs + j * cs] as number)
        }
        expect(blocks.get(out, written)).toEqual(wanted)
        expect(blocks.overrun(out, length)).toEqual([])
      }
    }
  })

  test('length: whole panels of k + 1 rows', () => {
    expect(blocks.call('packedLength', 3, lanes)).toBe(4 * lanes)
    expect(blocks.call('packedLength', 3, lanes + 1)).toBe(4 * 2 * lanes)
    expect(blocks.call('packedLength', 3, 2 * lanes + 1)).toBe(4 * 3 * lanes)
  })
})
