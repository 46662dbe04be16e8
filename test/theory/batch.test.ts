import { expect, test } from 'vitest'
import { approximate } from '../../src/theory/approximate.ts'
import { evaluateBatch } from '../../src/theory/batch.ts'
import { FORMS } from '../../src/theory/machine.ts'
import { scatter } from '../support/gradients.ts'

const target = (x: readonly number[]): number => x.reduce((sum, v, i) => sum + Math.abs(v - 0.3 * (i + 1)), 0)

/** `n` points of [0, 1]^d. */
const points = (n: number, d: number): Float64Array => scatter(n * d, d).map((v) => (v + 1) / 2)

test.each(FORMS)('%s: the core has the exact values, to rounding', (form) => {
  // 'smooth' adds up more registers, each rounded once a step; the others hold short numbers only.
  const tolerance = form === 'smooth' ? 20 * 64 * 2 ** -53 : 4e-15
  for (const d of form === 'interpolating' ? [1] : [1, 2, 3]) {
    const net = approximate(target, { d, r: 64, levels: 4, form })
    for (const n of [1, 3, 5, 17]) {
      const x = points(n, d)
      const values = evaluateBatch(net.tapeFree, x)
      expect(values).toHaveLength(n)
      for (let i = 0; i < n; i++) {
        const exact = net.exact(Array.from(x.subarray(d * i, d * (i + 1)))).toNumber()
        expect(Math.abs((values[i] as number) - exact)).toBeLessThanOrEqual(tolerance)
      }
    }
  }
})

test('more compositions than stand in memory at a time, more points than go through together', () => {
  const net = approximate(target, { d: 1, r: 2500 })
  const x = points(300, 1)
  const values = evaluateBatch(net.tapeFree, x)
  for (const i of [0, 150, 255, 256, 299]) {
    expect(Math.abs((values[i] as number) - net.closedForm([x[i] as number]).toNumber())).toBeLessThanOrEqual(1e-14)
  }
  expect(evaluateBatch(net.tapeFree, x.subarray(256))).toEqual(values.subarray(256))
})

test('eval is that, and refuses points outside the cube', () => {
  const net = approximate(target, { d: 2, r: 9 })
  const x = points(5, 2)
  expect(net.eval(x)).toEqual(evaluateBatch(net.tapeFree, x))
  expect(() => net.eval([0, 1, 0.5, 1.5])).toThrow('x[3] must be in [0, 1], got 1.5')
  expect(() => net.eval([Number.NaN, 1])).toThrow('x[0] must be in [0, 1], got NaN')
  expect(() => net.eval([0.5])).toThrow('x must hold rows of 2 numbers, got 1 numbers')
})

test('a batch of no points', () => {
  expect(evaluateBatch(approximate(target, { d: 2, r: 9 }).tapeFree, [])).toHaveLength(0)
})
