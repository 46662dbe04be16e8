/**
 * The adaptive loop in plain doubles, from the description of `Controller`: which steps it takes. The core's must be the same
 * but for the last bits of powers.
 */

import type { Controller } from '../../src/solve/controller.ts'
import type { Tableau } from '../../src/tableaus/tableau.ts'
import { type ReferenceField, rkStep } from './reference-rk.ts'

export interface Steps {
  /** Ends of the accepted steps. */
  readonly times: readonly number[]
  readonly rejected: number
}

const LEAST = 1e-4

/** The steps from (0, y0) over t1, of which the first is h0, with rtol = atol = tol. */
export function controlledSteps(
  tableau: Tableau,
  { beta, betaRejected, eager, safety, factorMin, factorMax }: Controller,
  f: ReferenceField,
  y0: readonly number[],
  t1: number,
  h0: number,
  tol: number,
): Steps {
  const [b0, b1, b2] = beta.map((b) => -b / tableau.order) as [number, number, number]
  const times: number[] = []
  let [t, y, h, rejected, last, before, limit] = [0, [...y0], h0, 0, LEAST, LEAST, factorMax]
  while (t < t1) {
    const step = rkStep(tableau, f, t, y, h)
    const scale = y.map((v, i) => tol + tol * Math.max(Math.abs(v), Math.abs(step.y[i] as number)))
    const norm = (x: readonly number[]): number =>
      Math.sqrt(x.reduce((sum, v, i) => sum + (v / (scale[i] as number)) ** 2, 0) / x.length)
    const high = norm(step.error)
    const low = tableau.errorLow ? norm(step.errorLow) : 0
    const error = tableau.errorLow ? high ** 2 / Math.sqrt(high ** 2 + 0.01 * low ** 2) : high
    if (error <= 1) {
      t += h
      y = step.y
      times.push(t)
      const factor = safety * error ** b0 * last ** b1 * before ** b2
      h *= Math.min(limit, Math.max(factor, eager && error < 1 ? 1 : factorMin))
      ;[before, last, limit] = [last, Math.max(error, LEAST), factorMax]
    } else {
      rejected++
      h *= Math.max(safety * error ** (-betaRejected / tableau.order), factorMin)
      if (!eager) limit = 1
    }
  }
  return { times, rejected }
}
