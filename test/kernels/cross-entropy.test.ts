import { describe, expect, test } from 'vitest'
import { LOSS_CROSS_ENTROPY } from '../../assembly/abi.ts'
import { Blocks } from '../support/blocks.ts'
import { differences, relative, scatter } from '../support/gradients.ts'
import { dtypes } from '../support/vectors.ts'

/** -sum_j y_j log softmax(p)_j, mean over the rows without NaN: as textbooks write it, for predictions of modest size. */
function textbook(p: ArrayLike<number>, y: ArrayLike<number>, width: number): number {
  const rows = Array.from({ length: p.length / width }, (_, r) => {
    const at = (of: ArrayLike<number>, j: number): number => of[r * width + j] as number
    let [all, sum] = [0, 0]
    for (let j = 0; j < width; j++) all += Math.exp(at(p, j))
    for (let j = 0; j < width; j++) sum -= at(y, j) * Math.log(Math.exp(at(p, j)) / all)
    return sum
  }).filter((v) => !Number.isNaN(v))
  return rows.reduce((a, b) => a + b, 0) / Math.max(1, rows.length)
}

/** Rows of probabilities; every second one is one-hot. */
function probabilities(rows: number, width: number): number[] {
  return Array.from({ length: rows }, (_, r) => {
    if (r % 2 === 1) return Array.from({ length: width }, (_, j) => Number(j === r % width))
    const weights = [...scatter(width, r)].map((v) => v + 1.5)
    const sum = weights.reduce((a, b) => a + b, 0)
    return weights.map((v) => v / sum)
  }).flat()
}

describe.each(dtypes)('f%i', (dtype) => {
  const blocks = new Blocks(dtype)
  const loss = (p: ArrayLike<number>, y: ArrayLike<number>, width: number, g = blocks.room(p.length)): number =>
    blocks.call('loss', LOSS_CROSS_ENTROPY, p.length, width, blocks.put(p, Number.NaN), blocks.put(y, Number.NaN), g)

  describe.each([1, 3, 5, 17])('%i classes', (width) => {
    test.each([1, 3, 5, 17])('%i rows, some of them missing: value and gradient', (rows) => {
      const n = rows * width
      const p = [...scatter(n, 1)].map((v) => blocks.round(3 * v))
      for (const missing of [[], [0], [n - 1], [1, width + 1]]) {
        const y = probabilities(rows, width).map((v, i) => (missing.includes(i) ? Number.NaN : blocks.round(v)))
        const g = blocks.room(n)
        expect(loss(p, y, width, g)).toBeCloseTo(textbook(p, y, width), 13)
        const wanted = differences((at) => textbook(at, y, width), p)
        // One rounding of the gradient; five-point differences of the textbook's form are good to about 1e-12.
        expect(relative(blocks.get(g, n), wanted)).toBeLessThan(dtype === 32 ? 2e-7 : 1e-10)
        expect(blocks.overrun(g, n)).toEqual([])
      }
    })
  })

  test('log 2 and softmax - y where two classes are equal', () => {
    const g = blocks.room(2)
    expect(loss([7, 7], [0, 1], 2, g)).toBeCloseTo(Math.LN2, 15)
    expect(blocks.get(g, 2)).toEqual([0.5, -0.5])
  })

  test('predictions of any size: nothing overflows', () => {
    const g = blocks.room(6)
    // Right by far, and wrong by far.
    expect(loss([1e4, -1e4, 0, -1e4, 1e4, 0], [1, 0, 0, 1, 0, 0], 3, g)).toBe(1e4)
    expect(blocks.get(g, 6)).toEqual([0, 0, 0, -0.5, 0.5, 0])
  })

  test('a prediction that is no number is no loss, unless nobody asks for it', () => {
    expect(loss([1, Number.NaN, 2, 1, 1, 1], [1, 0, 0, 0, 1, 0], 3)).toBeNaN()
    const g = blocks.room(6)
    expect(loss([1, Number.NaN, 2, 1, 1, 1], [1, 0, Number.NaN, 0, 1, 0], 3, g)).toBeCloseTo(Math.log(3), 14)
    expect(blocks.get(g, 3)).toEqual([0, 0, 0])
  })

  test('all rows missing', () => {
    const g = blocks.room(4)
    expect(loss([1, 2, 3, 4], [Number.NaN, 1, 0, Number.NaN], 2, g)).toBe(0)
    expect(blocks.get(g, 4)).toEqual([0, 0, 0, 0])
  })
})
