/** The composition as it stands, in doubles: exact as long as 53 bits hold the tape, garbage beyond. */

import { outputsOf, plainRow, type SparseAffine } from './affine.ts'
import { Dyadic } from './dyadic.ts'
import type { Plan } from './rcnet-compile.ts'
import { symbolBits } from './tape.ts'

const MANTISSA = 53

/**
 * The most compositions that doubles carry out exactly at m levels, L = log2 B bits a symbol, in whatever order they sum.
 *
 * The first symbol is 1, so the tape has L (R - 1) + 1 bits. After it b < 1 ends with bit L (R - 1), B b with bit L (R - 2),
 * and the sums in the next b, B b - 1 - 2 sum (t_k - T_k), stay below 8 m^2 + 4 m + 2 on the way, since t_k < 4 m + 2 - 2 k.
 */
export function exactRange(m: number): number {
  const bits = symbolBits(2 * m)
  const sums = 32 - Math.clz32(8 * m * m + 4 * m + 1)
  return Math.min(1 + Math.floor((MANTISSA - 1) / bits), 2 + Math.floor((MANTISSA - sums) / bits))
}

/** The maps of g in doubles: one composition from `z` into a new state. */
export function plainStep({ layers }: Plan): (z: Float64Array) => Float64Array {
  const hidden = layers.slice(0, -1).map(plainMap)
  const next = plainMap(layers.at(-1) as SparseAffine)
  return (z) => next(hidden.reduce((inputs, map) => relu(map(inputs)), z))
}

/** L1(x) in doubles. */
export function plainStart({ readIn }: Plan, x: Float64Array): Float64Array {
  return plainMap(readIn)(x)
}

/** L2 of a state, rounded once: s is a small number, eps and aMin need not be. */
export function plainReadOut({ readIn, eps, aMin }: Plan, z: Float64Array): number {
  const s = z[outputsOf(readIn).indexOf('s')] as number
  return Dyadic.from(s).plus(Dyadic.of(aMin)).times(eps).toNumber()
}

/** L2 . g^R . L1 in doubles, whether they can hold it or not. */
export function evaluatePlain(plan: Plan, x: Float64Array): number {
  const step = plainStep(plan)
  let z = plainStart(plan, x)
  for (let k = 0; k < plan.compositions; k++) z = step(z)
  return plainReadOut(plan, z)
}

function plainMap({ rows }: SparseAffine): (input: Float64Array) => Float64Array {
  const plain = rows.map((row) => plainRow(row))
  return (input) => Float64Array.from(plain, (row) => row(input))
}

function relu(values: Float64Array): Float64Array {
  return values.map((value) => Math.max(value, 0))
}
