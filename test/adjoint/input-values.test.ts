// The gradient to the values of a signal.

import { describe, expect, test } from 'vitest'
import { backsolve } from '../../src/adjoint/backsolve.ts'
import { reversible } from '../../src/adjoint/reversible.ts'
import { vjp } from '../../src/adjoint/vjp.ts'
import { NeuralODE, type NeuralODEOptions } from '../../src/models/neural-ode.ts'
import { Field } from '../../src/program/field.ts'
import { MLP } from '../../src/program/mlp.ts'
import { cubicSignal, linearSignal } from '../../src/program/signal.ts'
import { dopri5, rk4, tsit5 } from '../../src/tableaus/index.ts'
import { differences, inner, relative, scatter } from '../support/gradients.ts'

const knots = [-0.5, 0.1, 0.4, 0.9, 1.6]

/** A field that reads u, u' or both, each as wide as the state. */
function reading(width: number, what: 'input' | 'inputRate' | 'both', dtype: 'f32' | 'f64' = 'f64'): Field {
  return new Field(
    width,
    (p) => {
      const inner = p.activate(p.dense(p.state, width), 'tanh')
      const once = what === 'input' ? p.input(width) : p.inputRate(width)
      return what === 'both' ? p.add(p.mul(inner, once), p.input(width)) : p.mul(inner, once)
    },
    { dtype, seed: 2 },
  )
}

const ways: readonly NeuralODEOptions[] = [
  { t: [0, 0.7, 1.2], solver: rk4, steps: 12 },
  { t: [1.3, -0.2], solver: tsit5, dt: 0.1 },
  { t: [-1, 2], solver: dopri5, steps: 10 },
  { t: [0, 1], solver: rk4, steps: 8, control: 'sample' },
]

describe.each([
  ['linear', linearSignal],
  ['cubic', cubicSignal],
] as const)('%s', (_, make) => {
  describe.each(['input', 'inputRate', 'both'] as const)('%s', (what) => {
    test.each([1, 3, 5, 17])('width %i: that of central differences', (width) => {
      using field = reading(width, what)
      const rows = 3
      for (const [i, way] of ways.entries()) {
        for (const paths of [1, rows]) {
          const values = scatter(paths * knots.length * width, 4)
          const node = (v: Float64Array): NeuralODE =>
            new NeuralODE(field, { ...way, input: make(knots, v, { rows: paths }) })
          const x = scatter(rows * width, 1)
          const [y, pullback] = vjp(node(values), x)
          const g = scatter(y.length, 5)
          const { dinput } = pullback(g)
          // A second sweep begins again from nothing.
          expect(pullback(g).dinput).toEqual(dinput)
          pullback.dispose()
          // Along directions: one for every value would take long.
          for (const seed of [6, 7]) {
            const direction = scatter(values.length, seed + i)
            const along = ([h]: Float64Array): number =>
              inner(node(values.map((v, j) => v + (h as number) * (direction[j] as number))).forward(x), g)
            expect(relative([inner(dinput as Float64Array, direction)], differences(along, [0]))).toBeLessThan(1e-7)
          }
        }
      }
    })
  })

  test('adaptive steps, in both precisions: near the gradient of fixed ones', () => {
    for (const dtype of ['f32', 'f64'] as const) {
      using field = reading(2, 'both', dtype)
      const input = make(knots, scatter(2 * knots.length, 4))
      const tol = dtype === 'f64' ? 1e-11 : 1e-6
      const [fine, free] = [
        { solver: rk4, steps: 4000 },
        { rtol: tol, atol: tol },
      ].map((way) => {
        const [, pullback] = vjp(new NeuralODE(field, { t: [0, 1.2], ...way, input }), [0.3, -0.4])
        const { dinput } = pullback([1, -2])
        pullback.dispose()
        return dinput
      }) as [Float64Array, Float64Array]
      expect(relative(free, fine)).toBeLessThan(dtype === 'f64' ? 1e-8 : 1e-3)
    }
  })
})

test('reversible steps have it, backsolve has none, nor has a field without a signal', () => {
  using field = reading(2, 'both')
  const values = scatter(2 * knots.length, 4)
  const node = (v: Float64Array, adjoint: NeuralODEOptions['adjoint']): NeuralODE =>
    new NeuralODE(field, { t: [0, 1], steps: 20, input: linearSignal(knots, v), ...(adjoint && { adjoint }) })
  const x = scatter(4, 1)
  const pulled = (adjoint: NeuralODEOptions['adjoint']): Float64Array | undefined => {
    const [, pullback] = vjp(node(values, adjoint), x)
    const { dinput } = pullback(scatter(4, 5))
    pullback.dispose()
    return dinput
  }
  const wanted = differences((v) => inner(node(v, reversible()).forward(x), scatter(4, 5)), values)
  expect(relative(pulled(reversible()) as Float64Array, wanted)).toBeLessThan(1e-7)
  expect(pulled(backsolve())).toBeUndefined()
  const [, pullback] = vjp(new NeuralODE(new MLP([2, 2])), [1, 2])
  expect('dinput' in pullback([1, 1])).toBe(false)
})
