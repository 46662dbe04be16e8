import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { band, line, panel, points, rule, span } from '../../src/plot/index.ts'
import { checkAxis, domainOf, labelWidth, makeScale } from '../../src/plot/scale.ts'

const data = (...y: number[]) => [line({ x: y.map((_, i) => i), y })]

describe('domainOf', () => {
  test.each([
    ['round ends', [3, 97], [0, 100]],
    ['zero where the data come near it', [12, 50], [0, 50]],
    ['no zero far from it', [96, 99], [96, 99]],
    ['both signs', [-37, 42], [-40, 60]],
    ['negative data near zero', [-50, -12], [-50, 0]],
    ['gaps and infinities are left out', [Number.NaN, 0, Number.POSITIVE_INFINITY, 10], [0, 10]],
    ['a constant stands in the middle', [4, 4], [2, 6]],
    ['also zero', [0, 0], [-1, 1]],
    ['what differs by rounding only', [4, 4 + 4e-15], [2, 6]],
    ['what no axis can hold', [1e300, 0, 1], [0, 1]],
    ['no data', [], [0, 1]],
    ['only gaps', [Number.NaN], [0, 1]],
  ])('%s', (_, y, domain) => {
    const found = domainOf({}, 'y', data(...y), true)
    expect(found[0]).toBeLessThanOrEqual(domain[0] as number)
    expect(found[1]).toBeGreaterThanOrEqual(domain[1] as number)
    expect(found).toEqual(domain)
  })

  test('all layers count; x keeps the exact ends', () => {
    const layers = [
      band({ x: [1, 2.5], lo: [-7, 0], hi: [1, 90] }),
      rule({ y: 120 }),
      rule({ x: 3.3 }),
      span({ x0: -1, x1: 2 }),
      points({ x: [0], y: [5] }),
    ]
    expect(domainOf({}, 'x', layers, false)).toEqual([-1, 3.3])
    expect(domainOf({}, 'y', layers, true)).toEqual([-20, 120])
  })

  test.each([
    [
      [0.003, 0.8],
      [0.002, 1],
    ],
    [
      [1, 1000],
      [1, 1000],
    ],
    [
      [7, 7],
      [5, 10],
    ],
    [
      [10, 10],
      [5, 20],
    ],
    [[], [0.1, 10]],
  ])('log of %j ends at 1, 2 or 5', (y, domain) => {
    expect(domainOf({ log: true }, 'y', data(...y), true)).toEqual(domain)
  })

  test('a domain that is given is kept', () => {
    expect(domainOf({ domain: [-1, 3] }, 'y', data(50), true)).toEqual([-1, 3])
  })
})

describe('errors', () => {
  test.each([
    [() => checkAxis('x', { domain: [1, 1] }), 'x.domain must be increasing, by more than rounding, got [1, 1]'],
    [
      () => checkAxis('y', { domain: [0, Number.POSITIVE_INFINITY] }),
      'y.domain must be increasing, by more than rounding, got [0, Infinity]',
    ],
    [() => checkAxis('y', { domain: [0, 1], log: true }), 'y.domain of a log axis must be > 0, got [0, 1]'],
  ])('%s', (run, message) => {
    expect(run).toThrow(new RangeError(message))
  })

  test('what cannot stand on a log axis is refused, naming the layer', () => {
    const loss = line({ x: [0, 1, 2], y: [1, 0, Number.NaN], label: 'held out' })
    const message = "line 'held out': y[1] = 0 on a log axis, use NaN for a gap or a linear axis"
    expect(() => panel({ x: {}, y: { log: true }, layers: [loss] })).toThrow(new RangeError(message))
    expect(() => panel({ x: { log: true }, y: {}, layers: [loss] })).toThrow(/x\[0\] = 0 on a log axis/)
    expect(() => panel({ x: {}, y: { log: true, domain: [1, 2] }, layers: [rule({ y: -1 })] })).toThrow(
      /rule: y\[0\] = -1/,
    )
    const shaded = band({ x: [1], lo: [0], hi: [1], label: '90 %' })
    expect(() => panel({ x: {}, y: { log: true }, layers: [shaded] })).toThrow(/band '90 %': lo\[0\] = 0/)
  })
})

describe('makeScale', () => {
  const axes = fc.record({
    log: fc.boolean(),
    direction: fc.constantFrom('x' as const, 'y' as const),
    lo: fc.double({ min: -1e9, max: 1e9, noNaN: true }),
    width: fc.double({ min: 1e-6, max: 1e9, noNaN: true }),
    length: fc.integer({ min: 40, max: 1200 }),
  })

  test('labels never touch, ticks stand in the range, in order (property)', () => {
    fc.assert(
      fc.property(axes, ({ log, direction, lo, width, length }) => {
        const domain: [number, number] = log
          ? [Math.abs(lo) + 1e-9, (Math.abs(lo) + 1e-9) * (1 + width)]
          : [lo, lo + width]
        if (!(domain[0] < domain[1])) return
        const { ticks, minor } = makeScale(
          { log },
          direction,
          domain,
          direction === 'x' ? [10, 10 + length] : [length, 0],
        )
        const places = ticks.map(({ at }) => at)
        for (const at of [...places, ...minor]) {
          expect(at).toBeGreaterThanOrEqual(-0.01)
          expect(at).toBeLessThanOrEqual(length + 10.01)
        }
        expect(places).toEqual([...places].sort((a, b) => (direction === 'x' ? a - b : b - a)))
        for (const [i, tick] of ticks.slice(1).entries()) {
          const before = ticks[i] as { at: number; label: string }
          const need = direction === 'x' ? (labelWidth(before) + labelWidth(tick)) / 2 : 14
          expect(Math.abs(tick.at - before.at)).toBeGreaterThan(need)
        }
        expect(new Set(ticks.map(({ label }) => label)).size).toBe(ticks.length)
      }),
      { seed: 1, numRuns: 2000 },
    )
  })

  test('a log axis has decades, and tells what is between', () => {
    const { ticks, minor } = makeScale({ log: true }, 'y', [1e-3, 1], [300, 0])
    expect(ticks).toEqual([
      { at: 300, label: '0.001' },
      { at: 200, label: '0.01' },
      { at: expect.closeTo(100, 9), label: '0.1' },
      { at: 0, label: '1' },
    ])
    expect(minor).toHaveLength(24)
  })

  test.each([
    [
      [1e-14, 1],
      ['10⁻¹⁴', '10⁻¹¹', '10⁻⁸', '10⁻⁵', '10⁻²'],
    ],
    [
      [2, 50],
      ['2', '5', '10', '20', '50'],
    ],
    [
      [3, 4],
      ['3.0', '3.2', '3.4', '3.6', '3.8', '4.0'],
    ],
  ])('log ticks of %j', (domain, labels) => {
    const { ticks } = makeScale({ log: true }, 'y', domain as [number, number], [240, 0])
    expect(ticks.map(({ label }) => label)).toEqual(labels)
  })
})
