/** Piecewise linear fields with known solutions, and random ones. */

import { Field, type FieldOptions } from '../../src/program/field.ts'
import { MLP } from '../../src/program/mlp.ts'
import { scatter } from './gradients.ts'

const F64: FieldOptions = { dtype: 'f64' }

/** A field with its parameters, in their order. */
export function filled<F extends Field>(field: F, parameters: readonly number[]): F {
  field.parameters = parameters
  return field
}

/** y' = W2 relu(W1 y + b1) + b2 with dyadic weights, from (1, 1/2) to t = 10 (reference problem RELU_NET_2_8_2, 28 digits). */
export const net282 = (options: FieldOptions = F64): MLP =>
  filled(new MLP([2, 8, 2], options), [
    ...[-0.375, -1.375, 1.75, 0.375, 0.75, 1.5, 0.375, 0, 1.875, 0.125, 0.875, -1.5, -0.875, -1.75, 1, 0.875],
    ...[0.75, -0.625, -0.5, 1, -0.375, -0.875, -0.75, -1],
    ...[-1.125, 0.5, -0.375, 1.5, -0.75, -1.125, -1.125, 1.125],
    ...[0.125, -1.25, -1.5, -1.5, -1.25, -0.625, 1, -0.875],
    ...[-1, 0.625],
  ])
export const NET_START: readonly number[] = [1, 0.5]
export const NET_END: readonly number[] = [-15.75133066656521, 8.170445444688594]
/** The times of its kinks. */
export const NET_KINKS: readonly number[] = [
  0.03554286616997735, 0.07802179663499445, 0.08937640307783377, 0.1171664437314384, 0.264906853597182,
  0.3331352074216726, 0.4110232206758494, 0.6347258925832941, 1.0361546389949643, 2.171927969344821, 4.213187680180657,
]

/** y' = 1 - relu(y): y = y0 + t up to 0, then 1 - e^-(t - t*). */
export const saturating = (options: FieldOptions = F64): Field =>
  filled(new Field(1, (p) => p.dense(p.dense(p.state, 1, { activation: 'relu', bias: false }), 1), options), [1, -1, 1])

/** y' = relu(sin 2 pi t): y(10) = 10 / pi. */
export const bursts = (options: FieldOptions = F64): Field =>
  filled(new Field(1, (p) => p.activate(p.dense(p.time(), 1, { activation: 'sin', bias: false }), 'relu'), options), [
    2 * Math.PI,
  ])

/** y' = relu(t - 1/2): the input of the unit knows nothing of the state. */
export const ramp = (options: FieldOptions = F64): Field =>
  filled(new Field(1, (p) => p.dense(p.time(), 1, { activation: 'relu' }), options), [1, -0.5])

/**
 * u' = relu(q - gap), p' = 1, q' = 2 p from (0, -1, 1): q is (t - 1)^2, so that the unit touches 0 at t = 1 without gap and is off from
 * 1 - sqrt(gap) to 1 + sqrt(gap) with one. u(2) = 2 (1/3 - gap + 2/3 gap^1.5).
 */
export function parabola(gap: number, options: FieldOptions = F64): Field {
  const field = new Field(
    3,
    (p) => {
      const u = p.dense(p.slice(p.state, 2, 1), 1, { activation: 'relu' })
      return p.concat(u, p.dense(p.slice(p.state, 1, 1), 2))
    },
    options,
  )
  return filled(field, [1, -gap, 0, 2, 1, 0])
}
export const PARABOLA_START: readonly number[] = [0, -1, 1]
export const parabolaEnd = (gap: number): number => 2 * (1 / 3 - gap + (2 / 3) * gap * Math.sqrt(gap))

/** Normal numbers, reproducible. */
export function normal(n: number, seed: number): Float64Array {
  const [u, v] = [scatter(n, 2 * seed + 1), scatter(n, 2 * seed + 2)]
  return u.map((x, i) => Math.sqrt(-2 * Math.log((x + 1) / 2 || 1e-3)) * Math.cos(Math.PI * (v[i] as number)))
}

/**
 * y' = W2 act(W1 y + b1) - y, dim components and `width` units: W1 of variance 2 / dim, b1 of deviation 1/2, W2 of variance 1 / width.
 */
export function randomField(
  dim: number,
  width: number,
  seed: number,
  activation: 'relu' | 'leaky_relu' | 'tanh' = 'relu',
  options: FieldOptions = F64,
): Field {
  const field = new Field(
    dim,
    (p) => {
      const hidden = p.dense(p.state, width, { activation })
      return p.add(p.dense(hidden, dim, { bias: false }), p.scale(p.state, -1))
    },
    options,
  )
  const parts = [
    normal(width * dim, 3 * seed).map((w) => w * Math.sqrt(2 / dim)),
    normal(width, 3 * seed + 1).map((b) => b / 2),
    normal(dim * width, 3 * seed + 2).map((w) => w / Math.sqrt(width)),
  ]
  return filled(
    field,
    parts.flatMap((part) => [...part]),
  )
}

/** The largest difference of two states. */
export function apart(a: ArrayLike<number>, b: ArrayLike<number>): number {
  return Math.max(...Array.from(a, (value, i) => Math.abs(value - (b[i] as number))))
}
