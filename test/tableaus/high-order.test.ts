/**
 * Orders of the methods above 6, in multiple precision: slopes as in reference-order.test.ts, which says what is measured. The
 * coefficients have 20 digits, which shows in steps that are much shorter than these.
 */

import { describe, expect, test } from 'vitest'
import { tableaus } from '../../src/tableaus/all.ts'
import type { Tableau } from '../../src/tableaus/tableau.ts'
import {
  type Fixed,
  type FixedField,
  type FixedStep,
  fixed,
  fixedCos,
  fixedExp,
  fixedSin,
  logarithm,
  mul,
  stepper,
} from '../support/fixed-point.ts'
import { embeddedOrders } from './rooted-trees.ts'

interface Problem {
  readonly f: FixedField
  readonly exact: (t: Fixed) => Fixed[]
  readonly t0: Fixed
}

const problems: Readonly<Record<string, Problem>> = {
  'y = exp(sin t)': {
    f: (t, [y]) => [mul(fixedCos(t), y as Fixed)],
    exact: (t) => [fixedExp(fixedSin(t))],
    t0: fixed(1),
  },
  'y = (cos t, sin t)': {
    f: (_, [x, y]) => {
      const [u, v] = [x as Fixed, y as Fixed]
      const speed = mul(u, u) + mul(v, v)
      return [-mul(speed, v), mul(speed, u)]
    },
    exact: (t) => [fixedCos(t), fixedSin(t)],
    t0: 0n,
  },
}

const high = Object.entries(tableaus).filter(([, { order }]) => order > 6)
const SPAN = fixed(4)
/** Steps over the span at the coarsest: the leading term rules, and errors stay far above the coefficients' own. */
const COARSEST: Readonly<Record<string, number>> = { dopri8: 24, vern7: 64 }
const LARGEST_LOCAL_STEP = fixed('1/8')
/** Numerators over 64 of nine sizes 2^(-i/4), near enough. */
const SIZES = [64n, 54n, 45n, 38n, 32n, 27n, 23n, 19n, 16n]
/**
 * The dense output of vern7 breaks twelve of the conditions of order 7, but by less than 3e-7 anywhere in the step: steps that
 * are not tiny see the next order.
 */
const denseOrderSeen = ({ name, dense }: Tableau): number => (name === 'vern7' ? 7 : dense.order)

const largest = (values: readonly Fixed[]): Fixed => values.reduce((x, y) => (x > y ? x : y))
const distance = (x: readonly Fixed[], y: readonly Fixed[]): Fixed =>
  x.reduce((most, xi, i) => {
    const d = xi - (y[i] as Fixed)
    const size = d < 0n ? -d : d
    return size > most ? size : most
  }, 0n)

function slope(x: readonly number[], y: readonly number[]): number {
  const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length
  const [mx, my] = [mean(x), mean(y)]
  const xy = x.reduce((sum, xi, i) => sum + (xi - mx) * ((y[i] as number) - my), 0)
  return xy / x.reduce((sum, xi) => sum + (xi - mx) ** 2, 0)
}

function globalOrder(tableau: Tableau, { f, exact }: Problem, from: Fixed, direction: bigint): number {
  const step = stepper(tableau, f)
  const counts = SIZES.map((size) => Math.round(((COARSEST[tableau.name] as number) * 64) / Number(size)))
  const errors = counts.map((n) => {
    const h = (direction * SPAN) / BigInt(n)
    let y = exact(from)
    for (let i = 0n; i < n; i++) y = step(from + i * h, y, h).y
    return logarithm(distance(y, exact(from + BigInt(n) * h)))
  })
  return -slope(counts.map(Math.log), errors)
}

describe.each(high)('%s', (_, tableau) => {
  describe.each(Object.entries(problems))('%s', (__, problem) => {
    const { f, exact, t0 } = problem

    describe.each([
      ['forward', t0, 1n],
      ['backward', t0 + SPAN, -1n],
    ] as const)('%s', (___, from, direction) => {
      // Single steps from four exact states, so that no leading term that happens to be small rules.
      const sizes = SIZES.map((size) => (direction * LARGEST_LOCAL_STEP * size) / 64n)
      const starts = [0n, 1n, 2n, 3n].map((n) => from + (direction * n * SPAN) / 4n)
      const exponent = (error: (step: FixedStep, t: Fixed, h: Fixed) => Fixed, shrink = 1n): number => {
        const at = stepper(tableau, f)
        const tried = sizes.map((h) => h / shrink)
        const errors = tried.map((h) => largest(starts.map((t) => error(at(t, exact(t), h), t, h))))
        return slope(tried.map(logarithm), errors.map(logarithm))
      }

      test('steps of order p', () => {
        expect(Math.abs(globalOrder(tableau, problem, from, direction) - tableau.order)).toBeLessThan(0.1)
      })

      test('dense output of order q', () => {
        const thetas = [1n, 3n, 5n, 7n, 9n, 11n, 13n, 15n]
        const measured = exponent((step, t, h) =>
          largest(thetas.map((n) => distance(step.at({ n, d: 16n }), exact(t + (n * h) / 16n)))),
        )
        expect(Math.abs(measured - (denseOrderSeen(tableau) + 1))).toBeLessThan(0.1)
      })

      test('error estimates of the embedded orders', () => {
        const orders = embeddedOrders(tableau)
        for (const row of ['error', 'errorLow'] as const) {
          if (!tableau[row]) continue
          const measured = exponent((step) => largest(step[row].map((e) => (e < 0n ? -e : e))), 8n)
          expect(Math.abs(measured - (orders[row] + 1)), row).toBeLessThan(0.1)
        }
      })
    })
  })
})

test('a wrong coefficient shows as a lower order', () => {
  const { dopri8 } = tableaus
  const wrong: Tableau = {
    ...(dopri8 as Tableau),
    a: (dopri8 as Tableau).a.map((row, i) => (i === 6 ? [...row.slice(0, 3), '0.1703', ...row.slice(4)] : row)),
  }
  const [problem] = Object.values(problems) as [Problem]
  expect(globalOrder(wrong, problem, problem.t0, 1n)).toBeLessThan(7)
})
