/** A model's gradient, and its gradient beside central differences of its own outputs. */

import { expect } from 'vitest'
import type { Cotangents } from '../../src/adjoint/model.ts'
import { vjp } from '../../src/adjoint/vjp.ts'
import { NeuralODE, type NeuralODEOptions } from '../../src/models/neural-ode.ts'
import type { Field } from '../../src/program/field.ts'
import { MLP } from '../../src/program/mlp.ts'
import { at, differences, inner, relative, scatter } from './gradients.ts'

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
export function gradient(node: NeuralODE, x: Float64Array | number[]): Cotangents {
  const [y, pullback] = vjp(node, x)
  try {
    return pullback(scatter(y.length, 3))
  } finally {
    pullback.dispose()
  }
}

/** dx, dparams and dt of a node against central differences of its own outputs. */
export function compare(
  field: Field,
  options: NeuralODEOptions & { t: readonly number[] },
  x: Float64Array,
  tolerance = 1e-7,
): void {
  const node = new NeuralODE(field, options)
  const { dx, dparams, dt } = gradient(node, x)
  const byX = differences((there) => loss(node, there), x)
  const byParameters = differences((there) => at(field, there, () => loss(node, x)), field.parameters)
  const byT = differences((there) => loss(new NeuralODE(field, { ...options, t: there }), x), options.t)
  expect(relative(dx, byX), 'dx').toBeLessThan(tolerance)
  expect(relative(dparams, byParameters), 'dparams').toBeLessThan(tolerance)
  expect(relative(dt, byT), 'dt').toBeLessThan(tolerance)
}
