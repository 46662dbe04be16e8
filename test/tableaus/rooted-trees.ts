/**
 * Butcher's theory in exact arithmetic: rooted trees, their densities and elementary weights, and by them the order
 * conditions. Hairer, Norsett, Wanner I, section II.2: a method is of order p iff sum_i b_i Phi_i(t) = 1 / gamma(t) for
 * every rooted tree t of at most p vertices; its dense output is of order q iff sum_i b_i(theta) Phi_i(t) =
 * theta^|t| / gamma(t) for every tree of at most q (section II.6).
 */

import type { Coefficient, Tableau } from '../../src/tableaus/tableau.ts'
import { commonDenominator, mul, type Rational, rational, sub, sum, within } from '../support/rational.ts'

export interface Tree {
  /** Vertices: |t|. */
  readonly order: number
  /** gamma(t): the product of the orders of all subtrees. */
  readonly density: bigint
  /** Subtrees at the root, shared among all trees. */
  readonly children: readonly Tree[]
  /** `[]` is the single vertex, `[[][]]` the root with two leaves. */
  readonly label: string
}

/** All rooted trees of 1 to `order` vertices, the small ones first, each once. */
export function rootedTrees(order: number): Tree[] {
  const trees: Tree[] = []
  for (let n = 1; n <= order; n++) {
    const smaller = [...trees]
    // forests of `left` vertices made of trees up to index `last`: a multiset is a sequence with falling indices
    const grow = (left: number, last: number, children: readonly Tree[]): void => {
      if (left === 0) trees.push(plant(children))
      for (let i = last; i >= 0; i--) {
        const child = smaller[i] as Tree
        if (child.order <= left) grow(left - child.order, i, [...children, child])
      }
    }
    grow(n - 1, smaller.length - 1, [])
  }
  return trees
}

function plant(children: readonly Tree[]): Tree {
  const order = children.reduce((total, child) => total + child.order, 1)
  const density = children.reduce((product, child) => product * child.density, BigInt(order))
  return { order, density, children, label: `[${children.map((child) => child.label).join('')}]` }
}

/** Phi(t) of every stage, from the rows of `a`. Over one denominator D, Phi_i(t) D^(|t| - 1) is an integer. */
function elementaryWeights(a: Tableau['a']): (tree: Tree) => Rational[] {
  const rows = a.map((row) => row.map(rational))
  const scale = commonDenominator(rows.flat())
  const integers = rows.map((row) => row.map(({ n, d }) => (n * scale) / d))
  const known = new Map<Tree, bigint[]>()
  const scaled = (tree: Tree): bigint[] => {
    const found = known.get(tree)
    if (found !== undefined) return found
    const factors = tree.children.map(scaled)
    const weights = integers.map((row) =>
      factors.reduce((product, phi) => product * row.reduce((dot, aij, j) => dot + aij * (phi[j] as bigint), 0n), 1n),
    )
    known.set(tree, weights)
    return weights
  }
  return (tree) => scaled(tree).map((n) => ({ n, d: scale ** BigInt(tree.order - 1) }))
}

/** A condition that does not hold: its name and by how much. */
export interface Violation {
  readonly condition: string
  readonly residual: Rational
}

/** Trees whose condition `weights` breaks by more than `bound`, among those of `orders[0]` to `orders[1]` vertices. */
export function brokenConditions(
  a: Tableau['a'],
  weights: readonly Rational[],
  orders: readonly [number, number],
  bound: Rational,
): Violation[] {
  const phi = elementaryWeights(a)
  const trees = rootedTrees(orders[1]).filter((tree) => tree.order >= orders[0])
  return trees.flatMap((tree) => {
    const residual = sub(dot(weights, phi(tree)), { n: 1n, d: tree.density })
    return within(residual, bound) ? [] : [{ condition: tree.label, residual }]
  })
}

/** Nodes and rows of the step's stages and of those that only dense output takes. */
function allStages({ a, c, dense }: Tableau): Pick<Tableau, 'a' | 'c'> {
  return { a: [...a, ...(dense.extra?.a ?? [])], c: [...c, ...(dense.extra?.c ?? [])] }
}

/** The same for dense output, power by power of theta. */
export function brokenDenseConditions(
  tableau: Tableau,
  orders: readonly [number, number],
  bound: Rational,
): Violation[] {
  const phi = elementaryWeights(allStages(tableau).a)
  const trees = rootedTrees(orders[1]).filter((tree) => tree.order >= orders[0])
  const degree = Math.max(orders[1], tableau.dense.rows[0]?.length ?? 0)
  const columns = Array.from({ length: degree }, (_, j) => tableau.dense.rows.map((row) => rational(row[j] ?? 0)))
  return trees.flatMap((tree) =>
    columns.flatMap((column, j) => {
      const wanted = j + 1 === tree.order ? { n: 1n, d: tree.density } : rational(0)
      const residual = sub(dot(column, phi(tree)), wanted)
      return within(residual, bound) ? [] : [{ condition: `${tree.label} theta^${j + 1}`, residual }]
    }),
  )
}

/** sum_i x_i y_i for y over one denominator, as `elementaryWeights` returns it; x is brought to one, so no gcd is needed. */
function dot(x: readonly Rational[], y: readonly Rational[]): Rational {
  const scale = commonDenominator(x)
  const n = x.reduce((total, xi, i) => total + ((xi.n * scale) / xi.d) * (y[i] as Rational).n, 0n)
  return { n, d: scale * (y[0] as Rational).d }
}

/** bhat = b - error. */
export function embeddedWeights(tableau: Tableau, error: Tableau['error'] = tableau.error ?? []): Rational[] {
  return tableau.b.map((weight, i) => sub(rational(weight), rational(error[i] as Coefficient)))
}

/** Orders of the embedded methods: one below the method's own, but for Hairer's DOP853. */
export function embeddedOrders({ name, order }: Tableau): { readonly error: number; readonly errorLow: number } {
  return name === 'dopri8' ? { error: 5, errorLow: 3 } : { error: order - 1, errorLow: 0 }
}

/**
 * Everything that a tableau claims and does not keep, one after the other: row sums and the ends of dense output, embedded
 * orders, order, order of dense output.
 */
export function* brokenClaims(tableau: Tableau, bound: Rational): Generator<Violation> {
  const { a, b, dense, order } = tableau
  yield* brokenSums(tableau, bound)
  for (const row of ['error', 'errorLow'] as const) {
    const orders = [1, embeddedOrders(tableau)[row]] as const
    if (tableau[row]) yield* brokenConditions(a, embeddedWeights(tableau, tableau[row]), orders, bound)
  }
  yield* brokenConditions(a, b.map(rational), [1, order], bound)
  yield* brokenDenseConditions(tableau, [1, dense.order], bound)
}

/** b_i(1) = b_i; the slope is k_1 at 0, and at 1 that of the stage at the new point, if there is one. */
function brokenSums(tableau: Tableau, bound: Rational): Violation[] {
  const { b, dense } = tableau
  const { a, c } = allStages(tableau)
  const claims: (readonly [string, Rational, Coefficient])[] = []
  const end = newPoint(tableau)
  a.forEach((row, i) => claims.push([`sum a[${i}] = c[${i}]`, sum(row.map(rational)), c[i] as Coefficient]))
  dense.rows.forEach((row, i) => {
    const entries = row.map(rational)
    claims.push([`b_${i}(1) = b_${i}`, sum(entries), b[i] ?? 0])
    claims.push([`slope at 0, k_${i}`, entries[0] as Rational, i === 0 ? 1 : 0])
    if (end >= 0) {
      const slope = sum(entries.map((entry, j) => mul(entry, rational(j + 1))))
      claims.push([`slope at 1, k_${i}`, slope, i === end ? 1 : 0])
    }
  })
  return claims.flatMap(([condition, value, wanted]) => {
    const residual = sub(value, rational(wanted))
    return within(residual, bound) ? [] : [{ condition, residual }]
  })
}

/** The stage that is f at the new point, the last one or the first extra one; -1 if neither is. */
function newPoint(tableau: Tableau): number {
  const { b } = tableau
  const { a, c } = allStages(tableau)
  const equal = (x: Coefficient, y: Coefficient): boolean => sub(rational(x), rational(y)).n === 0n
  const isNew = (i: number): boolean => equal(c[i] ?? 0, 1) && b.every((weight, j) => equal(weight, a[i]?.[j] ?? 0))
  return [b.length - 1, b.length].find(isNew) ?? -1
}
