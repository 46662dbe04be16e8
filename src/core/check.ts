/** Validation at the edge: each check returns the value that is used from then on, or throws naming argument, value and cure. */

import type { Dtype } from './boundary.ts'

/** Numbers as users pass them. */
export type Numbers = readonly number[] | Float32Array | Float64Array

/** An integer in [low, high]. */
export function checkInt(name: string, value: number, low: number, high: number): number {
  if (!Number.isInteger(value) || value < low || value > high) {
    throw new RangeError(`${name} must be an integer from ${low} to ${high}, got ${value}`)
  }
  return value
}

/** A finite number > 0. */
export function checkPositive(name: string, value: number): number {
  if (!(value > 0 && value < Infinity)) throw new RangeError(`${name} must be a finite number > 0, got ${value}`)
  return value
}

/** A finite number >= 0. */
export function checkNonNegative(name: string, value: number): number {
  if (!(value >= 0 && value < Infinity)) throw new RangeError(`${name} must be a finite number >= 0, got ${value}`)
  return value
}

/** A finite number in [low, high). */
export function checkBelow(name: string, value: number, low: number, high: number): number {
  if (!(value >= low && value < high)) throw new RangeError(`${name} must be in [${low}, ${high}), got ${value}`)
  return value
}

/** A number in [low, high]. */
export function checkWithin(name: string, value: number, low: number, high: number): number {
  if (!(typeof value === 'number' && value >= low && value <= high)) {
    throw new RangeError(`${name} must be a number from ${low} to ${high}, got ${value}`)
  }
  return value
}

/** One of a list of words. */
export function checkOneOf<T extends string | boolean>(name: string, value: T, allowed: readonly T[]): T {
  if (!allowed.includes(value)) {
    throw new RangeError(`${name} must be one of ${allowed.join(', ')}, got ${JSON.stringify(value)}`)
  }
  return value
}

/** An array of finite numbers (NaN where `missing` allows it); plain arrays are checked for what typed arrays cannot hold. */
export function checkNumbers(name: string, values: Numbers, missing = false): Numbers {
  if (!Array.isArray(values) && !(values instanceof Float32Array) && !(values instanceof Float64Array)) {
    throw new TypeError(
      `${name} must be an array of numbers, a Float32Array or a Float64Array, got ${describe(values)}`,
    )
  }
  if (
    ArrayBuffer.isView(values) &&
    values.length === 0 &&
    values.buffer.byteLength === 0 &&
    isDetached(values.buffer)
  ) {
    throw new TypeError(`${name} is detached: its buffer was transferred; pass a copy`)
  }
  for (let i = 0; i < values.length; i++) {
    const value: unknown = values[i]
    if (typeof value !== 'number') throw new TypeError(`${name}[${i}] must be a number, got ${describe(value)}`)
    if (missing && Number.isNaN(value)) continue
    if (!Number.isFinite(value)) throw new RangeError(`${name}[${i}] is ${value}, it must be finite`)
  }
  return values
}

/** `buffer.detached`, which Node 20 does not have. */
function isDetached(buffer: ArrayBufferLike): boolean {
  try {
    new Uint8Array(buffer)
    return false
  } catch {
    return true
  }
}

function describe(value: unknown): string {
  if (value === null) return 'null'
  if (typeof value === 'string') return JSON.stringify(value)
  return typeof value === 'object' ? ((value as object).constructor?.name ?? 'object') : String(value)
}

/** The precision that `values` ask for: Float32Array is f32, anything else f64. */
export function precisionOf(values: Numbers): Dtype {
  return values instanceof Float32Array ? 'f32' : 'f64'
}

/** States for a field of `dim` components: finite, a whole number of rows (0 too), in the field's precision. Returns the rows. */
export function checkStates(name: string, values: Numbers, dim: number, dtype: Dtype): number {
  checkNumbers(name, values)
  if (values.length % dim !== 0) {
    throw new RangeError(`${name} must hold rows of ${dim} numbers, got ${values.length} numbers`)
  }
  if (ArrayBuffer.isView(values) && precisionOf(values) !== dtype) {
    const given = dtype === 'f32' ? 'Float64Array' : 'Float32Array'
    throw new TypeError(
      `${name} is a ${given} but the model is ${dtype}: convert it, or make the model with dtype '${dtype === 'f32' ? 'f64' : 'f32'}'`,
    )
  }
  if (dtype === 'f32' && !ArrayBuffer.isView(values)) {
    const i = values.findIndex((value) => !Number.isFinite(Math.fround(value)))
    if (i >= 0)
      throw new RangeError(`${name}[${i}] is ${values[i]}, too large for f32: make the model with dtype 'f64'`)
  }
  return values.length / dim
}

/** Times in one direction, repeats allowed: [t0, ..., t1]. */
export function checkTimes(name: string, times: Numbers): Float64Array {
  checkNumbers(name, times)
  if (times.length === 0) throw new RangeError(`${name} must hold at least the start time`)
  const checked = new Float64Array(times.length)
  const direction = Math.sign((times[times.length - 1] as number) - (times[0] as number))
  for (let i = 0; i < times.length; i++) {
    const b = times[i] as number
    const a = times[i - 1] ?? b
    checked[i] = b
    if (Math.sign(b - a) * direction < 0 || (direction === 0 && a !== b)) {
      throw new RangeError(`${name} must be monotonic, got ${name}[${i}] = ${b} after ${name}[${i - 1}] = ${a}`)
    }
  }
  return checked
}
