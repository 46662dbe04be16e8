import * as abi from '../../assembly/abi.ts'
import type { Arena } from '../core/arena.ts'
import {
  type Dtype,
  type HostField,
  moveOut,
  type Pointer,
  readInto,
  setI32,
  type Vector,
  vector,
} from '../core/boundary.ts'
import { shown } from '../core/check.ts'

/**
 * A field as a JavaScript function: writes dy/dt of the state y at time t into dy, or returns it as an array. y and dy are
 * reused between calls: copy what you keep.
 */
// biome-ignore lint/suspicious/noConfusingVoidType: a field that writes dy returns nothing
export type FieldFunction = (t: number, y: Vector, dy: Vector) => void | ArrayLike<number>

/**
 * Wraps a function of n numbers for the core: it sees arrays of its own, so nothing it does reaches the solver's memory. `length`
 * and `blank`: what it writes to, and what it finds there.
 */
export function hostField(
  f: FieldFunction,
  dtype: Dtype,
  n: number,
  length: number = n,
  blank: number = Number.NaN,
): HostField {
  const y = vector(dtype, n)
  // A component that is never written must not pass for a derivative.
  const dy = vector(dtype, length).fill(blank)
  return (t, from, to) => {
    readInto(dtype, from, y)
    const result = f(t, y, dy)
    checkAttached(y, n, dy, length)
    if (result !== undefined) take(result, dy)
    moveOut(dtype, dy, to, blank)
  }
}

/** Throws where a field has transferred its arrays. */
export function checkAttached(y: Vector, n: number, dy: Vector, length: number): void {
  if (y.length !== n || dy.length !== length) throw new TypeError('field detached y or dy: it may not transfer them')
}

/** Moves what a field returned into dy. */
export function take(result: ArrayLike<number>, dy: Vector): void {
  if (typeof result !== 'object' || result === null || typeof result.length !== 'number') {
    throw new TypeError(`field returned ${shown(result)}: write dy, or return an array of ${dy.length} numbers`)
  }
  if (result.length !== dy.length) throw new TypeError(`field returned ${result.length} values, expected ${dy.length}`)
  if (result !== dy) dy.set(result)
}

/** A field struct for the core whose evaluations call the function registered as `id`; its derivatives likewise, -1 = none. */
export function hostFieldPointer(arena: Arena, id: number, n: number, jac = -1, dfdt = -1): Pointer {
  const at = arena.bytes(abi.FIELD_SIZE)
  setI32(at + abi.FIELD_KIND, abi.FIELD_HOST)
  setI32(at + abi.FIELD_DIM, n)
  setI32(at + abi.FIELD_ID, id)
  setI32(at + abi.FIELD_JACOBIAN, jac + 1)
  setI32(at + abi.FIELD_TIME_DERIVATIVE, dfdt + 1)
  return at
}
