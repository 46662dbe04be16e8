/** The signal that a network field reads during a solve. */

import type { Arena } from '../core/arena.ts'
import type { Pointer, Vector } from '../core/boundary.ts'
import { shown } from '../core/check.ts'
import type { Block } from '../program/block.ts'
import { inputOf } from '../program/input.ts'
import type { Signal } from '../program/signal.ts'

/** What a field reads beside state and time. */
export interface InputOptions {
  /**
   * The signal u(t) of a network field that reads one (`p.input`, `p.inputRate`), made by `linearSignal` or `cubicSignal`. Steps end
   * at its knots, unless it says otherwise. No part of a saved model. Default: none.
   */
  readonly input?: Signal
}

const NONE: readonly number[] = []

/** Checks the signal against the field, a function if it is undefined. Returns the knots, and those at which the field jumps. */
export function inputStops(
  input: Signal | undefined,
  field: Block | undefined,
): { readonly knots: Iterable<number>; readonly jumps: Iterable<number> } {
  if (input === undefined) return { knots: NONE, jumps: NONE }
  // What a signal does comes with it: a bundle without signals has none of that.
  if (typeof input?.place !== 'function')
    throw new TypeError(`input must be made by linearSignal or cubicSignal, got ${shown(input)}`)
  if (field === undefined)
    throw new RangeError('input is for network fields: call signal.at(t) in the function, with tStops: signal.knots')
  input.checkBlock(field)
  if (!input.stops) return { knots: NONE, jumps: NONE }
  return { knots: input.knots, jumps: inputOf(field.calls).rate ? input.jumps : NONE }
}

/** What a sweep gives, with the cotangents of the signal's values for those of its coefficients. */
export function fedBack<S extends { readonly coefficients?: Vector }>(
  { coefficients, ...swept }: S,
  input: Signal | undefined,
): Omit<S, 'coefficients'> & { readonly dinput?: Float64Array } {
  return coefficients === undefined || input === undefined
    ? swept
    : { ...swept, dinput: input.pullBack(coefficients as Float64Array) }
}

/** The field as a solve of a batch sees it, with its signal if there is one; `order`: which path each row follows. */
export function fed(
  field: Block,
  input: Signal | undefined,
  order?: Pointer,
): (arena: Arena, batch: number) => Pointer {
  return input === undefined ? () => field.ready() : (arena, batch) => input.place(arena, field, batch, order)
}
