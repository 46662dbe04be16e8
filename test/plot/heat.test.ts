import { describe, expect, test } from 'vitest'
import { figure, type HeatOptions, heat, type Layer, line, panel, rule } from '../../src/plot/index.ts'
import { rampColors, ramps, STEPS } from '../../src/plot/ramps.ts'
import { type Element, findAll, parseXml, textOf } from './xml.ts'

const text = (...layers: Layer[]): string => figure({ title: 'T', panels: [panel({ x: {}, y: {}, layers })] })
const one = (...layers: Layer[]): Element => parseXml(text(...layers))
const classOf = ({ attributes }: Element): string => attributes.get('class') ?? ''
/** [step, rectangles as x0, y0, x1, y1] of every colour inside the frame. */
function cells(svg: Element, ramp: string): [number, number[][]][] {
  const inner = findAll(svg, 'svg').flatMap((frame) => findAll(frame, 'path'))
  return inner
    .filter((path) => classOf(path).startsWith(`${ramp}-`))
    .map((path) => {
      const rects = [...(path.attributes.get('d') ?? '').matchAll(/M([\d.]+),([\d.]+)H([\d.]+)V([\d.]+)H\1z/g)]
      return [Number(classOf(path).split('-')[1]), rects.map((rect) => rect.slice(1).map(Number))]
    })
}
const ticks = (svg: Element): string[] =>
  findAll(svg, 'text')
    .filter((label) => classOf(label) === 'tick' && !label.attributes.has('text-anchor'))
    .map(textOf)

describe('cells', () => {
  test('runs of one colour along a row are one rectangle, and the same runs of neighbouring rows too', () => {
    const values = [0, 0, 9, 0, 0, 9, 5, 0, 9]
    const found = cells(one(heat({ x: [0, 1, 2, 3], y: [0, 1, 2, 3], values })), 'sequential')
    expect(found.map(([step, rects]) => [step, rects.length])).toEqual([
      [0, 2],
      [Math.floor((5 / 9) * STEPS), 1],
      [STEPS - 1, 1],
    ])
    const [[square, cell], [middle], [column]] = found.map(([, rects]) => rects) as [number[][], number[][], number[][]]
    const side = ((column?.[2] ?? 0) - (column?.[0] ?? 0)) as number
    expect((square?.[2] ?? 0) - (square?.[0] ?? 0)).toBeCloseTo(2 * side, 1)
    // y grows upwards: rows 0 and 1 from the bottom of the frame, row 2 on top.
    expect(square?.[1]).toBe(column?.[1])
    expect(square?.[3]).toBe(middle?.[1])
    expect([middle?.[2], middle?.[1]]).toEqual([cell?.[0], cell?.[1]])
    expect(column?.[3]).toBe(cell?.[3])
  })

  test('they fill the frame exactly: ends are not rounded', () => {
    const svg = one(heat({ x: [0.13, 0.5, 0.87], y: [3.3, 4, 7.1], values: [1, 2, 3, 4] }))
    const rects = cells(svg, 'sequential').flatMap(([, list]) => list)
    const axis =
      findAll(svg, 'path')
        .find((path) => classOf(path) === 'axis')
        ?.attributes.get('d') ?? ''
    const [, left, bottom, right] = (/^M([\d.]+),([\d.]+)H([\d.]+)/.exec(axis) ?? []).map(Number)
    expect(Math.min(...rects.map(([x0]) => x0 as number))).toBe(left)
    expect(Math.max(...rects.map(([, , x1]) => x1 as number))).toBe(right)
    expect(Math.max(...rects.map(([, y0]) => y0 as number))).toBe(bottom)
  })

  test('centres stand for edges halfway', () => {
    const values = [1, 2, 3, 4, 5, 6]
    const centres = heat({ x: [1, 2, 4], y: [0, 2], values })
    expect([centres.x, centres.y]).toEqual([
      [0.5, 1.5, 3, 5],
      [-1, 1, 3],
    ])
    const edges = heat({ x: [0.5, 1.5, 3, 5], y: [-1, 1, 3], values })
    expect(text(centres)).toBe(text(edges))
  })

  test('what is not finite is a gap; nothing else is no data', () => {
    const values = [1, Number.NaN, Number.POSITIVE_INFINITY, 2]
    const found = cells(one(heat({ x: [0, 1], y: [0, 1], values })), 'sequential')
    expect(found.map(([step, rects]) => [step, rects.length])).toEqual([
      [0, 1],
      [STEPS - 1, 1],
    ])
    const empty = one(heat({ x: [0, 1], y: [0, 1], values: values.map(() => Number.NaN) }))
    expect(findAll(empty, 'text').map(textOf)).toContain('no data')
    expect(ticks(empty)).toEqual([])
  })

  test('a constant has the middle colour, what is beyond the domain the colour of its end', () => {
    const constant = cells(one(heat({ x: [0, 1], y: [0, 1], values: [7, 7, 7, 7] })), 'sequential')
    expect(constant.map(([step]) => step)).toEqual([(STEPS - 1) / 2])
    const clipped = one(heat({ x: [0, 1], y: [0, 1], values: [0, 1, 99, 1.5], domain: [1, 2] }))
    expect(cells(clipped, 'sequential').map(([step]) => step)).toEqual([0, (STEPS - 1) / 2, STEPS - 1])
  })

  test('a log scale has equal steps for equal factors', () => {
    const values = [1e-6, 1e-3, 1, Number.NaN]
    const found = cells(one(heat({ x: [0, 1], y: [0, 1], values, log: true, domain: [1e-6, 1] })), 'sequential')
    expect(found.map(([step]) => step)).toEqual([0, (STEPS - 1) / 2, STEPS - 1])
  })

  test('they lie below lines, and take the place of the grid', () => {
    const drawing = text(heat({ x: [0, 1], y: [0, 1], values: [1, 2, 3, 4] }), line({ x: [0, 1], y: [0, 1] }))
    expect(drawing.lastIndexOf('class="sequential-')).toBeGreaterThan(0)
    expect(drawing.indexOf('<svg', 9)).toBeLessThan(drawing.indexOf('class="line'))
    expect(drawing).not.toContain('class="grid"')
  })
})

describe('colours', () => {
  test('signed values diverge from 0, symmetrically', () => {
    const svg = one(heat({ x: [0, 1], y: [0, 1], values: [-1, 0, 4, 2] }))
    const steps = cells(svg, 'diverging').map(([step]) => step)
    expect(steps).toEqual([Math.floor((3 / 8) * STEPS), (STEPS - 1) / 2, Math.floor((6 / 8) * STEPS), STEPS - 1])
    expect(
      ticks(svg)
        .map((label) => label.replace('−', '-'))
        .map(Number),
    ).toEqual([-4, -2, 0, 2, 4])
    const plain = one(heat({ x: [0, 1], y: [0, 1], values: [-1, 0, 4, 2], ramp: 'sequential' }))
    expect(cells(plain, 'diverging')).toEqual([])
    expect(cells(plain, 'sequential')[0]?.[0]).toBe(0)
  })

  /** CIELAB L* of #rrggbb (sRGB, D65: IEC 61966-2-1 and CIE 15). */
  function lightness(color: string): number {
    const [r, g, b] = [1, 3, 5].map((at) => {
      const value = Number.parseInt(color.slice(at, at + 2), 16) / 255
      return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4
    }) as [number, number, number]
    const luminance = 0.2126 * r + 0.7152 * g + 0.0722 * b
    return luminance > 0.008856 ? 116 * Math.cbrt(luminance) - 16 : 903.3 * luminance
  }

  test.each(ramps.flatMap((ramp) => [0, 1].map((mode) => ({ ramp, mode }) as { ramp: typeof ramp; mode: 0 | 1 })))(
    '$ramp, theme $mode: lightness goes in equal steps',
    ({ ramp, mode }) => {
      const shades = rampColors(ramp, mode).map(lightness)
      expect(shades).toHaveLength(STEPS)
      const half = ramp === 'diverging' ? (STEPS - 1) / 2 : STEPS - 1
      for (const part of [shades.slice(0, half + 1), shades.slice(-half - 1).reverse()]) {
        const step = ((part.at(-1) as number) - (part[0] as number)) / half
        expect(Math.abs(step)).toBeGreaterThan(2.5)
        // Eight bits a channel round L* by up to half a step or so of 2.5.
        for (const [i, value] of part.entries())
          expect(Math.abs(value - (part[0] as number) - i * step)).toBeLessThan(0.8)
      }
    },
  )

  test('the style sheet holds the ramps that are used, and no others', () => {
    const signed = text(heat({ x: [0, 1], y: [0, 1], values: [-1, 0, 4, 2] }))
    expect(signed.match(/\.diverging-\d+\{fill/g)).toHaveLength(2 * STEPS)
    expect(signed).not.toContain('.sequential-')
    expect(text(line({ x: [0], y: [0] }))).not.toMatch(/diverging|sequential/)
  })
})

describe('the key', () => {
  test('has round ticks, decades on a log scale', () => {
    expect(ticks(one(heat({ x: [0, 1], y: [0, 1], values: [0, 1, 2, 8] })))).toEqual(['0', '2', '4', '6', '8'])
    const log = heat({ x: [0, 1], y: [0, 1], values: [1e-4, 1, 2, 100], log: true })
    expect(ticks(one(log))).toEqual(['10⁻⁴', '10⁻³', '10⁻²', '10⁻¹', '10⁰', '10¹', '10²'])
  })

  test('stands right of the frame and of the labels of rules, and can be left out', () => {
    const cellsOf = heat({ x: [0, 1], y: [0, 1], values: [0, 1, 2, 8], label: 'error' })
    const svg = one(cellsOf, rule({ y: 0.5, label: 'a long label of a rule' }))
    const [label] = findAll(svg, 'text').filter((label) => textOf(label).startsWith('a long'))
    const tick = findAll(svg, 'text').find((label) => textOf(label) === '6')
    expect(Number(tick?.attributes.get('x'))).toBeGreaterThan(Number(label?.attributes.get('x')) + 100)
    expect(findAll(svg, 'text').map(textOf)).toContain('error')
    expect(findAll(svg, 'desc').map(textOf)[0]).toContain("heat 'error'")
    expect(ticks(one({ ...cellsOf, key: false }))).toEqual([])
  })
})

test.each<[Partial<HeatOptions>, string]>([
  [{ values: [1, 2, 3] }, 'heat needs 4 values (x and y are centres) or 1 (edges) for 2 x and 2 y, got 3'],
  [{ x: [0] }, 'heat needs two centres or edges at least along x and y, got 1 and 2'],
  [{ x: [0, 0] }, 'heat: x must be finite and increase, got x[1] = 0 after 0'],
  [{ y: [Number.NaN, 0] }, 'heat: y must be finite and increase, got y[0] = NaN after -Infinity'],
  [{ domain: [2, 1] }, 'heat.domain must be increasing, by more than rounding, got [2, 1]'],
  [{ domain: [0, 1], log: true }, 'heat.domain of a log axis must be > 0, got [0, 1]'],
  [
    { values: [1, 2, 0, 4], log: true, label: 'error' },
    "heat 'error': values[2] = 0 on a log scale, use NaN for a gap or a linear scale",
  ],
  [{ log: true, ramp: 'diverging' }, "heat: ramp 'diverging' has a middle, which a log scale has not"],
  [{ ramp: 'rainbow' as 'diverging' }, "heat: ramp must be one of sequential, diverging, got 'rainbow'"],
])('%j is refused', (options, message) => {
  const good = { x: [0, 1], y: [0, 1], values: [1, 2, 3, 4] }
  expect(() => heat({ ...good, ...options })).toThrow(new RangeError(message))
})
