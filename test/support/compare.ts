/** A model's gradient, and its gradient beside central differences of its own outputs. */

import { expect } from 'vitest'
import { checkpoint } from '../../src/adjoint/checkpoint.ts'
import type { Cotangents } from '../../src/adjoint/model.ts'
import { vjp } from '../../src/adjoint/vjp.ts'
import { NeuralODE, type NeuralODEOptions } from '../../src/models/neural-ode.ts'
import type { Field } from '../../src/program/field.ts'
import { MLP } from '../../src/program/mlp.ts'
import { at, differences, inner, relative, scatter } from './gradients.ts'

/** How far a gradient may be from differences. */
const TOLERANCE = 1e-7

/** Bounds that leave no choice make an adaptive solve take equal steps, from t0 on and beyond t1: its outputs are all dense. */
export const EQUAL = { dt0: 0.3, dtMin: 0.3, dtMax: 0.3 }

/** A network in time, so that the times' cotangents see df/dt as well; its units work on both sides of 0. */
export function network(dim = 3, hidden = 5, dtype: 'f32' | 'f64' = 'f64'): MLP {
  const field = new MLP([dim + 1, hidden, dim], { activation: 'tanh', time: 'concat', dtype, seed: 7 })
  field.parameters = field.parameters.map((p) => 2 * p)
  return field
}

/** The loss whose gradient is compared: a fixed combination of the outputs. */
export function loss(node: NeuralODE, x: ArrayLike<number>): number {
  const y = node.forward(Float64Array.from(x))
  return inner(y, scatter(y.length, 3))
}

/** Its gradient. */
export function gradient(node: NeuralODE, x: Float64Array | Float32Array | number[]): Cotangents {
  const [y, pullback] = vjp(node, x)
  try {
    return pullback([...scatter(y.length, 3)])
  } finally {
    pullback.dispose()
  }
}

/** dx, dparams and dt of a node against central differences of its own outputs; `smooth`: in all of them, `smoothTimes`: in the times. */
export function compare(
  field: Field,
  options: NeuralODEOptions & { t: readonly number[] },
  x: Float64Array,
  { smooth = true, smoothTimes = smooth }: { readonly smooth?: boolean; readonly smoothTimes?: boolean } = {},
): void {
  const node = new NeuralODE(field, options)
  const { dx, dparams, dt } = gradient(node, x)
  const byX = differences((there) => loss(node, there), x, smooth)
  const byParameters = differences((there) => at(field, there, () => loss(node, x)), field.parameters, smooth)
  const byT = differences((there) => loss(new NeuralODE(field, { ...options, t: there }), x), options.t, smoothTimes)
  expect(relative(dx, byX), 'dx').toBeLessThan(TOLERANCE)
  expect(relative(dparams, byParameters), 'dparams').toBeLessThan(TOLERANCE)
  expect(relative(dt, byT), 'dt').toBeLessThan(TOLERANCE)
}

/** The gradient has the same bits with the fewest checkpoints, asked for twice, and with the usual ones. */
export function sameForEveryBudget(field: Field, options: NeuralODEOptions, x: Float64Array): void {
  const [y, pullback] = vjp(new NeuralODE(field, { ...options, adjoint: checkpoint({ budget: 1 }) }), x)
  const few = pullback(scatter(y.length))
  expect(pullback(scatter(y.length))).toMatchObject({ dx: few.dx, dparams: few.dparams, dt: few.dt })
  pullback.dispose()
  const [, all] = vjp(new NeuralODE(field, options), x)
  const { dx, dparams, dt } = all(scatter(y.length))
  expect({ dx, dparams, dt }).toEqual({ dx: few.dx, dparams: few.dparams, dt: few.dt })
  all.dispose()
}
