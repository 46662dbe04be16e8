/** Errors of solves from decade to decade of the tolerance, and what they must keep to. */

import { expect } from 'vitest'
import { odeint } from '../../src/solve/odeint.ts'
import { dopri8, fehlberg2 } from '../../src/tableaus/index.ts'
import type { Method } from '../../src/tableaus/tableau.ts'
import { AMPLIFICATION } from './amplification.ts'
import type { PiecewiseProblem } from './piecewise.ts'
import type { Problem } from './problem.ts'

/** The error at t1, relative to 1 + |y|, of the largest component. */
export function errorAt(problem: Problem & Partial<PiecewiseProblem>, solver: Method, tol: number): number {
  const { field, y0, y1, t1, seams } = problem
  // dopri8 takes steps of up to 4 time units. If it passes t1, only dense output, which no estimate sees, tells what y is there: of
  // C3 at 1e-9 280 tolerances off. So its last step ends on t1.
  const stops = solver === dopri8 ? { tStops: [...(seams?.tStops ?? []), t1] } : {}
  const options = { solver, rtol: tol, atol: tol, dense: false, maxSteps: 1e8, ...seams, ...stops }
  const { y } = odeint(field, y0, [0, t1], options)
  return Math.max(...y1.map((wanted, i) => Math.abs((y[i] as number) - wanted) / (1 + Math.abs(wanted))))
}

/**
 * The error of a step of fehlberg2 is h^3 |y'''| / 6 and its estimate h^2 |y''| / 512: with the estimate at the tolerance, the errors
 * of 20 time units add up to 20 * 512 / 6 = 1700 tolerances, 17 times what the others may take. Of heun21, whose estimate is
 * h^2 |y''| / 2, they are 7.
 */
const OF_FEHLBERG2 = 17

/**
 * Between 10^-from and 10^-to: within 100 tolerances times the amplification of the problem, and a tenth for a hundredth of the
 * tolerance, until rounding. Where the bound is 1 or more a problem is no longer linear in its errors, and nothing is said.
 */
export function expectDecades(name: string, problem: Problem, solver: Method, from: number, to: number): void {
  const grown = AMPLIFICATION[name] ?? 1
  const factor = 100 * grown * (solver === fehlberg2 ? OF_FEHLBERG2 : 1)
  const tolerances = Array.from({ length: to - from + 1 }, (_, i) => 10 ** -(from + i)).filter(
    (tol) => factor * tol < 1,
  )
  const errors = tolerances.map((tol) => errorAt(problem, solver, tol))
  for (const [i, error] of errors.entries()) {
    const tol = tolerances[i] as number
    expect(error, `${tol}`).toBeLessThan(factor * tol)
    // The two estimates of dopri8 combine to almost none where the first changes its sign: A3 at 1e-8 has one step that is 89
    // tolerances off, with an estimate of 0.92. So there a tenth for a thousandth.
    const earlier = i - (solver === dopri8 ? 3 : 2)
    if (earlier < 0) continue
    // An error below a tolerance, amplified, is luck. Of thousands of roundings some hundreds of units are left.
    const loose = Math.max(errors[earlier] as number, grown * (tolerances[earlier] as number))
    expect(error, `${tol}`).toBeLessThan(Math.max(loose / 10, 1e-13 * grown))
  }
}

/** How far each method goes in a few seconds: the steps of a low order grow tenfold for two decades or three. */
export const DECADES: Readonly<Record<string, readonly [number, number]>> = {
  heun21: [3, 7],
  // At 1e-3 a step that leaves its region of stability passes for accurate.
  fehlberg2: [4, 7],
  bosh3: [3, 10],
  dopri5: [3, 12],
  tsit5: [3, 12],
  fehlberg45: [3, 12],
  vern7: [3, 12],
  dopri8: [3, 12],
  rodas4: [3, 10],
}

/**
 * fehlberg2 compares the evaluations at the ends of a step alone. Where these agree whatever lies between, as on a half wave of
 * RELU_TIME, or where a step of 2 takes RELU_SAT back over its kink, it sees nothing.
 */
export const isBlind = (solver: Method, problem: Problem): boolean => solver === fehlberg2 && 'seams' in problem
