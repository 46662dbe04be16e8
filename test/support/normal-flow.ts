/** Densities in closed form: what a linear field makes of a normal density. */

import { Field } from '../../src/program/field.ts'

type Matrix = readonly (readonly number[])[]

const times = (a: Matrix, b: Matrix): number[][] =>
  a.map((row) =>
    (b[0] as readonly number[]).map((_, j) => row.reduce((s, x, k) => s + x * ((b[k] as number[])[j] as number), 0)),
  )

/** e^A by its series: for small matrices of small numbers. */
export function exponential(a: Matrix): number[][] {
  let term: number[][] = a.map((row, i) => row.map((_, j) => (i === j ? 1 : 0)))
  let sum = term
  for (let n = 1; n < 60; n++) {
    term = times(term, a).map((row) => row.map((x) => x / n))
    sum = sum.map((row, i) => row.map((x, j) => x + ((term[i] as number[])[j] as number)))
  }
  return sum
}

/** A field A z + b with a matrix that is neither symmetric nor singular, and what it is made of. */
export function linearField(
  dim: number,
  dtype: 'f32' | 'f64' = 'f64',
): { field: Field; a: Matrix; b: readonly number[] } {
  const a = Array.from({ length: dim }, (_, i) =>
    Array.from({ length: dim }, (_, j) => (i === j ? 0.4 - 0.15 * i : 0.3 * Math.sin(1 + i + 2 * j))),
  )
  const b = Array.from({ length: dim }, (_, i) => 0.5 - 0.3 * i)
  const field = new Field(dim, (p) => p.dense(p.state, dim), { dtype })
  field.parameters = [...a.flat(), ...b]
  return { field, a, b }
}

/**
 * log p(x) at time t for z' = A z + b, z(0) normal with deviation s: with [A b; 0 0] as one matrix, z(0) comes out of its
 * exponential backwards, and log p(x) = log N(z(0)) - t tr A.
 */
export function linearLogProb(a: Matrix, b: readonly number[], t: number, s: number, x: readonly number[]): number {
  const dim = b.length
  const whole = [...a.map((row, i) => [...row, b[i] as number]), new Array(dim + 1).fill(0)]
  const back = exponential(whole.map((row) => row.map((v: number) => -t * v)))
  const z = back.slice(0, dim).map((row) => row.reduce((sum, v, j) => sum + v * (x[j] ?? 1), 0))
  const trace = a.reduce((sum, row, i) => sum + (row[i] as number), 0)
  const square = z.reduce((sum, v) => sum + v * v, 0)
  return -square / (2 * s * s) - (dim / 2) * Math.log(2 * Math.PI * s * s) - t * trace
}
