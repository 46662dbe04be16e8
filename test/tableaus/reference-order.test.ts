/**
 * Orders as they show in doubles: the slope of log error against log h.
 *
 * Steps: global error after a fixed time. Dense output: the error inside ONE step from an exact start, which falls as
 * h^(q + 1) for dense output of order q. A global measurement could not tell: it sees the smaller of p and q + 1, so that
 * rk4's order 3 (and any bad interpolant one order below its method) would pass for 4.
 *
 * Nine step sizes, each 2^(1/4) times smaller than the one before: dopri5 and tsit5 leave little room between sizes where
 * their small h^5 term rules and sizes where rounding does (their errors here are 1e-9 to 1e-13).
 *
 * Orders above 6 leave no room at all: high-order.test.ts measures them in multiple precision.
 */

import { describe, expect, test } from 'vitest'
import { tableaus } from '../../src/tableaus/all.ts'
import type { Tableau } from '../../src/tableaus/tableau.ts'
import { integrate, type ReferenceField, type ReferenceStep, rkStep } from '../support/reference-rk.ts'

interface Problem {
  readonly f: ReferenceField
  readonly exact: (t: number) => number[]
  readonly t0: number
  readonly t1: number
}

const problems: Readonly<Record<string, Problem>> = {
  // y' = cos(t) y^2: nonlinear, with time, so that the nodes c are seen
  'y = 1 / (1.25 - sin t)': {
    f: (t, [y]) => [Math.cos(t) * (y as number) ** 2],
    exact: (t) => [1 / (1.25 - Math.sin(t))],
    t0: 0.25,
    t1: 7,
  },
  // A nonlinear centre: the angular velocity is r^2. Two components, and the same in both directions.
  'y = (cos t, sin t)': {
    f: (_, [x, y]) => {
      const [u, v] = [x as number, y as number]
      const speed = u * u + v * v
      return [-speed * v, speed * u]
    },
    exact: (t) => [Math.cos(t), Math.sin(t)],
    t0: 0,
    t1: 8,
  },
}

const distance = (x: readonly number[], y: readonly number[]): number =>
  Math.max(...x.map((xi, i) => Math.abs(xi - (y[i] as number))))

/** Least-squares slope. */
function slope(x: readonly number[], y: readonly number[]): number {
  const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length
  const [mx, my] = [mean(x), mean(y)]
  const xy = x.reduce((sum, xi, i) => sum + (xi - mx) * ((y[i] as number) - my), 0)
  return xy / x.reduce((sum, xi) => sum + (xi - mx) ** 2, 0)
}

const REFINEMENTS = Array.from({ length: 9 }, (_, i) => 2 ** (i / 4))
// By order: small enough for the leading term to rule, large enough for rounding to stay below.
const COARSEST_STEPS = [2048, 512, 256, 1024, 256]
const LARGEST_LOCAL_STEP = 0.03

const logs = (values: readonly number[]): number[] => values.map((value) => Math.log(Math.abs(value)))

function globalOrder(tableau: Tableau, { f, exact }: Problem, t0: number, t1: number): number {
  const steps = REFINEMENTS.map((r) => Math.round((COARSEST_STEPS[tableau.order - 1] as number) * r))
  const errors = steps.map((n) => distance(integrate(tableau, f, t0, t1, exact(t0), n), exact(t1)))
  return -slope(logs(steps), logs(errors))
}

/** The exponent of h in `error` of one step of size h, of `direction`'s sign, from the exact state at t. */
function localExponent(
  tableau: Tableau,
  { f, exact }: Problem,
  t: number,
  direction: number,
  error: (step: ReferenceStep, h: number) => number,
): number {
  const sizes = REFINEMENTS.map((r) => (direction * LARGEST_LOCAL_STEP) / r)
  return slope(logs(sizes), logs(sizes.map((h) => error(rkStep(tableau, f, t, exact(t), h), h))))
}

describe.each(Object.entries(tableaus).filter(([, { order }]) => order <= 6))('%s', (_, tableau) => {
  describe.each(Object.entries(problems))('%s', (__, problem) => {
    const { exact, t0, t1 } = problem

    describe.each([
      ['forward', t0, t1],
      ['backward', t1, t0],
    ])('%s', (___, from, to) => {
      test('steps of order p', () => {
        expect(Math.abs(globalOrder(tableau, problem, from, to) - tableau.order)).toBeLessThan(0.1)
      })

      test('dense output of order q', () => {
        const thetas = [1, 3, 5, 7, 9, 11, 13, 15].map((i) => i / 16)
        const measured = localExponent(tableau, problem, from, to - from > 0 ? 1 : -1, ({ at }, h) =>
          Math.max(...thetas.map((theta) => distance(at(theta), exact(from + theta * h)))),
        )
        expect(Math.abs(measured - (tableau.dense.order + 1))).toBeLessThan(0.1)
      })

      test.runIf(tableau.error)('error estimate of the embedded order p - 1', () => {
        const measured = localExponent(tableau, problem, from, to - from > 0 ? 1 : -1, ({ error }) =>
          Math.max(...error.map(Math.abs)),
        )
        expect(Math.abs(measured - tableau.order)).toBeLessThan(0.1)
      })
    })
  })
})

test('a wrong coefficient shows as a lower order', () => {
  const rk4 = tableaus.rk4 as Tableau
  const wrong: Tableau = { ...rk4, a: [[], ['1/2'], ['1/10', '4/10'], [0, 0, 1]] }
  for (const problem of Object.values(problems)) {
    expect(globalOrder(wrong, problem, problem.t0, problem.t1)).toBeLessThan(3.2)
  }
})
