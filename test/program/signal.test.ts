// Signals by themselves: their values, in JavaScript and in the core, and what is refused.

import { describe, expect, test } from 'vitest'
import { Field } from '../../src/program/field.ts'
import { cubicSignal, linearSignal, type Signal } from '../../src/program/signal.ts'
import { odeint } from '../../src/solve/odeint.ts'
import { euler } from '../../src/tableaus/index.ts'
import { relative, scatter } from '../support/gradients.ts'
import { naturalSpline } from '../support/natural-spline.ts'

const KNOTS = [-1, -0.3, 0.25, 0.3, 1.7, 2]

/** `count` knots without pattern. */
function knotsOf(count: number, seed: number): Float64Array {
  let t = -1
  return scatter(count, seed).map((v) => {
    t += 0.6 + v / 2
    return t
  })
}

describe('piecewise linear', () => {
  const values = scatter(KNOTS.length * 2, 1)
  const u = linearSignal(KNOTS, values)

  test('through its values, linear between, constant outside', () => {
    expect([...u.knots]).toEqual(KNOTS)
    expect([u.width, u.rows]).toEqual([2, 1])
    for (const [k, t] of KNOTS.entries()) expect(u.at(t)).toEqual(values.slice(2 * k, 2 * k + 2))
    for (let k = 0; k + 1 < KNOTS.length; k++) {
      const [a, b] = [KNOTS[k] as number, KNOTS[k + 1] as number]
      for (const share of [0.001, 0.3, 0.5, 0.99]) {
        const wanted = [0, 1].map((i) => {
          const [low, high] = [values[2 * k + i] as number, values[2 * k + 2 + i] as number]
          return low + share * (high - low)
        })
        expect(relative(u.at(a + share * (b - a)), wanted)).toBeLessThan(1e-13)
        const slope = [0, 1].map((i) => ((values[2 * k + 2 + i] as number) - (values[2 * k + i] as number)) / (b - a))
        expect(relative(u.derivativeAt(a + share * (b - a)), slope)).toBeLessThan(1e-14)
        // At a knot it is that of the interval behind it.
        expect(relative(u.derivativeAt(a), slope)).toBeLessThan(1e-14)
      }
    }
    for (const t of [-1e9, -1.0000001]) expect(u.at(t)).toEqual(values.slice(0, 2))
    for (const t of [2.0000001, 1e9]) expect(u.at(t)).toEqual(values.slice(10))
    for (const t of [-1.1, 2, 7]) expect([...u.derivativeAt(t)]).toEqual([0, 0])
  })

  test('jumps at its knots', () => expect([...u.jumps]).toEqual(KNOTS))
})

describe('cubic', () => {
  test.each([2, 3, 4, 9, 40])('the natural spline through %i knots', (count) => {
    const ts = knotsOf(count, count)
    for (const width of [1, 3]) {
      const values = scatter(count * width, 7)
      const u = cubicSignal(ts, values)
      for (let i = 0; i < width; i++) {
        const reference = naturalSpline([...ts], [...values.filter((_, j) => j % width === i)])
        for (let j = 0; j <= 10 * (count - 1); j++) {
          const k = Math.min(Math.floor(j / 10), count - 2)
          const t = (ts[k] as number) + ((j - 10 * k) / 10) * ((ts[k + 1] as number) - (ts[k] as number))
          // The dense system of 40 knots has a condition of 1e4.
          expect(Math.abs((u.at(t)[i] as number) - reference(t))).toBeLessThan(1e-12)
          if (t < (ts[count - 1] as number))
            expect(Math.abs((u.derivativeAt(t)[i] as number) - reference(t, 1))).toBeLessThan(1e-11)
        }
      }
    }
  })

  test('by hand: through 0, 1, 0 it is 3/2 x - x^3/2 and its mirror image', () => {
    const u = cubicSignal([0, 1, 2], [0, 1, 0])
    for (const x of [0, 0.25, 0.5, 1]) {
      expect(u.at(x)[0]).toBeCloseTo(1.5 * x - x ** 3 / 2, 15)
      expect(u.at(2 - x)[0]).toBeCloseTo(1.5 * x - x ** 3 / 2, 15)
    }
    expect(u.derivativeAt(1)[0]).toBeCloseTo(0, 15)
    expect(u.derivativeAt(0)[0]).toBeCloseTo(1.5, 15)
  })

  test('constant outside, and so with a jump of the derivative at its ends', () => {
    const u = cubicSignal([0, 1, 2], [1, 5, 3])
    expect([u.at(-3)[0], u.at(2)[0], u.at(9)[0]]).toEqual([1, 3, 3])
    expect([u.derivativeAt(-3)[0], u.derivativeAt(2)[0], u.derivativeAt(9)[0]]).toEqual([0, 0, 0])
    expect([...u.jumps]).toEqual([0, 2])
  })
})

// One Euler step of length 1 from 0 is the input itself.
describe.each([
  ['linear', linearSignal],
  ['cubic', cubicSignal],
] as const)('%s: the core has the same bits', (_, make) => {
  test.each([1, 3, 5, 17])('width %i', (width) => {
    const shared = make(KNOTS, scatter(KNOTS.length * width, 2), { stops: false })
    // With t + 1 - t = 1 without rounding; three of them are knots.
    const times = [-2, -1, -0.875, -0.25, 0.25, 0.28125, 1, 1.96875, 2, 3]
    for (const dtype of ['f64', 'f32'] as const) {
      using value = new Field(width, (p) => p.input(width), { dtype })
      using rate = new Field(width, (p) => p.inputRate(width), { dtype })
      const step = (field: Field, input: Signal, t: number, batch: number): number[] => [
        ...odeint(field, new Array(batch * width).fill(0), [t, t + 1], { solver: euler, steps: 1, input }).y,
      ]
      const rounded = (v: Float64Array): number[] => [...(dtype === 'f32' ? Float32Array.from(v) : v)]
      for (const t of times) {
        for (const batch of [1, 3, 5, 17]) {
          const all = (row: number[]): number[] => Array.from({ length: batch }, () => row).flat()
          expect(step(value, shared, t, batch)).toEqual(all(rounded(shared.at(t))))
          expect(step(rate, shared, t, batch)).toEqual(all(rounded(shared.derivativeAt(t))))
          const own = make(KNOTS, scatter(batch * KNOTS.length * width, 3), { rows: batch, stops: false })
          expect(own.width).toBe(width)
          expect(step(value, own, t, batch)).toEqual(rounded(own.at(t)))
          expect(step(rate, own, t, batch)).toEqual(rounded(own.derivativeAt(t)))
        }
      }
    }
  })
})

test('paths of rows stand one after the other', () => {
  const u = linearSignal([0, 1], [1, 2, 3, 4, 10, 20, 30, 40], { rows: 2 })
  expect([u.rows, u.width]).toEqual([2, 2])
  expect([...u.at(0)]).toEqual([1, 2, 10, 20])
  expect([...u.at(0.5)]).toEqual([2, 3, 20, 30])
  expect([...u.derivativeAt(0.5)]).toEqual([2, 2, 20, 20])
})

test('what it was made of may change afterwards, and what it gives too', () => {
  const [ts, values] = [[0, 1], Float64Array.of(1, 2)]
  const u = linearSignal(ts, values)
  ts[1] = 9
  values.fill(9)
  u.knots.fill(9)
  u.at(1).fill(9)
  expect([...u.knots]).toEqual([0, 1])
  expect(u.at(1)[0]).toBe(2)
})

test.each<[string, unknown[], RegExp]>([
  ['one knot', [[0], [1]], /^ts must hold at least two knots, got 1$/],
  [
    'equal knots',
    [
      [0, 1, 1],
      [1, 2, 3],
    ],
    /^ts must be strictly increasing, got ts\[2\] = 1 after ts\[1\] = 1$/,
  ],
  [
    'falling knots',
    [
      [0, 1, 0.5],
      [1, 2, 3],
    ],
    /^ts must be strictly increasing, got ts\[2\] = 0.5/,
  ],
  [
    'an infinite knot',
    [
      [0, Infinity],
      [1, 2],
    ],
    /^ts\[1\] is Infinity, it must be finite$/,
  ],
  ['no knots', [undefined, [1, 2]], /^ts must be an array of numbers/],
  ['no values', [[0, 1], undefined], /^values must be an array of numbers/],
  ['empty values', [[0, 1], []], /^values must hold the same number .* 1 x 2 rows and knots, got 0$/],
  [
    'a value too few',
    [
      [0, 1],
      [1, 2, 3],
    ],
    /^values must hold the same number .* got 3$/,
  ],
  [
    'NaN',
    [
      [0, 1],
      [1, Number.NaN],
    ],
    /^values\[1\] is NaN, it must be finite$/,
  ],
  ['rows that do not divide', [[0, 1], [1, 2, 3, 4], { rows: 3 }], /^values must hold .* 3 x 2 rows and knots, got 4$/],
  ['no row', [[0, 1], [1, 2], { rows: 0 }], /^rows must be an integer from 1/],
  ['stops that are none', [[0, 1], [1, 2], { stops: 'no' }], /^stops must be one of true, false, got "no"$/],
  [
    'values that differ too much',
    [
      [0, 1e-300],
      [-1e300, 1e300],
    ],
    /^values leave the range of numbers/,
  ],
])('%s is refused', (_, [ts, values, options], message) => {
  for (const make of [linearSignal, cubicSignal])
    expect(() => make(ts as number[], values as number[], options as object)).toThrow(message)
})

test.each([Number.NaN, Infinity, undefined])('at(%s) is refused', (t) => {
  const u = linearSignal([0, 1], [0, 1])
  expect(() => u.at(t as number)).toThrow(/^t\[0\] /)
  expect(() => u.derivativeAt(t as number)).toThrow(/^t\[0\] /)
})
