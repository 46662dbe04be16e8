// Other ways to take a gradient, of fields that read a signal whose derivative jumps.

import { expect, test } from 'vitest'
import { backsolve } from '../../src/adjoint/backsolve.ts'
import { reversible } from '../../src/adjoint/reversible.ts'
import { vjp } from '../../src/adjoint/vjp.ts'
import { NeuralODE } from '../../src/models/neural-ode.ts'
import { Field } from '../../src/program/field.ts'
import { linearSignal } from '../../src/program/signal.ts'
import { differences, inner, relative, scatter } from '../support/gradients.ts'

const input = linearSignal([0, 0.3, 0.8, 1], [1, -2, 3, 0])
const tight = { rtol: 1e-10, atol: 1e-12, input } as const

/** dy = F(y) du, with the state in F twice so that it bends. */
const controlled = (): Field =>
  new Field(2, (p) => p.mul(p.activate(p.dense(p.state, 2), 'tanh'), p.concat(p.inputRate(1), p.inputRate(1))), {
    dtype: 'f64',
    seed: 3,
  })

const x = scatter(6, 1)

test.each([
  [0, 1],
  [1, 0.4, 0],
])('backsolve sees the jumps from its own side: %s, %s', (...t) => {
  using field = controlled()
  const gradients = [undefined, backsolve()].map((adjoint) => {
    const node = new NeuralODE(field, { t, ...tight, ...(adjoint && { adjoint }) })
    const [y, pullback] = vjp(node, x)
    const { dx, dparams, dt } = pullback(scatter(y.length, 2))
    pullback.dispose()
    return [...dx, ...dparams, ...dt.subarray(1, -1)]
  }) as [number[], number[]]
  expect(relative(gradients[1], gradients[0])).toBeLessThan(1e-7)
})

test.each([{ steps: 40 }, { dt: 0.05 }])('reversible steps are exact: %o', (way) => {
  using field = controlled()
  const node = new NeuralODE(field, { ...way, input, adjoint: reversible() })
  const g = scatter(6, 2)
  const [, pullback] = vjp(node, x)
  const { dx, dparams, reconstruction } = pullback(g)
  pullback.dispose()
  expect(reconstruction).toBeLessThan(1)
  expect(
    relative(
      dx,
      differences((input) => inner(node.forward(input), g), x),
    ),
  ).toBeLessThan(1e-7)
  const of = (parameters: Float64Array): number => {
    field.parameters = parameters
    return inner(node.forward(x), g)
  }
  expect(relative(dparams, differences(of, field.parameters as Float64Array))).toBeLessThan(1e-7)
})
