/** What a recurrent cell is: a field that reads, beside its state, a row of a series. */

import { checkInt } from '../core/check.ts'
import type { Builder, Register } from './builder.ts'
import { gather } from './cell-ops.ts'
import { Field, type FieldOptions } from './field.ts'
import { inputOf } from './input.ts'

/** Columns of a step before the values: elapsed time, whether there is a row at all, whether any of its values is there. */
export const ELAPSED = 0
export const REAL = 1
export const SEEN = 2
export const VALUES = 3

/** Columns of a step of so many features: those above, the values (0 where missing), and for each value whether it is there. */
export function stepWidth(features: number): number {
  return VALUES + 2 * features
}

/** What a cell reads of one step, all of the batch. */
export interface Reading {
  /** Time since the row before, a column. */
  readonly elapsed: Register
  /** 1 where any value of the row is there, else 0: a column. */
  readonly seen: Register
  /** The values, 0 where missing. */
  readonly values: Register
  /** 1 where a value is there, else 0. */
  readonly mask: Register
}

/** A column as wide as `width`. */
export function broadcast(p: Builder, column: Register, width: number): Register {
  return gather(p, column, new Array<number>(width).fill(0))
}

/** x + gate (y - x), the gate a column of zeros and ones. */
export function gated(p: Builder, gate: Register, x: Register, y: Register): Register {
  return p.add(x, p.mul(broadcast(p, gate, x.width), p.add(y, p.scale(x, -1))))
}

/**
 * A recurrent cell as a field: the state after a row of a series from that before it, for `Recurrent`. `write` writes the new state;
 * where a series has ended already the cell keeps the old one, to the bit.
 *
 * ```ts
 * // A leaky integrator: h' = h + dt (W x - h)
 * const field = cell(2, 8, (p, { values, elapsed }) => {
 *   const pull = p.add(p.dense(values, 8), p.scale(p.state, -1))
 *   return p.add(p.state, p.mul(gather(p, elapsed, Array(8).fill(0)), pull))
 * })
 * ```
 *
 * @param features values in a row of the series, 1 to 32766
 * @param hidden width of the state
 */
export function cell(
  features: number,
  hidden: number,
  write: (p: Builder, reading: Reading) => Register,
  options: FieldOptions = {},
): Field {
  checkInt('features', features, 1, 32766)
  return new Field(
    checkInt('hidden', hidden, 1, 65536),
    (p) => {
      const step = p.input(stepWidth(features))
      const after = write(p, {
        elapsed: p.slice(step, ELAPSED, 1),
        seen: p.slice(step, SEEN, 1),
        values: p.slice(step, VALUES, features),
        mask: p.slice(step, VALUES + features, features),
      })
      return gated(p, p.slice(step, REAL, 1), p.state, after)
    },
    options,
  )
}

/** The features that a cell reads; throws RangeError for a field that is none. */
export function featuresOf({ calls }: Field): number {
  const { width, rate } = inputOf(calls)
  const features = (width - VALUES) / 2
  if (rate || !(Number.isInteger(features) && features >= 1))
    throw new RangeError('the field must be a cell, such as gruCell makes: it reads no row of a series')
  return features
}
