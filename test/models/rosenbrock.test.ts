// Networks under a Rosenbrock method: their Jacobians, batches, time and layers; and what is refused.

import { describe, expect, test } from 'vitest'
import { vjp } from '../../src/adjoint/vjp.ts'
import { NeuralODE } from '../../src/models/neural-ode.ts'
import { Affine } from '../../src/program/affine.ts'
import type { Field } from '../../src/program/field.ts'
import { MLP } from '../../src/program/mlp.ts'
import { odeint } from '../../src/solve/odeint.ts'
import { rodas4, tsit5 } from '../../src/tableaus/index.ts'
import { fit } from '../../src/train/fit.ts'
import { scatter } from '../support/gradients.ts'
import { type Linearised, rosenbrockStep } from '../support/reference-rosenbrock.ts'

/** f, and its derivatives by differences of order 4, of the field in f64: errors of 1e-12. */
function linearised(field: Field): Linearised {
  const f = (t: number, y: readonly number[]): number[] => [...field.forward([...y], t)]
  const derivative = (at: (x: number) => number[]): number[] => {
    const h = 1e-3
    const [a, b, c, d] = [at(-2 * h), at(-h), at(h), at(2 * h)] as [number[], number[], number[], number[]]
    return a.map(
      (_, i) => (8 * ((c[i] as number) - (b[i] as number)) - ((d[i] as number) - (a[i] as number))) / (12 * h),
    )
  }
  return {
    f,
    jacobian: (t, y) => {
      const columns = y.map((_, j) =>
        derivative((x) =>
          f(
            t,
            y.map((value, i) => (i === j ? value + x : value)),
          ),
        ),
      )
      return y.map((_, i) => columns.map((column) => column[i] as number))
    },
    rate: (t, y) => derivative((x) => f(t + x, y)),
  }
}

const fields = {
  plain: (dtype: 'f32' | 'f64') => new MLP([3, 16, 3], { activation: 'tanh', dtype, seed: 1 }),
  deep: (dtype: 'f32' | 'f64') => new MLP([5, 17, 7, 5], { activation: 'gelu', dtype, seed: 2 }),
  time: (dtype: 'f32' | 'f64') => new MLP([3, 9, 2], { activation: 'softplus', time: 'concat', dtype, seed: 3 }),
  scalar: (dtype: 'f32' | 'f64') => new MLP([2, 8, 1], { activation: 'silu', time: 'concat', dtype, seed: 4 }),
}

describe.each(Object.entries(fields))('%s', (_, make) => {
  test.each([1, 3, 5, 17])('a step is the one of the definition, for %d rows', (batch) => {
    for (const dtype of ['f64', 'f32'] as const) {
      using field = make(dtype)
      using precise = make('f64')
      precise.parameters = [...field.parameters]
      const x = [...scatter(batch * field.dim, batch)].map(Math.fround)
      const { y, stats } = odeint(field, dtype === 'f32' ? Float32Array.from(x) : x, [0.3, 1.1], {
        solver: rodas4,
        steps: 1,
      })
      expect(stats).toMatchObject({ nfe: 8, njev: 1, nlu: 1 })
      for (let row = 0; row < batch; row++) {
        const from = x.slice(row * field.dim, (row + 1) * field.dim)
        const wanted = rosenbrockStep(rodas4, linearised(precise), 0.3, from, 1.1 - 0.3).y
        for (const [i, value] of wanted.entries()) {
          expect(Math.abs((y[row * field.dim + i] as number) - value)).toBeLessThan(dtype === 'f32' ? 1e-5 : 1e-10)
        }
      }
    }
  })

  test('a row of a batch is a solve of its own, bit for bit', () => {
    for (const dtype of ['f64', 'f32'] as const) {
      using field = make(dtype)
      const x = [...scatter(5 * field.dim, 9)].map(Math.fround)
      const all = odeint(field, x, [0, 1], { solver: rodas4, steps: 4 }).y
      for (let row = 0; row < 5; row++) {
        const [from, to] = [row * field.dim, (row + 1) * field.dim]
        expect([...odeint(field, x.slice(from, to), [0, 1], { solver: rodas4, steps: 4 }).y]).toEqual([
          ...all.slice(from, to),
        ])
      }
    }
  })

  test('adaptive: where another solver gets, in both directions', () => {
    using field = make('f64')
    const x = scatter(17 * field.dim, 5)
    for (const t of [
      [0, 0.7, 2],
      [1, 0.4, -1],
    ]) {
      const wanted = odeint(field, x, t, { solver: tsit5, rtol: 1e-11, atol: 1e-11 })
      for (const tol of [1e-4, 1e-7]) {
        const { ys } = odeint(field, x, t, { solver: rodas4, rtol: tol, atol: tol })
        for (const [j, y] of ys.entries()) {
          const errors = y.map((value, i) => Math.abs(value - (wanted.ys[j]?.[i] as number)))
          expect(Math.max(...errors)).toBeLessThan(100 * tol)
        }
      }
    }
  })
})

describe('layers', () => {
  test('each step takes the Jacobian of its own set', () => {
    using field = new MLP([2, 7, 2], { activation: 'tanh', dtype: 'f64', layers: 3, seed: 5 })
    using single = new MLP([2, 7, 2], { activation: 'tanh', dtype: 'f64' })
    const count = single.parameterCount
    let state: Float64Array | number[] = [0.3, -0.8]
    for (let k = 0; k < 3; k++) {
      single.parameters = field.parameters.slice(k * count, (k + 1) * count)
      state = odeint(single, state, [k, k + 1], { solver: rodas4, steps: 1 }).y as Float64Array
    }
    expect(odeint(field, [0.3, -0.8], [0, 3], { solver: rodas4, steps: 3 }).y).toEqual(state)
  })

  test('parameters that follow time count in the derivative by time', () => {
    using field = new MLP([2, 7, 2], { activation: 'tanh', dtype: 'f64', layers: 5, span: 2.5, seed: 6 })
    for (const batch of [1, 3]) {
      const x = [...scatter(2 * batch, 2)]
      const { y } = odeint(field, x, [0.1, 0.35], { solver: rodas4, steps: 1 })
      for (let row = 0; row < batch; row++) {
        const wanted = rosenbrockStep(rodas4, linearised(field), 0.1, x.slice(2 * row, 2 * row + 2), 0.35 - 0.1).y
        for (const [i, value] of wanted.entries())
          expect(Math.abs((y[2 * row + i] as number) - value)).toBeLessThan(1e-8)
      }
    }
  })
})

describe('NeuralODE', () => {
  test('a stiff network in few steps', () => {
    using field = new MLP([2, 2], { dtype: 'f64' })
    // Eigenvalues -1 and -1e6.
    field.parameters = [-1, 0, 1e6 - 1, -1e6, 0, 0]
    const node = new NeuralODE(field, { t: [0, 5], solver: rodas4, rtol: 1e-6, atol: 1e-9 })
    const [u, v] = node.forward([1, 0]) as unknown as [number, number]
    expect(Math.abs(u / Math.exp(-5) - 1)).toBeLessThan(1e-5)
    expect(Math.abs(v / Math.exp(-5) - 1)).toBeLessThan(1e-5)
    expect(node.solve([1, 0], [0, 5]).stats.steps).toBeLessThan(100)
    expect(node.forward([])).toHaveLength(0)
  })

  test('a gradient is refused, before anything is computed', () => {
    using field = new MLP([2, 2], { dtype: 'f64' })
    // Nothing could be computed from here.
    field.parameters = new Float64Array(6).fill(Number.MAX_VALUE)
    const node = new NeuralODE(field, { solver: rodas4 })
    const message = 'solver rodas4 has no gradient: train with an explicit one'
    expect(() => vjp(node, [1, 2])).toThrow(RangeError)
    expect(() => vjp(node, [1, 2])).toThrow(message)
    using readIn = new Affine(1, 2, { dtype: 'f64' })
    const surrounded = new NeuralODE(field, { solver: rodas4, readIn })
    const steps = fit(surrounded, { x: [1, 2], y: [1, 2, 3, 4] }, { epochs: 1 })
    expect(() => steps.next()).toThrow(message)
  })

  test('a file would hold the numbers without the method', () => {
    using field = new MLP([2, 2])
    expect(() => new NeuralODE(field, { solver: rodas4 }).save()).toThrow('solver rodas4 cannot be saved with a model')
    using copy = NeuralODE.from(new NeuralODE(field).save()).field
    const { y } = new NeuralODE(copy).solve([1, 2], [0, 1], { solver: rodas4 })
    expect(y).toEqual(new NeuralODE(field, { solver: rodas4 }).solve([1, 2], [0, 1]).y)
  })
})
