/** From samples of f along the path to integers whose neighbours differ by at most m, and to the digits of their differences. */

import { Dyadic } from './dyadic.ts'

/** eps is rounded up to a multiple of 2^-48: short enough to print, fine enough not to matter. */
export const EPS_BITS = 48

/** Samples of f in units of eps. */
export interface Levels {
  /** The unit: what one level is worth. */
  readonly eps: Dyadic
  /** a_l = floor(y_l / eps + 1/2) is `aMin + heights[l]`; the least height is 0, all are integers below 2^45. */
  readonly aMin: bigint
  readonly heights: Float64Array
}

/** Quantises the samples y_l = numerators[l] / denominator, in the order of the path, to m levels a step. */
export function quantise(numerators: readonly bigint[], denominator: bigint, m: number): Levels {
  let increase = 0n
  for (let l = 1; l < numerators.length; l++) {
    const step = (numerators[l] as bigint) - (numerators[l - 1] as bigint)
    if (step > increase) increase = step
    if (-step > increase) increase = -step
  }
  const units = ceilDiv(increase << BigInt(EPS_BITS), BigInt(m) * denominator)
  return levelsOf(numerators, denominator, units)
}

/** The levels nearest to the samples, in units of eps = max(1, units) 2^-48. */
export function levelsOf(numerators: readonly bigint[], denominator: bigint, units: bigint): Levels {
  const eps = units === 0n ? 1n : units
  const whole = eps * denominator
  const a = numerators.map((y) => floorDiv((y << BigInt(EPS_BITS + 1)) + whole, 2n * whole))
  const aMin = a.reduce((least, value) => (value < least ? value : least))
  return { eps: Dyadic.of(eps, -EPS_BITS), aMin, heights: Float64Array.from(a, (value) => Number(value - aMin)) }
}

/** Samples that are doubles over their common denominator. */
export function commonDenominator(values: Float64Array): { numerators: bigint[]; denominator: bigint } {
  const exact = Array.from(values, (value) => Dyadic.from(value))
  const bits = exact.reduce((most, { fractionBits }) => Math.max(most, fractionBits), 0)
  return { numerators: exact.map((value) => value.scaled(bits)), denominator: 1n << BigInt(bits) }
}

/**
 * A difference as a digit: itself if >= 0, else m - difference, from m + 1 to 2m. 0 changes nothing: a tape that has run out
 * reads as zeros.
 */
export function encode(difference: number, m: number): number {
  return difference >= 0 ? difference : m - difference
}

/** D_l encodes a_l - a_{l-1}; D_0 = 0. */
export function digitsOf(heights: Float64Array, m: number): Uint16Array {
  const digits = new Uint16Array(heights.length)
  for (let l = 1; l < heights.length; l++) {
    digits[l] = encode((heights[l] as number) - (heights[l - 1] as number), m)
  }
  return digits
}

/** kappa_k, k = 1..2m: the sum over k <= D of kappa_k is the difference that D encodes. */
export function increments(m: number): number[] {
  return Array.from({ length: 2 * m }, (_, i) => (i < m ? 1 : i === m ? -(m + 1) : -1))
}

function floorDiv(a: bigint, b: bigint): bigint {
  const quotient = a / b
  return a % b !== 0n && a < 0n !== b < 0n ? quotient - 1n : quotient
}

function ceilDiv(a: bigint, b: bigint): bigint {
  return -floorDiv(-a, b)
}
