import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type * as plot from '../../src/plot/index.ts'
import {
  arrows,
  band,
  colors,
  figure,
  heat,
  line,
  type Panel,
  panel,
  points,
  rule,
  span,
} from '../../src/plot/index.ts'
import { type Element, findAll, parseXml, textOf } from './xml.ts'

const draw = (...panels: Panel[]): Element => parseXml(figure({ title: 'T', panels }))
const one = (...layers: plot.Layer[]): Element => draw(panel({ x: {}, y: {}, layers }))
const texts = (svg: Element): string[] => findAll(svg, 'text').map(textOf)
const paths = (svg: Element, kind: string): string[] =>
  findAll(svg, 'path')
    .filter(({ attributes }) => attributes.get('class')?.split(' ').includes(kind))
    .map(({ attributes }) => attributes.get('d') as string)

describe('figure', () => {
  test('title, subtitle, footer, sizes and a description for those who do not see it', () => {
    const shown = panel({
      title: 'Phase',
      x: { label: 'hare' },
      y: { label: 'lynx' },
      layers: [line({ x: [0, 1], y: [0, 1], label: 'fit' })],
    })
    const text = figure({
      title: 'A < "B" & C',
      subtitle: 'sub',
      footer: 'foot',
      panels: [shown],
      width: 500,
      height: 400,
    })
    const svg = parseXml(text)
    expect(svg.attributes.get('viewBox')).toBe('0 0 500 400')
    expect(svg.attributes.get('role')).toBe('img')
    expect(svg.attributes.get('aria-label')).toBe('A < "B" & C')
    expect(findAll(svg, 'title').map(textOf)).toEqual(['A < "B" & C'])
    expect(findAll(svg, 'desc').map(textOf)).toEqual(["sub Phase: lynx against hare; line 'fit'."])
    for (const label of ['A < "B" & C', 'sub', 'foot', 'Phase', 'hare', 'lynx', 'fit'])
      expect(texts(svg)).toContain(label)
    expect(text).toBe(
      figure({ title: 'A < "B" & C', subtitle: 'sub', footer: 'foot', panels: [shown], width: 500, height: 400 }),
    )
  })

  test('colours follow the theme, each with a plain one for renderers without variables', () => {
    const sheet = (theme: plot.Theme): string =>
      textOf(
        findAll(
          parseXml(figure({ title: 'T', theme, panels: [panel({ x: {}, y: {}, layers: [] })] })),
          'style',
        )[0] as Element,
      )
    expect(sheet('auto')).toContain('prefers-color-scheme:dark')
    expect(sheet('light')).not.toContain('prefers-color-scheme')
    expect(sheet('light')).toContain('.paper{fill:#ffffff;fill:var(--paper)}')
    expect(sheet('dark')).toContain('.paper{fill:#15171b;fill:var(--paper)}')
    for (const selector of sheet('auto').match(/^[^@{\s][^{]*(?=\{)/gm) ?? [])
      expect(selector).toMatch(/^\.relode-figure/)
  })

  test('no ids, so that a page may inline several figures', () => {
    expect(JSON.stringify([...findAll(one(line({ x: [0], y: [0] })), 'path')])).not.toContain('"id"')
  })

  test.each([
    [{ width: 100 }, 'width must be from 200 to 10000 px, got 100'],
    [{ width: Number.NaN }, 'width must be from 200 to 10000 px, got NaN'],
    [{ height: 20 }, 'height must be from 100 to 10000 px, got 20'],
    [{ height: 110 }, /^height is too small for 1 rows: add \d+ px$/],
    [{ columns: 0 }, 'columns must be an integer >= 1, got 0'],
    [{ panels: [] }, 'panels must hold at least one panel, got none'],
  ])('%j is refused', (options, message) => {
    const panels = [panel({ x: {}, y: {}, layers: [] })]
    expect(() => figure({ title: 'T', panels, ...options })).toThrow(message)
    expect(() => figure({ title: 'T', panels, ...options })).toThrow(RangeError)
  })

  test('panels fill the grid row by row, with spans', () => {
    const named = (title: string, size: { columns?: number; rows?: number } = {}): Panel =>
      panel({ title, x: {}, y: {}, layers: [], ...size })
    const svg = parseXml(
      figure({
        title: 'T',
        columns: 3,
        panels: [
          named('a', { columns: 2 }),
          named('b', { rows: 2 }),
          named('c'),
          named('d'),
          named('e', { columns: 9 }),
        ],
      }),
    )
    const at = (title: string): [number, number] => {
      const found = findAll(svg, 'text').find((text) => textOf(text) === title) as Element
      return [Number(found.attributes.get('x')), Number(found.attributes.get('y'))]
    }
    const [[ax, ay], [bx, by], [cx, cy], [dx, dy], [ex, ey]] = [at('a'), at('b'), at('c'), at('d'), at('e')]
    expect([by, cx, dy, ex]).toEqual([ay, ax, cy, ax])
    expect(bx).toBeGreaterThan(dx as number)
    expect(dx).toBeGreaterThan(cx as number)
    expect(cy).toBeGreaterThan(ay as number)
    expect(ey).toBeGreaterThan(cy as number)
  })
})

describe('panel', () => {
  test('rejects a size that is no count', () => {
    expect(() => panel({ x: {}, y: {}, layers: [], rows: 0.5 })).toThrow('rows must be an integer >= 1, got 0.5')
  })

  test('empty data, one point and a constant are drawn', () => {
    expect(texts(one())).toContain('no data')
    expect(texts(one(line({ x: [], y: [] })))).toContain('no data')
    expect(texts(one(line({ x: [1, 2], y: [Number.NaN, Number.NaN] })))).toContain('no data')
    const point = one(points({ x: [3], y: [12_345] }))
    expect(texts(point)).not.toContain('no data')
    expect(paths(point, 'mark')).toHaveLength(1)
    expect(paths(one(line({ x: [0, 1], y: [5, 5] })), 'line')[0]).toMatch(/^M[\d.]+,([\d.]+)L[\d.]+,\1$/)
  })

  test('one legend entry for each label, none for rules and spans', () => {
    const svg = one(
      line({ x: [0, 1], y: [0, 1], label: 'hare' }),
      points({ x: [0, 1], y: [1, 0], label: 'hare' }),
      line({ x: [0, 1], y: [1, 1], label: 'lynx', dash: 'dashed' }),
      rule({ x: 0.5, label: 'now' }),
      span({ x0: 0.5, x1: 1, label: 'forecast' }),
      line({ x: [0, 1], y: [1, 0] }),
    )
    const shown = texts(svg)
    for (const label of ['hare', 'lynx', 'now', 'forecast']) expect(shown.filter((t) => t === label)).toHaveLength(1)
    // Each label once in the legend, once in the panel; one colour for the two layers of 'hare'.
    expect(paths(svg, 's-blue')).toHaveLength(2)
    expect(paths(svg, 'f-blue')).toHaveLength(2)
    expect(paths(svg, 's-orange')).toHaveLength(2)
    expect(paths(svg, 'dashed')).toHaveLength(2)
    const plain = panel({ x: {}, y: {}, layers: [line({ x: [0], y: [0], label: 'hare' })], legend: false })
    expect(texts(draw(plain))).not.toContain('hare')
  })

  test('colours run through the palette, skip those given, and repeat', () => {
    const lines = [
      line({ x: [0, 1], y: [0, 1], color: 'orange' }),
      ...Array.from({ length: 7 }, () => line({ x: [0, 1], y: [0, 1] })),
    ]
    const used = findAll(one(...lines), 'path').flatMap(
      ({ attributes }) => /s-(\w+)/.exec(attributes.get('class') ?? '')?.[1] ?? [],
    )
    expect(used.slice(0, 6)).toEqual(['orange', ...colors.filter((color) => color !== 'orange')])
    expect(used).toHaveLength(8)
  })

  test('labels of rules and spans stand above the frame and give way to each other', () => {
    const svg = one(
      line({ x: [0, 100], y: [0, 1] }),
      rule({ x: 50, label: 'first label' }),
      rule({ x: 51, label: 'second label' }),
      rule({ x: 52, label: 'third label' }),
      rule({ x: 200, label: 'widens the axis' }),
    )
    const height = (label: string) =>
      findAll(svg, 'text')
        .find((text) => textOf(text) === label)
        ?.attributes.get('y')
    expect(new Set(['first label', 'second label', 'third label'].map(height)).size).toBe(3)
    const outside = panel({
      x: { domain: [0, 1] },
      y: {},
      layers: [rule({ x: 5, label: 'unseen' }), span({ x0: 2, x1: 3 })],
    })
    expect(texts(draw(outside))).not.toContain('unseen')
    expect(findAll(draw(outside), 'rect').map(({ attributes }) => attributes.get('class'))).toEqual(['paper'])
  })
})

describe('layers', () => {
  test('NaN and infinity break a line and a band; marks there are left out', () => {
    const y = [1, 2, Number.NaN, 4, 5, Number.POSITIVE_INFINITY, 7]
    const x = y.map((_, i) => i)
    const svg = one(line({ x, y }), band({ x, lo: x, hi: y }), points({ x, y }))
    expect(paths(svg, 'line')[0]?.match(/M/g)).toHaveLength(3)
    expect(paths(svg, 'band')[0]?.match(/M/g)).toHaveLength(3)
    expect(paths(svg, 'mark')[0]?.match(/M/g)).toHaveLength(5)
  })

  test('a lone value between gaps still leaves a dot: round caps', () => {
    expect(paths(one(line({ x: [0, 1, 2], y: [1, Number.NaN, 1] })), 'line')[0]).toMatch(/^M[\d.,]+ZM[\d.,]+Z$/)
  })

  test('marks outside a given domain are left out, lines are clipped by a nested svg', () => {
    const axis = { domain: [0, 1] as const }
    const svg = draw(
      panel({ x: axis, y: axis, layers: [points({ x: [0, 1, 2], y: [0, 1, 0] }), line({ x: [0, 9], y: [0, 1e300] })] }),
    )
    expect(paths(svg, 'mark')[0]?.match(/M/g)).toHaveLength(2)
    const inner = findAll(svg, 'svg')[0] as Element
    expect(paths(inner, 'line')).toHaveLength(1)
    expect(paths(inner, 'mark')).toHaveLength(0)
  })

  test.each(['circle', 'square', 'triangle', 'diamond', 'cross'] as const)('%s is a closed mark', (shape) => {
    expect(paths(one(points({ x: [1], y: [1], shape })), 'mark')[0]).toMatch(/^M.*z$/)
  })

  test('arrows have one length, follow the direction in px, and leave out what has none', () => {
    const layer = arrows({
      x: [0, 1, 0, 1, 0],
      y: [0, 0, 1, 1, 0.5],
      dx: [1, 0, -2, 3, 0],
      dy: [0, 5, 0, Number.NaN, 0],
    })
    const d = paths(one(layer), 'field')[0] ?? ''
    const shafts = [...d.matchAll(/M([\d.-]+),([\d.-]+)L([\d.-]+),([\d.-]+)M/g)].map((m) => m.slice(1).map(Number))
    expect(shafts).toHaveLength(3)
    const [right, up, left] = shafts as [number, number, number, number][]
    expect((right?.[2] ?? 0) - (right?.[0] ?? 0)).toBeGreaterThan(5)
    expect((up?.[3] ?? 0) - (up?.[1] ?? 0)).toBeLessThan(-5)
    expect((left?.[2] ?? 0) - (left?.[0] ?? 0)).toBeLessThan(-5)
    for (const [x0 = 0, y0 = 0, x1 = 0, y1 = 0] of shafts) expect(Math.hypot(x1 - x0, y1 - y0)).toBeCloseTo(28, 0)
  })

  test('a field has no grid lines, but a second axis line', () => {
    const field = arrows({ x: [0, 1], y: [0, 1], dx: [1, 1], dy: [1, 1] })
    expect(paths(one(field), 'grid')).toHaveLength(0)
    expect(paths(one(field), 'axis')[0]).toContain('V')
    expect(paths(one(points({ x: [0, 1], y: [0, 1] })), 'grid')).toHaveLength(1)
  })

  test.each([
    [() => line({ x: [0, 1], y: [0], label: 'hare' }), "line 'hare' needs equally long data: x has 2, y has 1"],
    [() => points({ x: [], y: [0] }), 'points needs equally long data: x has 0, y has 1'],
    [() => band({ x: [0], lo: [0], hi: [] }), 'band needs equally long data: x has 1, lo has 1, hi has 0'],
    [
      () => arrows({ x: [0], y: [0], dx: [0], dy: [] }),
      'arrows needs equally long data: x has 1, y has 1, dx has 1, dy has 0',
    ],
    [() => line({ x: [], y: [], width: 0 }), 'width must be a number of px above 0, got 0'],
    [() => points({ x: [], y: [], radius: Number.NaN }), 'radius must be a number of px above 0, got NaN'],
    [() => rule({}), 'rule needs a finite x or a finite y, got x = undefined, y = undefined'],
    [() => rule({ x: 1, y: 1 }), 'rule needs a finite x or a finite y, got x = 1, y = 1'],
    [() => span({ x0: 1, x1: 1 }), 'span needs x0 < x1, got x0 = 1, x1 = 1'],
  ])('%s is refused', (run, message) => {
    expect(run).toThrow(new RangeError(message))
  })
})

test('any data and any labels give well-formed XML without NaN or exponents (property)', () => {
  const label = fc.string({ unit: 'binary', maxLength: 60 })
  const numbers = (log: boolean, size: number) =>
    fc.array(log ? fc.double({ min: 5e-324 }) : fc.double(), { minLength: size, maxLength: size })
  const layer = (log: boolean) =>
    fc.integer({ min: 0, max: 5 }).chain((size) => {
      const values = numbers(log, size)
      return fc.tuple(values, values, values, values, label, fc.nat(6)).map(([x, y, dx, dy, label, kind]) => {
        if (kind === 0) return line({ x, y, label, dash: 'dotted' })
        if (kind === 1) return points({ x, y, label, shape: 'cross' })
        if (kind === 2) return band({ x, lo: y, hi: dx, label })
        if (kind === 3) return arrows({ x, y, dx, dy, label })
        if (kind === 4) return heat({ x: [1, 2, 4], y: [1, 3], values: [...x, 1, Number.NaN].slice(0, 2), log, label })
        return kind === 5 ? rule({ x: x.find(Number.isFinite) ?? 1, label }) : span({ x0: 1, x1: 1e9, label })
      })
    })
  const any = fc
    .boolean()
    .chain((log) =>
      fc
        .record({ title: label, layers: fc.array(layer(log), { maxLength: 4 }) })
        .map(({ title, layers }) => panel({ title, x: { label: title, log }, y: { label: title, log }, layers })),
    )
  const panels = fc.array(any, { minLength: 1, maxLength: 3 })
  fc.assert(
    fc.property(panels, label, (panels, title) => {
      const svg = parseXml(figure({ title, subtitle: title, footer: title, panels }))
      for (const name of ['path', 'text', 'rect', 'svg']) {
        for (const { attributes } of findAll(svg, name)) {
          for (const [key, value] of attributes)
            if (key !== 'class') expect(value).not.toMatch(/NaN|Infinity|undefined|\de/)
        }
      }
      if (typeof DOMParser === 'undefined') return
      const parsed = new DOMParser().parseFromString(figure({ title, panels }), 'image/svg+xml')
      expect(parsed.querySelector('parsererror')).toBeNull()
    }),
    { seed: 1, numRuns: 200 },
  )
})
