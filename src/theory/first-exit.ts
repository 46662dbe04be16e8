/** Where a polynomial falls through zero, and no such place overlooked. */

import { crossing } from '../solve/crossing.ts'

/** Shorter parts of [0, 1] are not divided: their ends differ by rounding. */
const LEAST = 2 ** -48

/** How far below 0 a polynomial may lie at x, and still be 0 to rounding: `at0 + slope x`, both >= 0. */
export interface Floor {
  readonly at0: number
  readonly slope: number
}

/**
 * The first place in [0, 1] at which the polynomial sum_k c_k x^k, not below its floor until then, falls through 0 to below the
 * floor; undefined where it is nowhere below.
 *
 * A polynomial lies between the least and the largest of its Bernstein coefficients, and has as many zeros as these have
 * changes of sign, or fewer by an even number (Lane, Riesenfeld, BIT 21 (1981) 112-117). So coefficients above the floor prove
 * that there is nothing, and one change of sign proves that there is one zero; everything else is halved, the first half first.
 * Halves of halves come to one of the two, since coefficients tend to values as the square of the length does.
 */
export function firstExit(c: Float64Array, floor: Floor): number | undefined {
  // Most units are far from zero, which is seen for less.
  if (staysPositive(c)) return undefined
  const parts = [{ start: 0, width: 1, b: bernstein(c) }]
  for (let part = parts.pop(); part !== undefined; part = parts.pop()) {
    const { start, width, b } = part
    const low = (j: number): number => -floor.at0 - floor.slope * (start + width * (j / (b.length - 1 || 1)))
    if (b.every((v, j) => v >= low(j))) continue
    const [first, last] = [b[0] as number, b[b.length - 1] as number]
    if (!(first >= low(0)) || b.every((v) => v <= 0)) return start
    if (first > 0 && last < 0 && changes(b) === 1) return start + width * zero(b)
    const half = width / 2
    if (half >= LEAST) {
      const [left, right] = halves(b)
      parts.push({ start: start + half, width: half, b: right }, { start, width: half, b: left })
    } else if (last < low(b.length - 1)) return start
  }
  return undefined
}

function staysPositive(c: Float64Array): boolean {
  let least = c[0] as number
  for (let k = 1; k < c.length; k++) least -= Math.abs(c[k] as number)
  return least >= 0
}

/** The coefficients b_j = sum_(k <= j) binomial(j, k) / binomial(n, k) c_k: all weights are in [0, 1], so nothing is lost. */
function bernstein(c: Float64Array): Float64Array {
  const b = c.slice()
  const n = c.length - 1
  for (let k = 1, binomial = 1; k <= n; k++) {
    binomial *= (n - k + 1) / k
    b[k] = (b[k] as number) / binomial
  }
  for (let r = 1; r <= n; r++) for (let j = n; j >= r; j--) b[j] = (b[j] as number) + (b[j - 1] as number)
  return b
}

function changes(b: Float64Array): number {
  let [sign, count] = [0, 0]
  for (const v of b) {
    if (v === 0) continue
    if (sign !== 0 && Math.sign(v) !== sign) count++
    sign = Math.sign(v)
  }
  return count
}

/** One step of de Casteljau's algorithm after the other: `b` becomes the coefficients of [x, 1]; `left`, if given, of [0, x]. */
function casteljau(b: Float64Array, x: number, left?: Float64Array): void {
  for (let r = 0; r < b.length; r++) {
    if (left !== undefined) left[r] = b[0] as number
    for (let j = 0; j < b.length - 1 - r; j++) b[j] = (1 - x) * (b[j] as number) + x * (b[j + 1] as number)
  }
}

function halves(b: Float64Array): [Float64Array, Float64Array] {
  const [left, right] = [b.slice(), b.slice()]
  casteljau(right, 0.5, left)
  return [left, right]
}

/** The only zero, between a first coefficient above 0 and a last one below it. */
function zero(b: Float64Array): number {
  const n = b.length - 1
  const at = (x: number): Float64Array => {
    const copy = b.slice()
    casteljau(copy, x)
    return copy
  }
  const x = crossing((x) => at(x)[0] as number, 0, b[0] as number, 1, b[n] as number)
  // A step of Newton's takes the last roundings away; where the zero is a multiple one it would lead anywhere.
  const [value, next] = at(x) as unknown as [number, number]
  const better = x - (value * (1 - x)) / (n * (next - value))
  return Math.abs(better - x) <= 2 ** -40 * x + 2 ** -100 && better >= 0 ? better : x
}
