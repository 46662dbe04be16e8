// Gradients of log-densities against differences, and against themselves: in either precision, for batches of every remainder.

import { describe, expect, test } from 'vitest'
import { reversible } from '../../src/adjoint/index.ts'
import { jvp } from '../../src/adjoint/jvp.ts'
import { vjp } from '../../src/adjoint/vjp.ts'
import { CNF, type CNFOptions, hutchinson } from '../../src/flows/index.ts'
import type { Activation } from '../../src/program/builder.ts'
import type { Field } from '../../src/program/field.ts'
import { MLP } from '../../src/program/mlp.ts'
import { at, differences, inner, relative, scatter } from '../support/gradients.ts'

const f64 = { dtype: 'f64' } as const

function outputs(cnf: CNF, x: Float64Array): ArrayLike<number> {
  const [y, pullback] = vjp(cnf, x)
  pullback.dispose()
  return y
}

/** The gradients of a combination of the outputs against its differences. */
function compare(field: Field, options: CNFOptions, x: Float64Array, tolerance = 1e-7, smooth = true): void {
  const rows = x.length / field.dim
  const weights = scatter(rows, 9)
  const t = options.t ?? [0, 0.8]
  const cnf = new CNF(field, { ...options, t })
  const loss = (model: CNF, at: Float64Array): number => inner(outputs(model, at), weights)
  const [, pullback] = vjp(cnf, x)
  const { dx, dparams, dt } = pullback(weights)
  expect(
    relative(
      dx,
      differences((there) => loss(cnf, there), x, smooth),
    ),
    'dx',
  ).toBeLessThan(tolerance)
  const byParameters = differences((there) => at(field, there, () => loss(cnf, x)), field.parameters, smooth)
  expect(relative(dparams, byParameters), 'dparams').toBeLessThan(tolerance)
  const byT = differences((there) => loss(new CNF(field, { ...options, t: there }), x), t, smooth)
  expect(relative(dt, byT), 'dt').toBeLessThan(tolerance)
}

const mlp = (dim: number, hidden: readonly number[], activation: Activation, seed = 1): MLP => {
  const field = new MLP([dim + 1, ...hidden, dim], { activation, time: 'concat', ...f64, seed })
  field.parameters = field.parameters.map((p) => 2 * p)
  return field
}

describe('against differences', () => {
  for (const hidden of [[5], [5, 4], [4, 3, 4]])
    for (const dim of [1, 2, 3, 5])
      test.each([1, 3, 5, 17])(`${dim} components, hidden ${hidden.join(' and ')}, %i rows`, (batch) => {
        compare(mlp(dim, hidden, 'tanh'), { steps: 3 }, scatter(batch * dim, 4))
      })

  test.each(['sigmoid', 'gelu', 'softplus', 'silu', 'sin', 'exp'] as const)('%s', (activation) => {
    for (const hidden of [[5], [5, 4]]) compare(mlp(2, hidden, activation), { steps: 3 }, scatter(6, 4))
  })

  // The slopes of a piecewise linear network are constant between its kinks: second derivatives are zero. That of elu jumps.
  test.each(['relu', 'leaky_relu', 'elu'] as const)('%s', (activation) => {
    for (const hidden of [[5], [5, 4]]) compare(mlp(2, hidden, activation), { steps: 3 }, scatter(6, 4), 1e-6, false)
  })

  test.each<[string, CNFOptions]>([
    ['kinetic energy', { kinetic: 0.3 }],
    ['Jacobian', { jacobian: 0.2 }],
    ['both, the base behind the data', { kinetic: 0.3, jacobian: 0.2, t: [1, 0.1] }],
    ['Rademacher probes', { divergence: hutchinson({ seed: 3 }) }],
    [
      'Gaussian probes and regularisers',
      { divergence: hutchinson({ seed: 3, probes: 2, kind: 'gaussian' }), kinetic: 0.3, jacobian: 0.2 },
    ],
    ['another base', { deviation: 0.4 }],
    ['steps for each row', { control: 'sample' }],
    ['steps for each row, with probes', { control: 'sample', divergence: hutchinson() }],
    ['an adjoint without stored states', { adjoint: reversible() }],
  ])('%s', (_, options) => {
    for (const hidden of [[5], [5, 4]]) compare(mlp(2, hidden, 'tanh'), { steps: 3, ...options }, scatter(6, 4))
  })

  test('adaptive steps whose lengths are forced', () => {
    compare(mlp(2, [5, 4], 'tanh'), { dt0: 0.25, dtMin: 0.25, dtMax: 0.25 }, scatter(6, 4))
  })

  test('parameters that follow time', () => {
    const field = new MLP([2, 5, 2], { activation: 'tanh', ...f64, layers: 3, span: 0.8, seed: 3 })
    compare(field, { steps: 4, t: [0.05, 0.77] }, scatter(6, 4), 1e-6, false)
  })
})

test('in f32 it is the gradient in f64, rounded', () => {
  for (const hidden of [[16], [16, 12], [8, 8, 8]]) {
    const pulled = (dtype: 'f32' | 'f64') => {
      const field = new MLP([3, ...hidden, 2], { activation: 'tanh', time: 'concat', dtype })
      field.parameters = scatter(field.parameterCount, 5).map((v) => Math.fround(v) / 2)
      const x = scatter(34, 1).map(Math.fround)
      const [y, pullback] = vjp(new CNF(field, { steps: 5, kinetic: 0.1 }), dtype === 'f32' ? Float32Array.from(x) : x)
      return { y, ...pullback(scatter(17, 2)) }
    }
    const [narrow, wide] = [pulled('f32'), pulled('f64')]
    for (const name of ['y', 'dx', 'dparams'] as const) expect(relative(narrow[name], wide[name])).toBeLessThan(3e-6)
  }
})

test('the pullback may be called again, and gives the same bits', () => {
  const [, pullback] = vjp(new CNF(mlp(2, [5, 4], 'tanh')), scatter(6))
  const first = pullback([1, 2, 3])
  expect(pullback([1, 2, 3])).toMatchObject({ dx: first.dx, dparams: first.dparams, dt: first.dt })
})

test('parameters that are not trained get no gradient', () => {
  const field = mlp(2, [5, 4], 'tanh')
  field.rate = 0
  const [, pullback] = vjp(new CNF(field), scatter(6))
  const { dx, dparams } = pullback([1, 2, 3])
  expect(new Set(dparams)).toEqual(new Set([0]))
  expect(dx.some((v) => v !== 0)).toBe(true)
})

test('forward mode does not know it', () => {
  expect(() => jvp(new CNF(mlp(2, [5], 'tanh')), scatter(2), [1, 0])).toThrow('must be made of blocks')
})
