import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { approximate } from '../../src/theory/approximate.ts'
import type { RCNet } from '../../src/theory/rcnet.ts'
import { evaluatePlain, exactRange } from '../../src/theory/rcnet-plain.ts'

const LEVELS = [1, 2, 3, 4, 5, 6, 7, 8, 16, 31]

const networks = (R: number, levels: number, form: 'counter' | 'universal' | 'interpolating' = 'counter') =>
  fc.array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: R, maxLength: R }).map((samples) => {
    let l = 0
    return approximate(() => samples[l++] as number, { d: 1, r: R, levels, form })
  })
const short = fc.nat(2 ** 30).map((k) => k / 2 ** 30)

/** The composition of `net.layers` with the terms of each sum in order of size: the worst order there is. */
function anotherOrder(net: RCNet, x: number): number {
  const apply = ({ W, b }: RCNet['readIn'], z: readonly number[], relu: boolean): number[] =>
    W.map((row, i) => {
      const terms = [...row.map((weight, j) => weight * (z[j] as number)), b[i] as number].sort((p, q) => p - q)
      const sum = terms.reduce((sum, term) => sum + term, 0)
      return relu ? Math.max(0, sum) : sum
    })
  let z = apply(net.readIn, [x], false)
  for (let k = 0; k < net.R; k++) {
    z = net.layers.reduce((z, layer, i) => apply(layer, z, i < 2), z)
  }
  return ((z[net.registers.indexOf('s')] as number) + Number(net.aMin)) * net.eps.toNumber()
}

test('the range is that of 53 bits: 18 compositions at one level, 13 at 3, 9 at 8', () => {
  expect([1, 3, 8].map(exactRange)).toEqual([18, 13, 9])
  expect(approximate(() => 1, { d: 1, r: 5, levels: 3 }).exactRange).toBe(13)
})

describe.each(LEVELS)('%i levels', (levels) => {
  const R = exactRange(levels)

  test.each(['counter', 'universal', 'interpolating'] as const)(
    '%s: equal to the exact value up to the limit',
    (form) => {
      fc.assert(
        fc.property(networks(R, levels, form), short, (net, x) => {
          expect(net.evalPlain([x])).toBe(net.exact([x]).toNumber())
        }),
        { numRuns: 20 },
      )
    },
  )

  test('in whatever order the sums are taken', () => {
    fc.assert(
      fc.property(networks(R, levels), short, (net, x) => {
        expect(Math.abs(anotherOrder(net, x) - net.exact([x]).toNumber())).toBeLessThanOrEqual(1e-13)
      }),
      { numRuns: 20 },
    )
  })

  test('at points with all their bits: to 1e-12 of a level', () => {
    fc.assert(
      fc.property(networks(R, levels), fc.double({ min: 0, max: 1, noNaN: true }), (net, x) => {
        const error = net.evalPlain([x]) - net.exact([x]).toNumber()
        expect(Math.abs(error)).toBeLessThanOrEqual(1e-12 * net.eps.toNumber() + 4e-16)
      }),
      { numRuns: 20 },
    )
  })

  test('beyond it refused', () => {
    const net = approximate(([x]) => x as number, { d: 1, r: R + 1, levels })
    expect(() => net.evalPlain([0.5])).toThrow(
      new RangeError(
        `R must be <= ${R} for evalPlain at levels = ${levels}, got ${R + 1}: doubles hold 53 bits and the tape has ` +
          `${(R + 1) * Math.log2(net.B)}; use exact(x), or a smaller r`,
      ),
    )
  })
})

// 1 - x falls at every node, and the symbol of a fall is the one whose last bit matters.
test.each([
  [1, 19, 2],
  [8, 10, 1],
])('at %i level(s) %i compositions would be wrong by whole levels', (levels, r, off) => {
  const net = approximate(([x]) => 1 - (x as number), { d: 1, r, levels })
  const error = evaluatePlain(net.plan, Float64Array.of(1)) - net.exact([1]).toNumber()
  expect(error).toBeCloseTo(off * net.eps.toNumber(), 12)
})

test('and at R = 400 garbage', () => {
  const net = approximate(([x]) => Math.sqrt(x as number), { d: 1, r: 400 })
  const error = evaluatePlain(net.plan, Float64Array.of(1)) - net.exact([1]).toNumber()
  expect(error).toBeLessThan(-0.8)
})

test('two and three dimensions, and the carrier', () => {
  const point = fc.array(short, { minLength: 3, maxLength: 3 })
  for (const form of ['counter', 'universal', 'carrier'] as const) {
    for (const [d, r] of [
      [1, 18],
      [2, 18],
      [3, 8],
    ] as const) {
      const net = approximate((x) => x.reduce((sum, value, i) => sum + Math.abs(value - 0.3 * i), 0), { d, r, form })
      fc.assert(
        fc.property(point, (x) => {
          expect(net.evalPlain(x.slice(0, d))).toBe(net.exact(x.slice(0, d)).toNumber())
        }),
        { numRuns: 30 },
      )
    }
  }
})
