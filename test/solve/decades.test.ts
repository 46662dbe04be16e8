// Every problem that is not stiff, from one decade of the tolerance to the next, with every method that chooses its steps. The bound
// is known before a solve: 100 tolerances, times what the problem makes of an error.

import { describe, expect, test } from 'vitest'
import { odeint } from '../../src/solve/odeint.ts'
import * as methods from '../../src/tableaus/index.ts'
import type { Method } from '../../src/tableaus/tableau.ts'
import { DECADES, expectDecades, isBlind } from '../support/decades.ts'
import { piecewise } from '../support/piecewise.ts'
import { problems } from '../support/problems.ts'

const solvers: Readonly<Record<string, unknown>> = methods

describe.each(Object.entries(DECADES))('%s', (method, [from, to]) => {
  const solver = solvers[method] as Method
  const cases = Object.entries({ ...problems, ...piecewise }).filter(([, problem]) => !isBlind(solver, problem))
  test.each(cases)('%s: within 100 tolerances, amplified, and falling with them', (name, problem) => {
    expectDecades(name, problem, solver, from, to)
  })
})

test('fehlberg2 does not see a step that lets grow what decays', () => {
  // Its estimate is h lambda (1 + (255/512) h lambda) / 512, which is 0 just where stability ends, at -2.008.
  const h = 2.02
  const tol = 1e-3
  const errors: (number | undefined)[] = []
  const { y } = odeint((_, [v]) => [-(v as number)], [1], [0, h], {
    solver: methods.fehlberg2,
    rtol: tol,
    atol: tol,
    dt0: h,
    tStops: [h],
    onStep: ({ error }) => void errors.push(error),
  })
  expect(errors).toHaveLength(1)
  expect(errors[0]).toBeLessThan(0.05)
  expect(y[0]).toBeGreaterThan(1)
})
