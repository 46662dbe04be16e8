/**
 * Runge-Kutta steps in fixed-point numbers of 192 fraction bits, for orders that doubles cannot show: an error of order 8 falls
 * from where it is not yet one into the rounding within a few sizes.
 */

import type { Coefficient, Tableau } from '../../src/tableaus/tableau.ts'
import { type Big, cos, exp, sin } from './bigfloat.ts'
import { type Rational, rational } from './rational.ts'

/** The number x / 2^192. */
export type Fixed = bigint

const BITS = 192n

export const fixed = (x: Coefficient | Rational): Fixed => {
  const { n, d } = typeof x === 'object' ? x : rational(x)
  return (n << BITS) / d
}

export const mul = (x: Fixed, y: Fixed): Fixed => (x * y) >> BITS

const fromBig = ({ m, e }: Big): Fixed => {
  const by = BigInt(e) + BITS
  return by >= 0n ? m << by : m >> -by
}
const toBig = (x: Fixed): Big => ({ m: x, e: Number(-BITS) })

export const fixedCos = (x: Fixed): Fixed => fromBig(cos(toBig(x)))
export const fixedExp = (x: Fixed): Fixed => fromBig(exp(toBig(x)))
export const fixedSin = (x: Fixed): Fixed => fromBig(sin(toBig(x)))

/** The logarithm of |x|, as a double. */
export function logarithm(x: Fixed): number {
  const digits = (x < 0n ? -x : x).toString()
  return Math.log(Number(`0.${digits}`)) + digits.length * Math.LN10 - Number(BITS) * Math.LN2
}

/** dy/dt = f(t, y): returns a new array of y's length. */
export type FixedField = (t: Fixed, y: readonly Fixed[]) => Fixed[]

export interface FixedStep {
  readonly y: Fixed[]
  readonly error: Fixed[]
  readonly errorLow: Fixed[]
  /** Dense output at t + theta h. */
  readonly at: (theta: Rational) => Fixed[]
}

/** A tableau as numbers. */
function numbers(tableau: Tableau) {
  const { a, b, c, error, errorLow, dense } = tableau
  const row = (values: readonly Coefficient[] = []): Fixed[] => values.map(fixed)
  return {
    c: row([...c, ...(dense.extra?.c ?? [])]),
    a: [...a, ...(dense.extra?.a ?? [])].map(row),
    b: row(b),
    error: row(error),
    errorLow: row(errorLow),
    dense: dense.rows.map(row),
  }
}

/** A method at work on a field: its steps. */
export function stepper(tableau: Tableau, f: FixedField): (t: Fixed, y: readonly Fixed[], h: Fixed) => FixedStep {
  const { c, a, b, error, errorLow, dense } = numbers(tableau)
  return (t, y, h) => {
    const k: Fixed[][] = []
    const combine = (start: readonly Fixed[], weights: readonly Fixed[]): Fixed[] =>
      start.map(
        (from, j) =>
          from +
          mul(
            h,
            weights.reduce((s, w, i) => (w ? s + mul(w, k[i]?.[j] as Fixed) : s), 0n),
          ),
      )
    // The stages of dense output are taken when it is asked for.
    const upTo = (count: number): void => {
      for (let i = k.length; i < count; i++) k.push(f(t + mul(c[i] as Fixed, h), combine(y, a[i] as Fixed[])))
    }
    upTo(b.length)
    const zero = y.map(() => 0n)
    return {
      y: combine(y, b),
      error: combine(zero, error),
      errorLow: combine(zero, errorLow),
      at: (theta) => {
        upTo(c.length)
        const at = fixed(theta)
        return combine(
          y,
          dense.map((row) => row.reduceRight((s, r) => mul(s + r, at), 0n)),
        )
      },
    }
  }
}
