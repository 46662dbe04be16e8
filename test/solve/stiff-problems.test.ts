import { describe, expect, test } from 'vitest'
import { odeint } from '../../src/solve/odeint.ts'
import type { Solution } from '../../src/solve/solution.ts'
import { rodas4 } from '../../src/tableaus/index.ts'
import { type StiffProblem, stiffProblems } from '../support/stiff-problems.ts'

const cases = Object.entries(stiffProblems)
const DECADES = Array.from({ length: 10 }, (_, i) => 10 ** -(3 + i))

function solve({ field, y0, t1, atol, jac }: StiffProblem, tol: number, exact: boolean): Solution {
  const scaled = typeof atol === 'number' ? atol * tol : atol.map((value) => value * tol)
  const given = exact ? { jac, dfdt: () => {} } : {}
  return odeint(field, y0, [0, t1], { solver: rodas4, rtol: tol, atol: scaled, dense: false, maxSteps: 1e6, ...given })
}

/** The largest relative error of a component, however small that is: 1e-14 in ROBER. */
const error = ({ y }: Solution, { y1 }: StiffProblem): number =>
  Math.max(...y1.map((wanted, i) => Math.abs((y[i] as number) - wanted) / Math.abs(wanted)))

describe('rodas4', () => {
  // No problem needs a factor of its own: the largest of these errors is 7 tolerances (OREGO at 1e-3).
  test.each(cases)('%s: every component within 100 tolerances, and better the tighter they are', (_, problem) => {
    const errors = DECADES.map((tol) => error(solve(problem, tol, true), problem))
    for (const [i, tol] of DECADES.entries()) {
      const [now, before] = [errors[i] as number, errors[i - 2] ?? Number.POSITIVE_INFINITY]
      expect(now, `${tol}`).toBeLessThan(100 * tol)
      // A tenth for a hundredth of the tolerance; an error below its own tolerance is luck.
      expect(now, `${tol}`).toBeLessThan(Math.max(before, 100 * tol) / 10)
    }
  })

  test.each(cases)('%s: differences do what the Jacobian does', (_, problem) => {
    for (const tol of [1e-4, 1e-6]) {
      const [exact, approximate] = [solve(problem, tol, true), solve(problem, tol, false)]
      expect(error(approximate, problem)).toBeLessThan(100 * tol)
      expect(Math.abs(approximate.stats.steps / exact.stats.steps - 1)).toBeLessThan(0.03)
      // n evaluations for each Jacobian, and one for the derivative by time.
      const { nfe, steps, accepted, njev, nlu } = approximate.stats
      const n = problem.y0.length
      expect({ njev, nlu }).toEqual({ njev: accepted, nlu: steps })
      expect(nfe).toBe(2 + 6 * steps + (accepted - 1) + njev * (n + 1))
      expect(exact.stats.nfe).toBe(2 + 6 * exact.stats.steps + (exact.stats.accepted - 1))
    }
  })

  test('what is conserved stays so: the sum of the concentrations', () => {
    for (const name of ['ROBER40', 'ROBER']) {
      const { y } = solve(stiffProblems[name] as StiffProblem, 1e-6, true)
      expect(Math.abs((y[0] as number) + (y[1] as number) + (y[2] as number) - 1)).toBeLessThan(1e-12)
    }
  })

  test('few steps: the fast transients are damped, not followed', () => {
    // 30 decades of time in ROBER; an explicit method would need 1e15 steps.
    const steps = cases.map(([name, problem]) => [name, solve(problem, 1e-4, true).stats.steps])
    const most = { ROBER40: 50, ROBER: 200, VDP1000: 600, OREGO: 700, HIRES: 150, BRUS1D40: 80 }
    for (const [name, count] of steps) expect(count).toBeLessThan(most[name as keyof typeof most])
  })
})
