import { describe, expect, test } from 'vitest'
import { LOSS_HUBER, LOSS_LINEAR, LOSS_MAE, LOSS_MSE } from '../../assembly/abi.ts'
import { Blocks } from '../support/blocks.ts'
import { scatter } from '../support/gradients.ts'
import { dtypes } from '../support/vectors.ts'

const losses = [
  ['mse', LOSS_MSE, (d: number) => d * d, (d: number) => 2 * d],
  ['mae', LOSS_MAE, (d: number) => Math.abs(d), (d: number) => Math.sign(d)],
  [
    'huber',
    LOSS_HUBER,
    (d: number) => (Math.abs(d) <= 1 ? (d * d) / 2 : Math.abs(d) - 0.5),
    (d: number) => Math.max(-1, Math.min(1, d)),
  ],
] as const

describe.each(dtypes)('f%i', (dtype) => {
  const blocks = new Blocks(dtype)
  const values = (n: number, seed: number): number[] => [...scatter(n, seed)].map((v) => blocks.round(3 * v))

  describe.each(losses)('%s', (_, id, value, slope) => {
    test.each([1, 2, 3, 5, 17, 64])('%i targets, some of them missing', (n) => {
      for (const missing of [[], [0], [n - 1], [1, 2, 8]]) {
        const p = values(n, 1)
        // The last one is met exactly: no loss, no slope.
        const y = values(n, 2).map((v, i) => (missing.includes(i) ? Number.NaN : i === n - 1 ? (p[i] as number) : v))
        const there = y.filter((v) => !Number.isNaN(v)).length
        const g = blocks.room(n)
        const got = blocks.call('loss', id, n, 1, blocks.put(p, Number.NaN), blocks.put(y, Number.NaN), g)
        const distance = p.map((v, i) => v - (y[i] as number))
        const total = distance.reduce((sum, d) => sum + (Number.isNaN(d) ? 0 : value(d)), 0)
        expect(got).toBeCloseTo(there ? total / there : 0, 13)
        const wanted = distance.map((d) => (Number.isNaN(d) ? 0 : slope(d) / there))
        for (const [i, v] of blocks.get(g, n).entries())
          expect(Math.abs(v - (wanted[i] as number))).toBeLessThan(dtype === 32 ? 3e-7 : 1e-15)
        expect(blocks.overrun(g, n)).toEqual([])
        expect(blocks.call('observed', n, blocks.put(y, 1))).toBe(there)
      }
    })

    test('a prediction that is no number is no loss', () => {
      const [p, y, g] = [blocks.put([1, Number.NaN, 2]), blocks.put([1, 1, 1]), blocks.room(3)]
      expect(blocks.call('loss', id, 3, 1, p, y, g)).toBeNaN()
      expect(blocks.get(g, 3)[1]).toBeNaN()
      // Unless nobody asks for it.
      const holes = blocks.put([1, Number.NaN, 1])
      expect(blocks.call('loss', id, 3, 1, p, holes, g)).toBe(value(1) / 2)
    })

    test('all targets missing', () => {
      const g = blocks.room(3)
      expect(
        blocks.call('loss', id, 3, 3, blocks.put([1, 2, 3]), blocks.put([Number.NaN, Number.NaN, Number.NaN]), g),
      ).toBe(0)
      expect(blocks.get(g, 3)).toEqual([0, 0, 0])
    })
  })

  test('linear: the mean of y p over the targets that are there', () => {
    const [p, y, g] = [blocks.put([1, -2, 4, 8]), blocks.put([1, 0.5, Number.NaN, -1]), blocks.room(4)]
    expect(blocks.call('loss', LOSS_LINEAR, 4, 1, p, y, g)).toBe((1 - 1 - 8) / 3)
    expect(blocks.get(g, 4)).toEqual([1, 0.5, 0, -1].map((v) => blocks.round(v / 3)))
  })
})
