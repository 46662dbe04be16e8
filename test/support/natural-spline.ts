/** Natural cubic splines by their definition: one dense linear system for all coefficients. */

import { solveDense } from './linear-solve.ts'

/** Derivative `order` of sum c[j] x^j, as a row of factors of c. */
const powers = (x: number, order: number): number[] =>
  [0, 1, 2, 3].map((j) => {
    if (j < order) return 0
    let factor = 1
    for (let m = 0; m < order; m++) factor *= j - m
    return factor * x ** (j - order)
  })

/** Derivative `order` of the spline through (ts, values) at t, between the knots. */
export function naturalSpline(ts: readonly number[], values: readonly number[]): (t: number, order?: number) => number {
  const n = ts.length - 1
  const matrix: number[][] = []
  const side: number[] = []
  const equation = (parts: readonly (readonly [piece: number, factors: readonly number[]])[], value: number): void => {
    const row = new Array<number>(4 * n).fill(0)
    for (const [piece, factors] of parts) for (let j = 0; j < 4; j++) row[4 * piece + j] = factors[j] as number
    matrix.push(row)
    side.push(value)
  }
  const h = (k: number): number => (ts[k + 1] as number) - (ts[k] as number)
  for (let k = 0; k < n; k++) {
    equation([[k, powers(0, 0)]], values[k] as number)
    equation([[k, powers(h(k), 0)]], values[k + 1] as number)
  }
  for (let k = 1; k < n; k++) {
    for (const order of [1, 2]) {
      equation(
        [
          [k - 1, powers(h(k - 1), order)],
          [k, powers(0, order).map((v) => -v)],
        ],
        0,
      )
    }
  }
  equation([[0, powers(0, 2)]], 0)
  equation([[n - 1, powers(h(n - 1), 2)]], 0)
  const c = solveDense(matrix, side)
  return (t, order = 0) => {
    let k = 0
    while (k < n - 1 && (ts[k + 1] as number) <= t) k++
    return powers(t - (ts[k] as number), order).reduce((sum, v, j) => sum + v * (c[4 * k + j] as number), 0)
  }
}
