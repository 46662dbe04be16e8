import { describe, expect, test } from 'vitest'
import { tableaus } from '../../src/tableaus/all.ts'
import { bosh3, dopri5, dopri8, euler, fehlberg45, heun, tsit5, vern7 } from '../../src/tableaus/index.ts'
import { type Coefficient, compile, type Tableau } from '../../src/tableaus/tableau.ts'
import { add, rational, toNumber } from '../support/rational.ts'

// Ralston's method, and an error row of no fame: what a user might type.
const invented: Tableau = {
  name: 'invented',
  order: 2,
  source: 'this test',
  c: [0, '2/3'],
  a: [[], ['2/3']],
  b: [0.25, '.75'],
  error: ['-1e-1', 0.1],
  dense: {
    order: 2,
    rows: [
      [1, '-3/4'],
      [0, '3/4'],
    ],
  },
}

const withDense = (rows: readonly (readonly Coefficient[])[]): Tableau => ({ ...invented, dense: { order: 2, rows } })

const withExtra = (c: Coefficient[], a: Coefficient[][], rows = invented.dense.rows): Tableau => ({
  ...invented,
  dense: { order: 2, rows, extra: { c, a } },
})

describe('compile', () => {
  test.each(Object.entries(tableaus))('%s: every coefficient is the nearest double', (name, tableau) => {
    const nearest = (row: readonly Coefficient[]): number[] => row.map((value) => toNumber(rational(value)))
    const { stages, denseStages, ...compiled } = compile(tableau)
    const { extra } = tableau.dense
    expect(compiled).toMatchObject({ name, order: tableau.order, adaptive: tableau.error !== undefined })
    expect(stages).toBe(tableau.b.length)
    expect(denseStages).toBe(stages + (extra?.c.length ?? 0))
    expect([...compiled.c]).toEqual(nearest([...tableau.c, ...(extra?.c ?? [])]))
    expect([...compiled.b]).toEqual(nearest(tableau.b))
    expect([...compiled.error]).toEqual(nearest(tableau.error ?? tableau.b.map(() => 0)))
    expect(compiled.errorLow && [...compiled.errorLow]).toEqual(tableau.errorLow && nearest(tableau.errorLow))
    const rows = [...tableau.a, ...(extra?.a ?? [])]
    const square = rows.map((row) => [...row, ...Array<Coefficient>(denseStages - row.length).fill(0)])
    expect([...compiled.a]).toEqual(nearest(square.flat()))
    expect([...compiled.dense]).toEqual(nearest(tableau.dense.rows.flat()))
    expect(compiled.dense.length).toBe(denseStages * compiled.denseDegree)
    expect(compiled.denseOrder).toBe(tableau.dense.order)
  })

  test('derives fsal', () => {
    const fsal = Object.values(tableaus).filter((tableau) => compile(tableau).fsal)
    expect(fsal.map(({ name }) => name).sort()).toEqual([bosh3, dopri5, tsit5].map(({ name }) => name).sort())
    const joined = Object.values(tableaus).filter((tableau) => compile(tableau).endStage === tableau.b.length)
    expect(joined).toEqual([dopri8, fehlberg45, vern7])
  })

  test('accepts an invented tableau, once per object', () => {
    const compiled = compile(invented)
    expect([...compiled.b, ...compiled.error]).toEqual([0.25, 0.75, -0.1, 0.1])
    expect([...compiled.a]).toEqual([0, 0, 2 / 3, 0])
    expect(compiled).toMatchObject({ stages: 2, fsal: false, adaptive: true, denseOrder: 2, denseDegree: 2 })
    expect(compile(invented)).toBe(compiled)
    expect(compile({ ...invented })).not.toBe(compiled)
    expect([...compile({ ...heun, a: [[], ['+1.']] }).a]).toEqual([0, 0, 1, 0])
  })

  test('accepts tables printed to 16 digits', () => {
    const digits = (row: readonly Coefficient[]): string[] =>
      row.map((value) => toNumber(rational(value)).toPrecision(16))
    for (const tableau of Object.values(tableaus)) {
      const { extra } = tableau.dense
      const printed: Tableau = {
        ...tableau,
        a: tableau.a.map(digits),
        b: digits(tableau.b),
        ...(tableau.error && { error: digits(tableau.error) }),
        ...(tableau.errorLow && { errorLow: digits(tableau.errorLow) }),
        dense: {
          ...tableau.dense,
          rows: tableau.dense.rows.map(digits),
          ...(extra && { extra: { c: extra.c, a: extra.a.map(digits) } }),
        },
      }
      expect(compile(printed).endStage).toBe(compile(tableau).endStage)
    }
  })

  const bad: [string, Tableau, string][] = [
    ['no name', { ...invented, name: '' }, 'tableau name must be a non-empty string, got '],
    ['order 0', { ...invented, order: 0 }, 'order must be an integer >= 1, got 0'],
    ['order 1.5', { ...invented, order: 1.5 }, 'order must be an integer >= 1, got 1.5'],
    ['no stages', { ...euler, name: 'invented', b: [] }, 'b must have at least 1 entry, got 0'],
    ['short c', { ...invented, c: [0] }, 'c must have 2 entries, got 1'],
    ['long b', { ...invented, b: ['1/4', '1/4', '1/2'] }, 'c must have 3 entries, got 2'],
    ['b not 1', { ...invented, b: ['1/4', '1/2'] }, 'b must sum to 1, got 0.75: use fractions or at least 17 digits'],
    ['rows of a', { ...invented, a: [['2/3']] }, 'a must have 2 entries, got 1'],
    [
      'square a',
      {
        ...invented,
        a: [
          [0, 0],
          ['2/3', 0],
        ],
      },
      'a[0] must have 0 entries, got 2',
    ],
    ['first row of a left out', { ...invented, a: [['2/3'], []] }, 'a[0] must have 0 entries, got 1'],
    ['row sum', { ...invented, a: [[], [0.6]] }, `a[1] must sum to c[1] = ${2 / 3}, got 0.6: use fractions`],
    ['c[0]', { ...invented, c: ['1/3', '2/3'] }, `a[0] must sum to c[0] = ${1 / 3}, got 0: use fractions`],
    ['short error', { ...invented, error: [0.1] }, 'error must have 2 entries, got 1'],
    ['error sum', { ...invented, error: [0.1, 0.1] }, 'error must sum to 0, got 0.2: use fractions'],
    [
      'a second error row alone',
      { ...invented, error: undefined, errorLow: [0.1, -0.1] } as never,
      'errorLow must not be given without error',
    ],
    ['short second error row', { ...invented, errorLow: [0.1] }, 'errorLow must have 2 entries, got 1'],
    ['extra stages: none', withExtra([], []), 'dense.extra.c must have at least 1 entry, got 0'],
    ['extra stages: nodes', withExtra([1, 1], [['1/4', '3/4']]), 'dense.extra.a must have 2 entries, got 1'],
    ['extra stages: short row', withExtra([1], [[1]]), 'dense.extra.a[0] must have 2 entries, got 1'],
    [
      'extra stages: row sum',
      withExtra([1], [['1/4', '1/4']]),
      'dense.extra.a[0] must sum to dense.extra.c[0] = 1, got 0.5',
    ],
    ['extra stages: rows', withExtra([1], [['1/4', '3/4']]), 'dense.rows must have 3 entries, got 2'],
    [
      'extra stages: weight at the end',
      withExtra(
        [1],
        [['1/4', '3/4']],
        [
          [1, '-3/4'],
          [0, '3/4'],
          [0, 1],
        ],
      ),
      'dense.rows[2] must sum to 0, got 1',
    ],
    ['error zero', { ...invented, error: [0, 0] }, 'error must have an entry that is not 0: leave it out'],
    [
      'dense order',
      { ...invented, dense: { ...invented.dense, order: 0 } },
      'dense.order must be an integer >= 1, got 0',
    ],
    ['dense rows', withDense([[1, '-3/4']]), 'dense.rows must have 2 entries, got 1'],
    ['dense degree 0', withDense([[], []]), 'dense.rows[0] must have at least 1 entry, got 0'],
    ['ragged dense', withDense([[1, '-3/4'], ['3/4']]), 'dense.rows[1] must have 2 entries, got 1'],
    [
      'dense end',
      withDense([
        [1, -1],
        [0, '3/4'],
      ]),
      'dense.rows[0] must sum to b[0] = 0.25, got 0',
    ],
    [
      'dense start',
      withDense([
        [0.5, -0.25],
        [0, 0.75],
      ]),
      'dense.rows, coefficients of theta^1, must sum to 1, got 0.5',
    ],
    ['not a number', { ...invented, b: ['1/4', 'x'] }, "b[1] must be a finite number, a decimal '0.161' or a fraction"],
    ['division by zero', { ...invented, c: [0, '2/0'] }, "of integers below 2^53, got '2/0'"],
    ['an empty string', { ...invented, c: [0, ''] }, "got ''"],
    ['two bars', { ...invented, c: [0, '1/2/3'] }, 'c[1] must be a finite number'],
    ['a decimal fraction', { ...invented, c: [0, '1.5/2'] }, "got '1.5/2'"],
    ['large integers', { ...invented, c: [0, '9007199254740993/9007199254740992'] }, 'below 2^53'],
    ['NaN', { ...invented, a: [[], [Number.NaN]] }, 'a[1][0] must be a finite number'],
    ['overflow', { ...invented, a: [[], ['1e999']] }, "got '1e999'"],
  ]
  test.each(bad)('names the field: %s', (_, tableau, message) => {
    const thrown = (): unknown => compile(tableau)
    expect(thrown).toThrow(RangeError)
    expect(thrown).toThrow(message)
    if (tableau.name !== '') expect(thrown).toThrow(/^tableau invented: /)
    expect(thrown).toThrow(RangeError) // a failure is not cached
  })

  test.each(['order', 'c', 'a', 'b', 'dense'])('without types: no %s', (field) => {
    const tableau = { ...invented, [field]: undefined }
    expect(() => compile(tableau)).toThrow(new RegExp(`^tableau invented: ${field} must be .*, got undefined$`))
  })
})

describe('rational', () => {
  test.each([
    ['1/3', 1 / 3],
    ['-2187/6784', -2187 / 6784],
    ['0.1', 0.1],
    ['-1.5e-3', -1.5e-3],
    ['12e20', 12e20],
    ['1e-300', 1e-300],
    ['9007199254740993', 9007199254740992], // ties to even
    ['9007199254740993.00000000000000000000000000000000000001', 9007199254740994],
    ['0', 0],
  ])('%s rounds to %d', (text, wanted) => {
    expect(toNumber(rational(text))).toBe(wanted)
  })

  test('a double is its binary value', () => {
    expect(add(rational(0.1), rational('-0.1'))).not.toMatchObject({ n: 0n })
    expect(toNumber(rational(0.1))).toBe(0.1)
    expect(rational(-0.75)).toEqual({ n: -3n, d: 4n })
  })

  test.each(['', '.', 'x', '1e', 'NaN'])("'%s' is none", (text) => {
    expect(() => rational(text)).toThrow(RangeError)
  })
})
