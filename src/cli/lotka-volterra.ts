/**
 * The classic two-species model as a baseline (Lotka 1925, Volterra 1926): U' = U (a' + b' V), V' = V (c' + d' U).
 *
 * Fitted in logarithms u = log(U / gU), v = log(V / gV), with g the geometric means: u' = a + b exp(v), v' = c + d exp(u).
 */

import { exp, Field } from '../index.ts'
import type { Series } from '../train/index.ts'
import { type Column, column } from './scaling.ts'

/** The field, its parameters by linear least squares of the record's slopes. */
export function lotkaVolterra(series: readonly Series[]): Field {
  const field = new Field(
    2,
    (p) => {
      const e = p.activate(p.state, 'exp')
      return p.concat(p.dense(p.slice(e, 1, 1), 1), p.dense(p.slice(e, 0, 1), 1))
    },
    { dtype: 'f64' },
  )
  const [a, b] = slopesAgainst(series, 0, 1)
  const [c, d] = slopesAgainst(series, 1, 0)
  field.parameters = [b, a, d, c]
  return field
}

/** Least squares of the slopes of column i, by central differences, on 1 and exp(column j): [constant, factor]. */
function slopesAgainst(all: readonly Series[], i: number, j: number): [number, number] {
  const points: [x: number, slope: number][] = []
  for (const { times, values } of all) {
    const [from, by] = [column(values, 2, i), exp(column(values, 2, j))]
    for (let k = 1; k + 1 < times.length; k++) {
      const slope =
        ((from[k + 1] as number) - (from[k - 1] as number)) / ((times[k + 1] as number) - (times[k - 1] as number))
      const x = by[k] as number
      if (Number.isFinite(slope) && Number.isFinite(x)) points.push([x, slope])
    }
  }
  const mean = (pick: (point: [number, number]) => number): number =>
    points.reduce((sum, point) => sum + pick(point), 0) / points.length
  if (points.length === 0) return [0, 0]
  const [x, y] = [mean((p) => p[0]), mean((p) => p[1])]
  const variance = mean((p) => (p[0] - x) * (p[0] - x))
  if (variance === 0) return [y, 0]
  const factor = mean((p) => (p[0] - x) * (p[1] - y)) / variance
  return [y - factor * x, factor]
}

/** The model in the units of the record. */
export interface LotkaVolterra {
  readonly prey: string
  readonly predator: string
  /** prey' = alpha prey - beta prey predator, predator' = delta prey predator - gamma predator, per unit of the time column. */
  readonly alpha: number
  readonly beta: number
  readonly gamma: number
  readonly delta: number
}

/** The fitted coefficients; the column that grows by itself is the prey (the first one, if none or both do). */
export function coefficients(parameters: ArrayLike<number>, columns: readonly Column[], unit: number): LotkaVolterra {
  const [b, a, d, c] = Array.from(parameters, (value) => value / unit) as [number, number, number, number]
  const [gU, gV] = exp(columns.map(({ mean }) => mean)) as unknown as [number, number]
  const [u, v] = columns.map(({ name }) => name) as [string, string]
  if (a < 0 && c > 0) return { prey: v, predator: u, alpha: c, beta: -d / gU, gamma: -a, delta: b / gV }
  return { prey: u, predator: v, alpha: a, beta: -b / gV, gamma: -c, delta: d / gU }
}
