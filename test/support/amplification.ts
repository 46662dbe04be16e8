/**
 * How far a perturbation on the way moves the end: the condition of a problem, and so what a bound on its error has to grow by. A
 * controller bounds the error of each step against 1 + |y|, component by component; what the field then makes of it is no
 * solver's affair.
 */

import { odeint } from '../../src/solve/odeint.ts'
import { dopri5, dopri8 } from '../../src/tableaus/index.ts'
import type { PiecewiseProblem } from './piecewise.ts'
import type { Problem } from './problem.ts'

/**
 * The largest `amplification` of each problem, rounded up; 1 where it is less. `test/long/conditions.long.ts` measures them.
 */
export const AMPLIFICATION: Readonly<Record<string, number>> = {
  // y' = y cos t grows by e^2 between its least and its largest value.
  A3: 2.7,
  // The field has a pole on the line y = -t, which the solution comes close to at once.
  A5: 17,
  // Closed orbits: an error becomes one of the phase, which grows with the number of turns.
  B1: 26,
  B5: 42,
  E1: 1.4,
  E2: 8.8,
  BRUS: 1.5,
  SPIRAL3: 12,
  // What is lost above arrives at the last member of a chain: errors of all members add up there.
  B3: 2.1,
  C1: 5.6,
  C2: 5.6,
  // The unit of an error is 1 + |y|, up to 31 for the outer planets; the inner ones are as far off as the force of those.
  C5: 33,
  // An error in the energy is one in the period, and grows with the number of orbits; the closer the start, the larger it is.
  D1: 250,
  D2: 410,
  D4: 600,
  D5: 2800,
  // A falling body, a pursuit: an error in the speed is one of the way.
  E4: 1.2,
  E5: 1.9,
  // Starts at six thousandths of the distance from the moon, and comes back to it.
  AREN: 5.2e6,
  // Close encounters of seven stars.
  PLEI: 9200,
  // Chaos: nearby solutions part with the exponent 0.9, faster on the way from wing to wing.
  LRNZ10: 62,
  // A network with two components that move each other.
  RELU_NET_2_8_2: 1.5,
}

/**
 * max_i sum_j |dy_i(t1) / dy_j(t)| (1 + |y_j(t)|) / (1 + |y_i(t1)|), by central differences, at the largest over the times t at
 * which steps of dopri5 begin.
 */
export function amplification({ field, y0, y1, t1, seams }: Problem & Partial<PiecewiseProblem>): number {
  const way = odeint(field, y0, [0, t1], { solver: dopri5, rtol: 1e-6, atol: 1e-6, ...seams })
  const options = { solver: dopri8, rtol: 1e-12, atol: 1e-12, dense: false, maxSteps: 1e6, ...seams }
  const from = (t: number, y: Float64Array): readonly number[] => [...odeint(field, y, [t, t1], options).y]
  let largest = 0
  for (const t of way.stepTimes.filter((time) => time < t1)) {
    const y = Float64Array.from(way.at(t))
    const sums = y1.map(() => 0)
    for (const [j, v] of y.entries()) {
      // Short against the distances of AREN, long against what is left of 1e-12.
      const h = 1e-8 * (1 + Math.abs(v))
      const [more, less] = [y.slice(), y.slice()]
      more[j] = v + h
      less[j] = v - h
      const [up, down] = [from(t, more), from(t, less)]
      for (const [i, end] of y1.entries()) {
        const moved = Math.abs((up[i] as number) - (down[i] as number)) / 2e-8
        sums[i] = (sums[i] as number) + moved / (1 + Math.abs(end))
      }
    }
    largest = Math.max(largest, ...sums)
  }
  return largest
}
