/** Slopes at the nodes of a grid, and how they change along the path: what the tapes of the 'smooth' form hold. */

import { Dyadic } from './dyadic.ts'
import { EPS_BITS, encode, type Levels, levelsOf } from './quantise.ts'
import { snake, snakeIndex } from './snake.ts'

// Heights stay below 2^44, so that doubles hold slopes times n.
const RANGE_BITS = 44

/**
 * The slope of y at node l along axis i is y[hi] - y[lo], in the order of the path: forward differences, backward ones at the
 * far face. Row-major [R, d, 2], pairs (hi, lo).
 */
export function slopeEnds(n: number, d: number): Int32Array {
  const path = snake(n, d)
  const ends = new Int32Array(2 * path.length)
  const node = new Int32Array(d)
  for (let l = 0; l < path.length / d; l++) {
    node.set(path.subarray(l * d, (l + 1) * d))
    for (let i = 0; i < d; i++) {
      const at = node[i] as number
      const far = at === n - 1
      node[i] = far ? at - 1 : at + 1
      const other = snakeIndex(node, n)
      node[i] = at
      ends.set(far ? [l, other] : [other, l], 2 * (l * d + i))
    }
  }
  return ends
}

/**
 * Quantises the samples so that slopes of neighbours on the path differ by at most m >= 3 levels: eps = (largest such change) /
 * (m - 2), since rounding four samples, each by at most 1/2, changes a second difference by at most 2.
 */
export function quantiseSmooth(
  numerators: readonly bigint[],
  denominator: bigint,
  m: number,
  n: number,
  d: number,
): Levels {
  const ends = slopeEnds(n, d)
  const slope = (k: number): bigint =>
    (numerators[ends[2 * k] as number] as bigint) - (numerators[ends[2 * k + 1] as number] as bigint)
  let change = 0n
  for (let k = d; k < numerators.length * d; k++) {
    const difference = slope(k) - slope(k - d)
    if (difference > change) change = difference
    if (-difference > change) change = -difference
  }
  const [least, most] = numerators.reduce(
    ([low, high], y) => [y < low ? y : low, y > high ? y : high],
    [numerators[0] as bigint, numerators[0] as bigint],
  )
  const units = (numerator: bigint, divisor: bigint): bigint =>
    ((numerator << BigInt(EPS_BITS)) + divisor * denominator - 1n) / (divisor * denominator)
  const wanted = units(change, BigInt(m - 2))
  const floor = units(most - least, 1n << BigInt(RANGE_BITS))
  return levelsOf(numerators, denominator, wanted > floor ? wanted : floor)
}

/** The changes of the slopes from node to node as digits, row-major [R, d]; the first row is 0. */
export function secondDigits({ heights }: Levels, m: number, n: number, d: number): Uint16Array {
  const ends = slopeEnds(n, d)
  const slope = (k: number): number =>
    (heights[ends[2 * k] as number] as number) - (heights[ends[2 * k + 1] as number] as number)
  return Uint16Array.from({ length: heights.length * d }, (_, k) => (k < d ? 0 : encode(slope(k) - slope(k - d), m)))
}

/**
 * sum over k of a_k phi_k at x, phi_k = relu(1 - max(0, t) - max(0, -t)) with t = (n - 1) x - nu_k: only the corners of the
 * cell of x have a part in it. All but the heights times 2^bits.
 */
export function hatSum({ heights }: Levels, n: number, x: readonly bigint[], bits: number): Dyadic {
  const one = 1n << BigInt(bits)
  const y = x.map((value) => BigInt(n - 1) * value)
  const cell = y.map((value) => Math.min(n - 2, Number(value >> BigInt(bits))))
  let sum = 0n
  for (let corner = 0; corner < 1 << x.length; corner++) {
    const node = cell.map((low, i) => low + ((corner >> i) & 1))
    let [above, below] = [0n, 0n]
    for (const [i, nu] of node.entries()) {
      const t = (y[i] as bigint) - BigInt(nu) * one
      if (t > above) above = t
      if (t < below) below = t
    }
    const hat = one - above + below
    if (hat > 0n) sum += hat * BigInt(heights[snakeIndex(node, n)] as number)
  }
  return Dyadic.of(sum, -bits)
}
