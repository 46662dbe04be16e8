import { describe, expect, test } from 'vitest'
import { tableaus } from '../../src/tableaus/all.ts'
import type { Coefficient, Tableau } from '../../src/tableaus/tableau.ts'
import { add, type Rational, rational } from '../support/rational.ts'
import {
  brokenClaims,
  brokenConditions,
  brokenDenseConditions,
  embeddedOrders,
  embeddedWeights,
  rootedTrees,
  type Violation,
} from './rooted-trees.ts'

// Fractions must fulfil every condition exactly. tsit5 is printed as decimals, here of 20 significant digits: entries of `a`
// reach 13 and are good to 5e-19, dense coefficients reach 88 and multiply that; the conditions hold to 3e-17. The dense
// coefficients of dopri8 and vern7 reach 545 and 1207, their entries of `a` 43 and 187.
const BOUND: Readonly<Record<string, string>> = { tsit5: '1e-16', dopri8: '2e-15', vern7: '2e-15' }
const boundOf = (name: string): Rational => rational(BOUND[name] ?? 0)

// A condition counts as broken, where one must be, only if it is off by more than any printed digit can explain.
const CLEARLY = rational('1e-6')

const conditions = (violations: readonly Violation[]): string[] => violations.map(({ condition }) => condition)

describe('rooted trees', () => {
  test('as many as there are: 1, 1, 2, 4, 9, 20, 48, 115', () => {
    const counts = [0, 0, 0, 0, 0, 0, 0, 0]
    const trees = rootedTrees(8)
    for (const { order } of trees) counts[order - 1] = (counts[order - 1] as number) + 1
    expect(counts).toEqual([1, 1, 2, 4, 9, 20, 48, 115])
    expect(new Set(trees.map(({ label }) => label)).size).toBe(200)
  })

  test('densities of the trees up to order 4: 1, 2, 3 and 6, 4 and 8 and 12 and 24', () => {
    const densities = rootedTrees(4).map(({ order, density }) => [order, Number(density)])
    expect(densities.sort(([n, x], [m, y]) => (n as number) - (m as number) || (x as number) - (y as number))).toEqual([
      [1, 1],
      [2, 2],
      [3, 3],
      [3, 6],
      [4, 4],
      [4, 8],
      [4, 12],
      [4, 24],
    ])
  })
})

describe.each(Object.entries(tableaus))('%s', (name, tableau) => {
  const { a, b, dense, error, order } = tableau
  const weights = b.map(rational)

  test('keeps all that it claims', () => {
    expect(conditions([...brokenClaims(tableau, boundOf(name))])).toEqual([])
  })

  test(`is not of order ${order + 1}`, () => {
    expect(conditions(brokenConditions(a, weights, [order + 1, order + 1], CLEARLY))).not.toEqual([])
  })

  test(`dense output is not of order ${dense.order + 1}`, () => {
    expect(conditions(brokenDenseConditions(tableau, [dense.order + 1, dense.order + 1], CLEARLY))).not.toEqual([])
  })

  test.runIf(error)('embedded methods are not of a higher order', () => {
    for (const row of ['error', 'errorLow'] as const) {
      const above = embeddedOrders(tableau)[row] + 1
      if (!tableau[row]) continue
      const weights = embeddedWeights(tableau, tableau[row])
      expect(conditions(brokenConditions(a, weights, [above, above], CLEARLY))).not.toEqual([])
    }
  })

  test('any one coefficient changed by 1e-14 is noticed', () => {
    const missed = mutations(tableau).filter(([, mutant]) => brokenClaims(mutant, boundOf(name)).next().done)
    expect(missed.map(([coefficient]) => coefficient)).toEqual([])
  })
})

/** The tableau once for every coefficient, with that one changed. */
function mutations(tableau: Tableau): (readonly [string, Tableau])[] {
  const { a, b, c, dense, error, errorLow } = tableau
  const extra = dense.extra ?? { c: [], a: [] }
  const withExtra = (part: Partial<typeof extra>): Tableau => ({
    ...tableau,
    dense: { ...dense, extra: { ...extra, ...part } },
  })
  return [
    ...changed(c).map(([at, row]) => [`c${at}`, { ...tableau, c: row }] as const),
    ...changed(b).map(([at, row]) => [`b${at}`, { ...tableau, b: row }] as const),
    ...changed(error ?? []).map(([at, row]) => [`error${at}`, { ...tableau, error: row }] as const),
    ...changed(errorLow ?? []).map(([at, row]) => [`errorLow${at}`, { ...tableau, errorLow: row }] as const),
    ...changed(extra.c).map(([at, row]) => [`extra.c${at}`, withExtra({ c: row })] as const),
    ...extra.a.flatMap((entries, i) =>
      changed(entries).map(([at, row]) => [`extra.a[${i}]${at}`, withExtra({ a: replace(extra.a, i, row) })] as const),
    ),
    ...a.flatMap((entries, i) =>
      changed(entries).map(([at, row]) => [`a[${i}]${at}`, { ...tableau, a: replace(a, i, row) }] as const),
    ),
    ...dense.rows.flatMap((entries, i) =>
      changed(entries).map(([at, row]) => {
        const rows = replace(dense.rows, i, row)
        return [`dense.rows[${i}]${at}`, { ...tableau, dense: { ...dense, rows } }] as const
      }),
    ),
  ]
}

function changed(row: readonly Coefficient[]): (readonly [string, Coefficient[]])[] {
  return row.map((value, i) => {
    const { n, d } = add(rational(value), rational('1e-14'))
    return [`[${i}]`, replace(row, i, `${n}/${d}`)] as const
  })
}

function replace<T>(list: readonly T[], index: number, value: T): T[] {
  return list.map((entry, i) => (i === index ? value : entry))
}
