/**
 * The adaptive loop of torchdiffeq 0.2.5 (rk_common.py, misc.py) in plain doubles, written from its description: norm, first
 * step, accept/reject and step factor. Only numbers of evaluations come out: what the controller decided.
 */

import { compile, type Tableau } from '../../src/tableaus/tableau.ts'
import { type ReferenceField, rkStep } from './reference-rk.ts'

export interface Count {
  readonly nfe: number
  readonly accepted: number
  readonly rejected: number
}

const rms = (x: readonly number[]): number => Math.sqrt(x.reduce((sum, v) => sum + v * v, 0) / x.length)
const over = (x: readonly number[], scale: readonly number[]): number[] => x.map((v, i) => v / (scale[i] as number))

/** Hairer's estimate, called with `order` - 1 as torchdiffeq does: one evaluation besides f0. */
function firstStep(
  f: ReferenceField,
  t0: number,
  y0: readonly number[],
  f0: readonly number[],
  order: number,
  tol: number,
): number {
  const scale = y0.map((y) => tol + Math.abs(y) * tol)
  const [d0, d1] = [rms(over(y0, scale)), rms(over(f0, scale))]
  const h0 = d0 < 1e-5 || d1 < 1e-5 ? 1e-6 : (0.01 * d0) / d1
  const y1 = y0.map((y, i) => y + h0 * (f0[i] as number))
  const f1 = f(t0 + h0, y1)
  const d2 =
    rms(
      over(
        f1.map((v, i) => v - (f0[i] as number)),
        scale,
      ),
    ) / h0
  const h1 = d1 <= 1e-15 && d2 <= 1e-15 ? Math.max(1e-6, h0 * 1e-3) : (0.01 / Math.max(d1, d2)) ** (1 / (order - 1 + 1))
  return Math.min(100 * h0, h1)
}

/** What torchdiffeq spends on y' = f(t, y) from 0 to t1 with rtol = atol = tol and a tableau whose last stage serves again. */
export function torchdiffeqCount(
  tableau: Tableau,
  f: ReferenceField,
  y0: readonly number[],
  t1: number,
  tol: number,
): Count {
  const { order } = tableau
  let [t, y, accepted, rejected] = [0, [...y0], 0, 0]
  let h = firstStep(f, t, y, f(t, y), order, tol)
  while (t < t1) {
    const step = rkStep(tableau, f, t, y, h)
    const scale = y.map((v, i) => tol + tol * Math.max(Math.abs(v), Math.abs(step.y[i] as number)))
    const ratio = rms(over(step.error, scale))
    if (ratio <= 1) {
      t += h
      y = step.y
      accepted++
    } else rejected++
    const smallest = ratio < 1 ? 1 : 0.2
    h *= ratio === 0 ? 10 : Math.min(10, Math.max(0.9 / ratio ** (1 / order), smallest))
  }
  return { nfe: 2 + (compile(tableau).stages - 1) * (accepted + rejected), accepted, rejected }
}
