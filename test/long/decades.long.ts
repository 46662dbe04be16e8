// All methods, all problems, every decade that rounding leaves; in the default suite the low orders end earlier.

import { describe, expect, test } from 'vitest'
import { odeint } from '../../src/solve/odeint.ts'
import { tableaus } from '../../src/tableaus/all.ts'
import * as methods from '../../src/tableaus/index.ts'
import type { Method } from '../../src/tableaus/tableau.ts'
import { AMPLIFICATION } from '../support/amplification.ts'
import { DECADES, expectDecades, isBlind } from '../support/decades.ts'
import { piecewise } from '../support/piecewise.ts'
import { problems } from '../support/problems.ts'

const solvers: Readonly<Record<string, unknown>> = methods
const all = Object.entries({ ...problems, ...piecewise })
/** Further than DECADES. A solve of heun21 at 1e-9 has a million steps. */
const FURTHER: Readonly<Record<string, number>> = { heun21: 9, fehlberg2: 9, bosh3: 12 }

describe.each(Object.entries(DECADES))('%s', (method, [from, to]) => {
  const solver = solvers[method] as Method
  test.each(all.filter(([, problem]) => !isBlind(solver, problem)))('%s', (name, problem) => {
    expectDecades(name, problem, solver, from, FURTHER[method] ?? to)
  })
})

describe.each(Object.entries(tableaus))('%s in equal steps', (_, solver) => {
  test.each(Object.entries(problems))('%s: errors fall as its order says', (name, problem) => {
    const { field, y0, y1, t1 } = problem
    const grown = AMPLIFICATION[name] ?? 1
    const errors = Array.from({ length: 6 }, (__, k) => {
      const { y, status } = odeint(field, y0, [0, t1], {
        solver,
        steps: 500 * 2 ** k,
        dense: false,
        throwOnFailure: false,
      })
      if (status !== 'ok') return Number.POSITIVE_INFINITY
      return Math.max(...y1.map((wanted, i) => Math.abs((y[i] as number) - wanted) / (1 + Math.abs(wanted))))
    })
    // Where an error changes its sign it is small by luck; what counts is the largest from there on. Of three halvings two must show,
    // with an order less, where errors are neither too large for the problem to be linear in them nor near rounding.
    const largest = errors.map((__, k) => Math.max(...errors.slice(k)))
    for (const [k, error] of largest.entries()) {
      const before = largest[k - 3] ?? Number.POSITIVE_INFINITY
      if (before > 1e-3 / grown) continue
      expect(error, `${500 * 2 ** k} steps`).toBeLessThan(Math.max(before / 4 ** (solver.order - 1), 1e-12 * grown))
    }
    // And they get there, but where one length does not suit the whole way.
    if (grown < 100 && solver.order > 1) expect(errors[5]).toBeLessThan(1e-3)
  })
})
