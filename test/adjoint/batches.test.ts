import { describe, expect, test } from 'vitest'
import { vjp } from '../../src/adjoint/vjp.ts'
import { NeuralODE } from '../../src/models/neural-ode.ts'
import { MLP } from '../../src/program/mlp.ts'
import { differences, inner, relative, scatter } from '../support/gradients.ts'

/** dparams of `rows` rows, the cotangents of the rows from `silent` on being 0. */
function gradient(node: NeuralODE, rows: number, silent: number): ArrayLike<number> {
  const dim = node.field.dim
  const [, pullback] = vjp(node, Array.from(scatter(200 * dim, 1)).slice(0, rows * dim))
  const { dparams } = pullback(
    scatter(200 * dim, 2)
      .map((g, i) => (i < silent * dim ? g : 0))
      .slice(0, rows * dim),
  )
  pullback.dispose()
  return dparams
}

// From 64 rows on a weight gradient packs its operand; below, it reads it as it lies.
describe.each(['f32', 'f64'] as const)('a weight gradient in %s', (dtype) => {
  test.each([1, 3, 5, 16, 17])('has the same bits packed and not, width %i', (width) => {
    const node = new NeuralODE(new MLP([3, width, 3], { activation: 'tanh', dtype, seed: 2 }), { steps: 3 })
    expect(gradient(node, 64, 60)).toEqual(gradient(node, 60, 60))
    expect(gradient(node, 101, 63)).toEqual(gradient(node, 63, 63))
  })
})

test('the gradient of a large batch is that of central differences', () => {
  const field = new MLP([3, 5, 3], { activation: 'tanh', dtype: 'f64', seed: 2 })
  const node = new NeuralODE(field, { steps: 2 })
  const x = scatter(3 * 70, 1)
  const g = scatter(3 * 70, 2)
  const [, pullback] = vjp(node, x)
  const { dparams, dx } = pullback(g)
  pullback.dispose()
  expect(
    relative(
      dx,
      differences((at) => inner(node.forward(at), g), x),
    ),
  ).toBeLessThanOrEqual(1e-7)
  const loss = (parameters: Float64Array): number => {
    field.parameters = parameters
    return inner(node.forward(x), g)
  }
  expect(relative(dparams, differences(loss, field.parameters))).toBeLessThanOrEqual(1e-7)
})
