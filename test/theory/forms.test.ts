import { describe, expect, test } from 'vitest'
import { approximate } from '../../src/theory/approximate.ts'
import type { Form } from '../../src/theory/machine.ts'

const sizes = (d: number, form: Form, levels = 1, r = 64) => {
  const { registers, width, depth, parameters } = approximate(([x]) => x as number, { d, r, levels, form })
  return { state: registers.length, width, depth, parameters }
}

// The table of sizes in docs/theory.md.
describe('sizes at one level', () => {
  test.each<[Form, number, number, number, number]>([
    ['counter', 1, 4, 10, 159],
    ['counter', 2, 6, 15, 353],
    ['counter', 3, 8, 20, 623],
    ['universal', 1, 4, 11, 187],
    ['universal', 2, 7, 25, 669],
    ['universal', 3, 9, 34, 1141],
    ['interpolating', 1, 3, 8, 107],
    ['carrier', 1, 5, 11, 207],
    ['carrier', 2, 7, 16, 423],
    ['carrier', 3, 9, 21, 715],
  ])('%s, d = %i', (form, d, state, width, parameters) => {
    expect(sizes(d, form)).toEqual({ state, width, depth: 2, parameters })
  })

  test('the interpolating network has 39 weights and biases that are not 0, none above 8', () => {
    const net = approximate(([x]) => x as number, { d: 1, r: 64, form: 'interpolating' })
    expect(net.nonZeros).toBe(39)
    expect(Math.max(...net.layers.flatMap(({ W, b }) => [...W.flat(), ...b]).map(Math.abs))).toBe(8)
  })
})

test('state 2 d + 2, width 5 d + 4 m + 1 at any d and m, whatever r', () => {
  for (const d of [1, 2, 3, 5, 8]) {
    for (const m of [1, 2, 5, 9]) {
      expect(sizes(d, 'counter', m, 1)).toMatchObject({ state: 2 * d + 2, width: 5 * d + 4 * m + 1, depth: 2 })
      expect(sizes(d, 'counter', m, 500)).toEqual(sizes(d, 'counter', m, 1))
    }
  }
})

test('a universal g depends neither on f nor on r; nor does the interpolating one', () => {
  for (const d of [1, 2, 3]) {
    const layers = (f: (x: number[]) => number, r: number, form: Form) =>
      approximate(f, { d, r, levels: 2, form }).layers
    for (const form of d === 1 ? (['universal', 'interpolating'] as const) : (['universal'] as const)) {
      expect(layers(() => 1, 8, form)).toEqual(layers(([x]) => Math.sqrt(x as number), 100, form))
    }
  }
})

test('all weights are integers; only the carrier holds the tape in g, and only it holds more than integers', () => {
  for (const [d, form] of [
    [2, 'counter'],
    [2, 'universal'],
    [1, 'interpolating'],
    [2, 'carrier'],
  ] as const) {
    const net = approximate(([x]) => x as number, { d, r: 16, form })
    const fractions = net.layers.flatMap(({ W, b }) => [...W.flat(), ...b]).filter((value) => !Number.isInteger(value))
    expect(fractions).toEqual(form === 'carrier' ? [net.tape.toNumber()] : [])
    const longBias = net.readIn.b.includes(net.tape.toNumber())
    expect(longBias).toBe(form !== 'carrier')
  }
})
