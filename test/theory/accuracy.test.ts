import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { approximate } from '../../src/theory/approximate.ts'
import { formsOf } from './cases.ts'
import { cone, corners, errors, expectPrinted, kink, root, root2, sine, type Target, waves } from './targets.ts'

// The table of docs/theory.md: sup / mean for r = 4, 16, 64, by literal exact compositions at one level; 256 and 1024 by the
// closed form, which is the same function.
const TABLE: readonly [name: string, d: number, f: Target, printed: readonly string[]][] = [
  ['sin 2 pi x', 1, sine, ['1.00/.637', '.378/.145', '9.81e-2/2.92e-2', '2.45e-2/7.5e-3']],
  ['|x - 1/3|', 1, kink, ['.167/9.4e-2', '4.17e-2/2.5e-2', '1.04e-2/6.5e-3', '2.60e-3/1.6e-3']],
  ['sqrt x', 1, root, ['.259/.103', '.129/3.4e-2', '6.47e-2/1.5e-2', '3.24e-2/7.9e-3']],
  ['sin 2 pi x cos pi y', 2, waves, ['.997/.404', '.997/.404', '.687/.177', '.339/9.3e-2']],
  ['|x - 1/3| + |y - 2/3| / 2', 2, cone, ['.500/.122', '.250/9.4e-2', '.139/5.0e-2', '6.25e-2/2.4e-2']],
  ['sqrt(x + y)', 2, root2, ['.586/.157', '.414/7.5e-2', '.293/3.9e-2', '.207/2.3e-2']],
]

describe.each(TABLE)('%s, d = %i', (_, d, f, printed) => {
  test.each(printed.map((pair, i) => ({ r: 4 ** (i + 1), pair })))('r = $r: $pair', ({ r, pair }) => {
    const net = approximate(f, { d, r })
    const value = (x: number[]): number => (r <= 64 ? net.exact(x) : net.closedForm(x)).toNumber()
    const [sup, mean] = errors(net, f, value)
    const [printedSup, printedMean] = pair.split('/') as [string, string]
    expectPrinted(sup, printedSup)
    expectPrinted(mean, printedMean)
  })
})

test.each<[string, Target, object, string]>([
  ['sin, 8 levels', sine, { d: 1, levels: 8 }, '1.23e-2'],
  ['sin, 8 levels, interpolating', sine, { d: 1, levels: 8, form: 'interpolating' }, '1.50e-3'],
  ['sqrt x, 8 levels, interpolating', root, { d: 1, levels: 8, form: 'interpolating' }, '1.08e-2'],
  ['waves, 4 levels', waves, { d: 2, levels: 4 }, '.194'],
  ['cone, 4 levels', cone, { d: 2, levels: 4 }, '5.2e-2'],
])('%s, r = 256', (_, f, options, printed) => {
  const net = approximate(f, { d: 1, r: 256, ...options })
  expectPrinted(errors(net, f, (x) => net.closedForm(x).toNumber())[0], printed)
})

describe('the bound of the theorem', () => {
  const unit = fc.double({ min: -1, max: 1, noNaN: true })
  const waveOf = (d: number) =>
    fc.tuple(fc.array(unit, { minLength: d, maxLength: d }), unit, unit).map(([a, b, c]) => ({ a, b, c }))

  /** A sum of folds c |a x - b|: Lipschitz with constant sum of |c| |a|. */
  const lipschitz = fc.integer({ min: 1, max: 3 }).chain((d) =>
    fc.array(waveOf(d), { minLength: 1, maxLength: 5 }).map((folds) => {
      const f: Target = (x) =>
        folds.reduce((sum, { a, b, c }) => sum + c * Math.abs(a.reduce((s, ai, i) => s + ai * (x[i] as number), -b)), 0)
      const constant = folds.reduce(
        (sum, { a, c }) => sum + Math.abs(c) * Math.sqrt(a.reduce((s, ai) => s + ai * ai, 0)),
        0,
      )
      return { d, f, constant }
    }),
  )
  const shape = fc.record({ r: fc.integer({ min: 1, max: 100 }), levels: fc.integer({ min: 1, max: 5 }) })
  const points = fc.array(fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 3, maxLength: 3 }), {
    minLength: 4,
    maxLength: 4,
  })

  test('is never violated by a Lipschitz function', () => {
    fc.assert(
      fc.property(lipschitz, shape, points, ({ d, f, constant }, { r, levels }, points) => {
        for (const form of formsOf({ d, r, levels, samples: [], points: [] })) {
          const net = approximate(f, { d, r, levels, form })
          const bound = net.bound((distance) => constant * distance)
          for (const x of [...points.map((point) => point.slice(0, d)), ...corners(d)]) {
            // f itself is rounded.
            expect(Math.abs(net.closedForm(x).toNumber() - f(x))).toBeLessThanOrEqual(bound + 1e-14)
          }
        }
      }),
    )
  })

  test('holds for the functions of the table', () => {
    const omega: Record<string, (distance: number) => number> = {
      'sin 2 pi x': (t) => 2 * Math.PI * t,
      '|x - 1/3|': (t) => t,
      'sqrt x': Math.sqrt,
      'sin 2 pi x cos pi y': (t) => 2 * Math.PI * t,
      '|x - 1/3| + |y - 2/3| / 2': (t) => Math.sqrt(5 / 4) * t,
      'sqrt(x + y)': (t) => Math.sqrt(Math.SQRT2 * t),
    }
    for (const [name, d, f] of TABLE) {
      for (const r of [1, 5, 30, 256]) {
        const net = approximate(f, { d, r })
        const [sup] = errors(net, f, (x) => net.closedForm(x).toNumber())
        expect(sup).toBeLessThanOrEqual(net.bound(omega[name] as (distance: number) => number))
      }
    }
  })

  test('its numbers', () => {
    const omega = (distance: number): number => 3 * distance
    const bound = (d: number, r: number, levels: number, form: 'counter' | 'interpolating' = 'counter') =>
      approximate(() => 0, { d, r, levels, form }).bound(omega)
    expect(bound(1, 10, 1)).toBeCloseTo(0.45, 14)
    expect(bound(4, 16, 3)).toBeCloseTo(3 + 0.25, 14)
    expect(bound(1, 11, 2, 'interpolating')).toBeCloseTo(0.3 * 1.25, 14)
    expect(approximate(() => 0, { d: 1, r: 4 }).bound(() => 0)).toBe(2 ** -49)
  })
})
