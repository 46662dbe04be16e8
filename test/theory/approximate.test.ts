import { describe, expect, test } from 'vitest'
import { type ApproximateOptions, approximate } from '../../src/theory/approximate.ts'
import { Dyadic } from '../../src/theory/dyadic.ts'
import { FORMS } from '../../src/theory/machine.ts'

const sum = (x: number[]): number => x.reduce((s, value) => s + value, 0)

describe('small and flat cases', () => {
  test('constants of any size are exact', () => {
    for (const value of [0, 1, -3.25, 1e300, -1e-300, 2 ** -40]) {
      for (const form of FORMS) {
        const net = approximate(() => value, { d: 1, r: 5, form })
        // A level is at least 2^-48, and a value is off by half a level at most.
        expect(Math.abs(net.exact([0.3]).toNumber() - value)).toBeLessThanOrEqual(2 ** -49)
      }
    }
  })

  test('r = 1: the value at the centre', () => {
    for (const d of [1, 2, 3, 20]) {
      const net = approximate(sum, { d, r: 1 })
      expect([net.n, net.R, net.compositions]).toEqual([1, 1, 1])
      expect(net.exact(new Array(d).fill(0.9)).toNumber()).toBe(d / 2)
    }
  })

  test('r below 2^d: one cell', () => {
    const net = approximate(sum, { d: 3, r: 7 })
    expect([net.n, net.R]).toEqual([1, 1])
    expect(net.exact([0, 0, 1]).toNumber()).toBe(1.5)
  })

  test('r between powers: the largest grid that fits', () => {
    expect(approximate(sum, { d: 2, r: 99 })).toMatchObject({ n: 9, R: 81, r: 99, levels: 1, form: 'counter' })
    expect(approximate(sum, { d: 1, r: 99, form: 'interpolating' })).toMatchObject({ n: 99, R: 99 })
    expect(approximate(sum, { d: 3, r: 1000, form: 'carrier' })).toMatchObject({ n: 10, R: 1000, compositions: 1001 })
  })

  test('tiny and huge functions', () => {
    for (const scale of [1e-12, 1e12, 1e200]) {
      const net = approximate(([x]) => scale * (x as number), { d: 1, r: 64, form: 'interpolating' })
      expect(Math.abs(net.exact([0.3]).toNumber() / scale - 0.3)).toBeLessThan(0.01)
    }
  })

  test('f is asked once a node, in the order of the path, with arrays of its own', () => {
    const asked: number[][] = []
    approximate((x) => asked.push(x), { d: 2, r: 5 })
    expect(asked).toEqual([
      [0.25, 0.25],
      [0.75, 0.25],
      [0.75, 0.75],
      [0.25, 0.75],
    ])
  })

  test('points as numbers, texts and exact numbers', () => {
    const net = approximate(sum, { d: 2, r: 16 })
    const value = net.exact([0.375, 0.75]).toString()
    expect(net.exact(['3/8', '6/2^3']).toString()).toBe(value)
    expect(net.exact([Dyadic.of(3n, -3), Dyadic.of(3n, -2)]).toString()).toBe(value)
  })
})

describe('what is refused', () => {
  const refuse = (
    options: Partial<Record<keyof ApproximateOptions, unknown>>,
    error: Error,
    f: unknown = sum,
  ): void => {
    expect(() => approximate(f as typeof sum, { d: 1, r: 4, ...options } as ApproximateOptions)).toThrow(error)
  }

  test('options out of range', () => {
    for (const d of [0, 1.5, 21, -1, Number.NaN]) {
      refuse({ d }, new RangeError(`d must be an integer from 1 to 20, got ${d}`))
    }
    for (const r of [0, 2.5, 2 ** 20 + 1, Infinity, undefined]) {
      refuse({ r }, new RangeError(`r must be an integer from 1 to 1048576, got ${r}`))
    }
    for (const levels of [0, 257, 0.5]) {
      refuse({ levels }, new RangeError(`levels must be an integer from 1 to 256, got ${levels}`))
    }
    const forms = 'counter, carrier, universal, interpolating, smooth'
    refuse({ form: 'interp' }, new RangeError(`form must be one of ${forms}, got "interp"`))
  })

  test('interpolation where there is nothing to interpolate', () => {
    const form = 'interpolating'
    refuse(
      { form, d: 2 },
      new RangeError("d must be 1 for form 'interpolating', got 2: use form 'counter' or 'universal'"),
    )
    refuse(
      { form, r: 1 },
      new RangeError("r must be >= 2 for form 'interpolating', got 1: its nodes are both ends of [0, 1]"),
    )
  })

  test('the smooth form where it has no cells, too many axes or too few levels', () => {
    const form = 'smooth'
    refuse(
      { form, d: 4, r: 16 },
      new RangeError("d must be <= 3 for form 'smooth', got 4: use form 'counter' or 'universal'"),
    )
    refuse(
      { form, d: 3, r: 7 },
      new RangeError("r must be >= 8 for form 'smooth' at d = 3, got 7: its nodes include the corners"),
    )
    refuse({ form, levels: 2 }, new RangeError('levels must be an integer from 3 to 256, got 2'))
    expect(() => approximate(sum, { d: 1, r: 4 }).smoothBound(1)).toThrow(
      new RangeError("form must be 'smooth' for smoothBound, got 'counter': use bound(omega)"),
    )
    expect(() => approximate(sum, { d: 1, r: 4, form }).smoothBound(-1)).toThrow(
      new RangeError('curvature must be a finite number >= 0, got -1'),
    )
  })

  test('functions that are none, or not finite', () => {
    refuse({}, new TypeError('f must be a function of an array of d numbers, got string'), 'x')
    refuse({}, new TypeError('f must return a number, got undefined at x = [0.125]'), () => undefined)
    const pole = ([x]: number[]) => 1 / ((x as number) - 0.375)
    refuse({}, new RangeError('f must be finite on [0, 1]^d, got Infinity at x = [0.375]'), pole)
    refuse({ d: 2 }, new RangeError('f must be finite on [0, 1]^d, got NaN at x = [0.25, 0.25]'), () => Number.NaN)
    expect(() => approximate(sum, undefined as unknown as ApproximateOptions)).toThrow(
      new TypeError('options must be { d, r }, got undefined'),
    )
  })

  test('points outside the cube, or no points', () => {
    const net = approximate(sum, { d: 2, r: 4 })
    const calls: ((x: number[]) => unknown)[] = [
      (x) => net.exact(x),
      (x) => net.trace(x),
      (x) => net.closedForm(x),
      (x) => net.evalPlain(x),
    ]
    for (const call of calls) {
      const at = (x: unknown) => () => call(x as number[])
      expect(at([0.5])).toThrow(new RangeError('x must hold 2 numbers, got 1'))
      expect(at(0.5)).toThrow(new TypeError('x must be an array of 2 numbers, got number'))
      expect(at([0.5, 1.5])).toThrow(
        new RangeError('x[1] must be in [0, 1], got 1.5: scale the domain of f to the unit cube'),
      )
      expect(at([-1e-9, 0])).toThrow(/^x\[0\] must be in \[0, 1\], got -1e-9/)
      expect(at([Number.NaN, 0])).toThrow(new RangeError('x[0] must be finite, got NaN'))
      expect(at(['1/3', 0])).toThrow(/^x\[0\] must be 'p', 'p\/q' or 'p\/2\^k'/)
    }
    expect(() => net.exact([0, 0], -1)).toThrow(
      new RangeError('compositions must be an integer from 0 to 16777216, got -1'),
    )
  })
})

test('large r compiles at once', () => {
  const net = approximate(([x, y]) => Math.sqrt((x as number) + (y as number)), { d: 2, r: 65536, levels: 4 })
  expect(net.R).toBe(65536)
  expect(Math.abs(net.closedForm([0.3, 0.6]).toNumber() - Math.sqrt(0.9))).toBeLessThan(0.01)
})
