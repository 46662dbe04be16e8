import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { approximate } from '../../src/theory/approximate.ts'
import { FORMS, type Form } from '../../src/theory/machine.ts'
import type { FlatAffine, TapeFree } from '../../src/theory/rcnet-tape-free.ts'
import { cases, formsOf, networkOf, SHAPES } from './cases.ts'

/** W z + b, with row `step` of b. */
function apply({ rows, columns, W, b }: FlatAffine, z: Float64Array, step = 0): Float64Array {
  return Float64Array.from({ length: rows }, (_, i) =>
    z.reduce((sum, value, j) => sum + (W[i * columns + j] as number) * value, b[step * rows + i] as number),
  )
}

const relu = (z: Float64Array): Float64Array => z.map((value) => Math.max(0, value))

function evaluate({ readIn, layers, readOut, steps }: TapeFree, x: readonly number[]): number {
  let z = apply(readIn, Float64Array.from(x))
  for (let k = 0; k < steps; k++) {
    const last = layers.length - 1
    for (const [i, layer] of layers.entries()) z = i < last ? relu(apply(layer, z, i && k)) : apply(layer, z, k)
  }
  return apply(readOut, z)[0] as number
}

test('short numbers only, and the registers of the tapes are gone', () => {
  for (const form of FORMS) {
    const d = form === 'interpolating' ? 1 : 2
    const { tapeFree, registers, R, levels, compositions } = approximate((x) => x[0] as number, { d, r: 25, form })
    const { layers, readIn, theta, steps } = tapeFree
    expect(tapeFree.registers).toEqual(registers.filter((name) => !/^[bM]/.test(name)))
    expect([...readIn.b, ...layers.flatMap(({ W, b }) => [...W, ...b])].every(Number.isInteger)).toBe(true)
    expect(steps).toBe(compositions)
    expect(theta.length).toBe(steps * (form === 'smooth' ? d : 1) * 2 * levels)
    expect(layers.map(({ b, rows }) => b.length / rows)).toEqual(layers.map((_, i) => (i === 0 ? 1 : steps)))
    expect(R).toBe(25)
  }
})

test('theta holds the digits in unary', () => {
  const { tapeFree, digits } = approximate(([x]) => Math.abs((x as number) - 0.3), { d: 1, r: 20, levels: 3 })
  for (const [l, digit] of digits.entries()) {
    const theta = Array.from(tapeFree.theta.subarray(6 * l, 6 * l + 6))
    expect(theta).toEqual(Array.from({ length: 6 }, (_, k) => (k < digit ? 1 : 0)))
  }
})

describe.each(SHAPES)('d = $d, m = $levels', (shape) => {
  test('the exact value at short points, in every form', () => {
    for (const given of cases(shape)) {
      const smooth: Form[] = given.levels >= 3 && given.r >= 2 ** given.d ? ['smooth'] : []
      for (const form of [...formsOf(given), ...smooth]) {
        const net = networkOf(given, form)
        for (const x of given.points) {
          const exact = net.exact(x).toNumber()
          // Only L2 rounds: s is exact, eps and eps aMin are not.
          const size = Math.abs(exact) + Math.abs(Number(net.aMin)) * net.eps.toNumber()
          expect(Math.abs(evaluate(net.tapeFree, x) - exact)).toBeLessThanOrEqual(1e-15 * size)
        }
      }
    }
  })
})

test.each([
  [1, 'counter'],
  [2, 'counter'],
  [2, 'universal'],
  [1, 'interpolating'],
  [1, 'smooth'],
  [2, 'smooth'],
] as const)('d = %i, %s, R = 400: to a few roundings of the exact value at any point', (d, form) => {
  const net = approximate((x) => Math.sqrt(x.reduce((sum, value) => sum + value)), { d, r: 400, form })
  const point = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: d, maxLength: d })
  fc.assert(
    fc.property(point, (x) => {
      // The smooth form starts on the first secant, which reaches sqrt(n - 1) < 20, and may round at every step.
      const rounding = form === 'smooth' ? 20 * net.R * 2 ** -53 : 2e-15
      expect(Math.abs(evaluate(net.tapeFree, x) - net.exact(x).toNumber())).toBeLessThanOrEqual(rounding)
    }),
    { numRuns: 20 },
  )
})
