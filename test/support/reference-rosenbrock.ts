/** One Rosenbrock step in plain doubles, straight from the definition in `rosenbrock.ts`: what the core is compared with. */

import type { RosenbrockTableau } from '../../src/tableaus/rosenbrock.ts'
import type { Coefficient } from '../../src/tableaus/tableau.ts'
import { solveDense } from './linear-solve.ts'
import { rational, toNumber } from './rational.ts'
import type { ReferenceField } from './reference-rk.ts'

export interface Linearised {
  readonly f: ReferenceField
  /** Rows of the Jacobian at (t, y), and the derivative by t. */
  readonly jacobian: (t: number, y: readonly number[]) => number[][]
  readonly rate: (t: number, y: readonly number[]) => number[]
}

export interface RosenbrockStep {
  readonly y: number[]
  readonly error: number[]
  readonly at: (theta: number) => number[]
}

const numbers = (row: readonly Coefficient[]): number[] => row.map((value) => toNumber(rational(value)))

export function rosenbrockStep(
  tableau: RosenbrockTableau,
  { f, jacobian, rate }: Linearised,
  t: number,
  y: readonly number[],
  h: number,
): RosenbrockStep {
  const [gamma] = numbers([tableau.gamma]) as [number]
  const [c, gammas] = [numbers(tableau.c), numbers(tableau.gammas)]
  const [J, ft] = [jacobian(t, y), rate(t, y)]
  const matrix = J.map((row, i) => row.map((value, j) => (i === j ? 1 / (gamma * h) : 0) - value))
  const u: number[][] = []
  const sum = (weights: readonly number[], m: number): number =>
    weights.reduce((total, weight, i) => total + weight * (u[i]?.[m] as number), 0)
  for (let i = 0; i < c.length; i++) {
    const [a, C] = [numbers(tableau.a[i] ?? []), numbers(tableau.C[i] ?? [])]
    const stage = y.map((value, m) => value + sum(a, m))
    const side = f(t + (c[i] as number) * h, stage).map(
      (value, m) => value + sum(C, m) / h + (gammas[i] as number) * h * (ft[m] as number),
    )
    u.push(solveDense(matrix, side))
  }
  const rows = tableau.dense.rows.map(numbers)
  const polynomial = (row: readonly number[], theta: number): number => row.reduceRight((p, x) => (p + x) * theta, 0)
  return {
    y: y.map((value, m) => value + sum(numbers(tableau.b), m)),
    error: y.map((_, m) => sum(numbers(tableau.error), m)),
    at: (theta) =>
      y.map(
        (value, m) =>
          value +
          sum(
            rows.map((row) => polynomial(row, theta)),
            m,
          ),
      ),
  }
}
