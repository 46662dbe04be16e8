import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { approximate } from '../../src/theory/approximate.ts'
import type { RCNet } from '../../src/theory/rcnet.ts'
import { cone, corners, errors, expectPrinted, kink, root, root2, sine, type Target, waves } from './targets.ts'

const form = 'smooth'
const closed = (net: RCNet) => (x: number[]) => net.closedForm(x).toNumber()

// The table of docs/theory.md, at four levels: sup for r = 4, 16, 64, 256 of the smooth form / of the first order.
describe.each<[string, number, Target, readonly string[]]>([
  ['sin 2 pi x', 1, sine, ['.429/.707', '3.58e-2/.197', '3.17e-3/5.38e-2', '1.87e-4/1.29e-2']],
  ['sqrt x', 1, root, ['.164/.324', '7.35e-2/.162', '3.47e-2/8.09e-2', '1.54e-2/4.04e-2']],
  ['sin 2 pi x cos pi y', 2, waves, ['.997/.736', '.769/.653', '.217/.375', '5.04e-2/.194']],
  ['|x - 1/3| + |y - 2/3| / 2', 2, cone, ['.655/.417', '.167/.208', '8.66e-2/.104', '3.33e-2/5.21e-2']],
  ['sqrt(x + y)', 2, root2, ['.341/.732', '.197/.518', '.121/.366', '8.79e-2/.259']],
])('%s, d = %i', (_, d, f, printed) => {
  test.each(printed.map((pair, i) => ({ r: 4 ** (i + 1), pair })))('r = $r: $pair', ({ r, pair }) => {
    const [smooth, first] = pair.split('/') as [string, string]
    for (const [form, sup] of [
      ['smooth', smooth],
      ['counter', first],
    ] as const) {
      const net = approximate(f, { d, r, form, levels: 4 })
      expectPrinted(errors(net, f, closed(net))[0], sup)
    }
  })
})

const ramps: Target = ([x, y, z]) => Math.sin((x as number) + 2 * (y as number) + 3 * (z as number))

/** sup error on points that are aligned with no grid. */
function sup(f: Target, d: number, r: number, levels = 4): number {
  const net = approximate(f, { d, r, form, levels })
  const n = [4001, 97, 23][d - 1] as number
  const points = Array.from({ length: n ** d }, (_, k) =>
    Array.from({ length: d }, (_, i) => ((Math.floor(k / n ** i) % n) + 0.5) / n),
  )
  return Math.max(...points.map((x) => Math.abs(net.closedForm(x).toNumber() - f(x))))
}

test.each<[string, number, Target, number, number]>([
  ['sin 2 pi x', 1, sine, 16, 256],
  ['sin 2 pi x cos pi y', 2, waves, 16 ** 2, 64 ** 2],
  ['sin(x + 2 y + 3 z)', 3, ramps, 8 ** 3, 32 ** 3],
])('%s, d = %i: order 2 / d', (_, d, f, from, to) => {
  const order = Math.log(sup(f, d, from) / sup(f, d, to)) / Math.log(to / from)
  expect(Math.abs(order - 2 / d)).toBeLessThanOrEqual(0.15)
})

test('a kink on a node is met exactly but for the rounding of levels; more levels help elsewhere', () => {
  const net = approximate(kink, { d: 1, r: 64, form })
  expect(errors(net, kink, closed(net))[0]).toBeLessThan(1e-12)
  expect(sup(sine, 1, 256, 16)).toBeLessThan(0.6 * sup(sine, 1, 256, 4))
})

test('better than the first order at the same cost', () => {
  for (const [d, f] of [
    [1, sine],
    [2, waves],
  ] as const) {
    const first = approximate(f, { d, r: 1024, levels: 4 })
    expect(5 * sup(f, d, 1024)).toBeLessThan(errors(first, f, closed(first))[0])
  }
})

describe('the bounds are never violated', () => {
  const unit = fc.double({ min: -1, max: 1, noNaN: true })
  const waveOf = (d: number) =>
    fc
      .tuple(fc.array(fc.double({ min: -9, max: 9, noNaN: true }), { minLength: d, maxLength: d }), unit, unit)
      .map(([a, b, c]) => ({ a, b, c }))
  const sums = fc
    .integer({ min: 1, max: 3 })
    .chain((d) => fc.array(waveOf(d), { minLength: 1, maxLength: 4 }).map((waves) => ({ d, waves })))
  const shape = fc.record({ n: fc.integer({ min: 2, max: 9 }), levels: fc.integer({ min: 3, max: 9 }) })
  const points = fc.array(fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 3, maxLength: 3 }), {
    minLength: 4,
    maxLength: 4,
  })

  /** Sums of c g(a x + b), and the sum of |c| |a|^power. */
  function check(
    g: (t: number) => number,
    power: number,
    boundOf: (net: RCNet, constant: number) => number,
  ): (
    given: [{ d: number; waves: { a: number[]; b: number; c: number }[] }, { n: number; levels: number }, number[][]],
  ) => void {
    return ([{ d, waves }, { n, levels }, points]) => {
      const f: Target = (x) =>
        waves.reduce((sum, { a, b, c }) => sum + c * g(a.reduce((s, ai, i) => s + ai * (x[i] as number), b)), 0)
      const constant = waves.reduce(
        (sum, { a, c }) => sum + Math.abs(c) * Math.sqrt(a.reduce((s, ai) => s + ai * ai, 0)) ** power,
        0,
      )
      const net = approximate(f, { d, r: n ** d, levels, form })
      for (const x of [...points.map((point) => point.slice(0, d)), ...corners(d)]) {
        // f itself is rounded.
        expect(Math.abs(closed(net)(x) - f(x))).toBeLessThanOrEqual(boundOf(net, constant) + 1e-13)
      }
    }
  }

  test('by a Lipschitz function', () => {
    const holds = check(Math.abs, 1, (net, constant) => net.bound((distance) => constant * distance))
    fc.assert(fc.property(fc.tuple(sums, shape, points), holds))
  })

  test('by a function with second derivatives', () => {
    const holds = check(Math.sin, 2, (net, constant) => net.smoothBound(constant))
    fc.assert(fc.property(fc.tuple(sums, shape, points), holds))
  })

  test('their numbers', () => {
    const net = approximate(([x]) => x as number, { d: 2, r: 36, form })
    expect(net.bound((distance) => 3 * distance)).toBeCloseTo((3 * Math.SQRT2) / 5 + 3 / 5 / 2, 12)
    expect(net.smoothBound(8)).toBeCloseTo(((0.25 + 0.25) * 8) / 25, 12)
  })
})
