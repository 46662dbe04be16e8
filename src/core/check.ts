/** Validation at the edge: each check returns the value that is used from then on, or throws naming argument, value and cure. */

import type { Dtype, Vector } from './boundary.ts'

/** Numbers as users pass them. */
export type Numbers = readonly number[] | Float32Array | Float64Array

/** The number `value` if it `fits`; RangeError saying what `name` must be. Nothing else is converted: not '1', not 1n. */
export function checkNumber(name: string, value: unknown, wanted: string, fits: (value: number) => boolean): number {
  if (typeof value !== 'number' || !fits(value)) throw new RangeError(`${name} must be ${wanted}, got ${shown(value)}`)
  return value
}

/** An integer in [low, high]. */
export function checkInt(name: string, value: number, low: number, high: number): number {
  const wanted = `an integer from ${low} to ${high}`
  return checkNumber(name, value, wanted, (v) => Number.isInteger(v) && v >= low && v <= high)
}

/** A finite number > 0. */
export function checkPositive(name: string, value: number): number {
  return checkNumber(name, value, 'a finite number > 0', (v) => v > 0 && v < Infinity)
}

/** A finite number >= 0. */
export function checkNonNegative(name: string, value: number): number {
  return checkNumber(name, value, 'a finite number >= 0', (v) => v >= 0 && v < Infinity)
}

/** A finite number in [low, high). */
export function checkBelow(name: string, value: number, low: number, high: number): number {
  return checkNumber(name, value, `in [${low}, ${high})`, (v) => v >= low && v < high)
}

/** A number in [low, high]. */
export function checkWithin(name: string, value: number, low: number, high: number): number {
  return checkNumber(name, value, `a number from ${low} to ${high}`, (v) => v >= low && v <= high)
}

/** One of a list of words. */
export function checkOneOf<T extends string | boolean>(name: string, value: T, allowed: readonly T[]): T {
  if (!allowed.includes(value)) {
    throw new RangeError(`${name} must be one of ${allowed.join(', ')}, got ${shown(value)}`)
  }
  return value
}

/** An array of finite numbers (NaN where `missing` allows it); plain arrays are checked for what typed arrays cannot hold. */
export function checkNumbers(name: string, values: Numbers, missing = false): Numbers {
  if (!Array.isArray(values) && !(values instanceof Float32Array) && !(values instanceof Float64Array)) {
    throw new TypeError(`${name} must be an array of numbers, a Float32Array or a Float64Array, got ${shown(values)}`)
  }
  if (
    ArrayBuffer.isView(values) &&
    values.length === 0 &&
    values.buffer.byteLength === 0 &&
    isDetached(values.buffer)
  ) {
    throw new TypeError(`${name} is detached: its buffer was transferred; pass a copy`)
  }
  if (ArrayBuffer.isView(values) && allFinite(values)) return values
  for (let i = 0; i < values.length; i++) {
    const value: unknown = values[i]
    if (typeof value !== 'number') throw new TypeError(`${name}[${i}] must be a number, got ${shown(value)}`)
    if (missing && Number.isNaN(value)) continue
    if (!Number.isFinite(value)) throw new RangeError(`${name}[${i}] is ${value}, it must be finite`)
  }
  return values
}

/**
 * The usual case, some twenty times as fast as asking one by one: 0 times a number is 0 unless it is infinite or NaN. Four sums, as
 * an addition waits for the one before it.
 */
function allFinite(values: Float32Array | Float64Array): boolean {
  let a = 0
  let b = 0
  let c = 0
  let d = 0
  let i = 0
  for (; i + 3 < values.length; i += 4) {
    a += 0 * (values[i] as number)
    b += 0 * (values[i + 1] as number)
    c += 0 * (values[i + 2] as number)
    d += 0 * (values[i + 3] as number)
  }
  for (; i < values.length; i++) a += 0 * (values[i] as number)
  return a + b + c + d === 0
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

/** A value as an error names it; nothing that it holds can make that fail. */
export function shown(value: unknown): string {
  if (typeof value === 'bigint') return `${value}n`
  if (typeof value === 'function') return 'a function'
  if (value === null || (typeof value !== 'object' && typeof value !== 'string')) return String(value)
  const name = value.constructor?.name ?? 'Object'
  if (name !== 'Object' && name !== 'String') return name
  try {
    return JSON.stringify(value)
  } catch {
    return name
  }
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

/** An array that results are written to: of so many numbers, in that precision. */
export function checkOut(out: Vector, length: number, dtype: Dtype): void {
  const Type = dtype === 'f32' ? Float32Array : Float64Array
  if (!(out instanceof Type) || out.length !== length)
    throw new TypeError(`out must be a ${Type.name} of length ${length}, got ${shown(out)}`)
}

/** Times in one direction, repeats allowed: [t0, ..., t1]. */
export function checkTimes(name: string, times: Numbers): Float64Array {
  checkNumbers(name, times)
  if (times.length === 0) throw new RangeError(`${name} must hold at least the start time`)
  const checked = new Float64Array(times.length)
  const direction = Math.sign((times[times.length - 1] as number) - (times[0] as number))
  for (let i = 0; i < times.length; i++) {
    const b = times[i] as number
    // Not times[-1] at first: engines look that up by name.
    const a = times[i && i - 1] as number
    checked[i] = b
    if ((b - a) * direction < 0 || (direction === 0 && a !== b)) {
      throw new RangeError(`${name} must be monotonic, got ${name}[${i}] = ${b} after ${name}[${i - 1}] = ${a}`)
    }
  }
  return checked
}
