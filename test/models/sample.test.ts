// A neural ODE whose rows have steps of their own.

import { describe, expect, test } from 'vitest'
import { checkpoint } from '../../src/adjoint/checkpoint.ts'
import { vjp } from '../../src/adjoint/vjp.ts'
import { SolveError } from '../../src/core/errors.ts'
import { NeuralODE, type NeuralODEOptions } from '../../src/models/neural-ode.ts'
import { Affine } from '../../src/program/affine.ts'
import { Field } from '../../src/program/field.ts'
import { MLP } from '../../src/program/mlp.ts'
import { odeint } from '../../src/solve/odeint.ts'
import { bosh3, dopri5, rk4 } from '../../src/tableaus/index.ts'
import { fit } from '../../src/train/fit.ts'
import { adam } from '../../src/train/optimizers.ts'
import { differences, inner, relative, scatter } from '../support/gradients.ts'

const sample = { control: 'sample' } as const

/** Rows of very different sizes, which take very different steps. */
function inputs(rows: number, dim: number): Float64Array {
  return scatter(rows * dim, 4).map((v, i) => v * 3 ** (Math.floor(i / dim) % 3))
}

function network(dim: number, dtype: 'f32' | 'f64' = 'f64'): Field {
  return new MLP([dim + 1, 7, dim], { activation: 'tanh', time: 'concat', dtype, seed: 5 })
}

describe.each(['f32', 'f64'] as const)('in %s', (dtype) => {
  test.each([
    [1, 1],
    [3, 5],
    [5, 3],
    [17, 2],
  ])('outputs and gradients of %i rows of width %i are those of each alone', (rows, dim) => {
    using field = network(dim, dtype)
    const x = inputs(rows, dim)
    for (const t of [
      [0, 2],
      [1, 0.4, -1],
    ]) {
      const node = new NeuralODE(field, { t, ...sample })
      const plain = new NeuralODE(field, { t })
      const times = t.length === 2 ? 1 : t.length
      const g = scatter(times * rows * dim, 6)
      const [y, pullback] = vjp(node, Array.from(x))
      const { dx, dparams, nfe } = pullback(Array.from(g))
      const dt = new Float64Array(t.length)
      const sum = new Float64Array(field.parameterCount)
      for (let i = 0; i < rows; i++) {
        const own = (v: ArrayLike<number>, j: number): number[] =>
          Array.from({ length: dim }, (_, c) => v[(j * rows + i) * dim + c] as number)
        const all = (v: ArrayLike<number>): number[] => Array.from({ length: times }, (_, j) => own(v, j)).flat()
        const [yi, pull] = vjp(plain, Array.from(x.subarray(i * dim, (i + 1) * dim)))
        const alone = pull(all(g))
        expect(all(y)).toEqual([...yi])
        expect([...dx.subarray(i * dim, (i + 1) * dim)]).toEqual([...alone.dx])
        for (const [j, value] of alone.dt.entries()) dt[j] = (dt[j] as number) + value
        for (const [j, value] of alone.dparams.entries()) sum[j] = (sum[j] as number) + value
        pull.dispose()
      }
      expect(dt).toEqual(pullback(Array.from(g)).dt)
      expect(relative(dparams, sum)).toBeLessThan(dtype === 'f64' ? 1e-13 : 1e-5)
      expect(nfe).toBeGreaterThan(0)
      pullback.dispose()
    }
  })
})

const ways: readonly NeuralODEOptions[] = [
  { t: [0, 0.3, 2], solver: dopri5, dt0: 0.2, rtol: 1e-2, atol: 1e-2 },
  { t: [0, 1.5], solver: bosh3, dt0: 0.1, rtol: 1e-2, atol: 1e-2 },
  { t: [2, 0], solver: rk4, steps: 7 },
  { t: [0, 1], tStops: [0.45], dt0: 0.2, rtol: 1e-2, atol: 1e-2 },
]

test('the gradient is that of central differences', () => {
  using field = network(3)
  const node = new NeuralODE(field, { t: [2, 0], solver: rk4, steps: 7, ...sample })
  const x = inputs(5, 3)
  const g = scatter(node.forward(x).length, 6)
  const [, pullback] = vjp(node, x)
  const { dx, dparams } = pullback(g)
  pullback.dispose()
  const loss = (input: Float64Array): number => inner(node.forward(input), g)
  expect(relative(dx, differences(loss, x))).toBeLessThan(1e-7)
  const parameters = field.parameters as Float64Array
  const of = (values: Float64Array): number => {
    field.parameters = values
    return inner(node.forward(x), g)
  }
  expect(relative(dparams, differences(of, parameters))).toBeLessThan(1e-7)
})

test.each(ways)('every budget has the same bits: %o', (way) => {
  using field = network(3)
  const x = inputs(5, 3)
  const results = [1, 500, 1e6].map((budget) => {
    const node = new NeuralODE(field, { ...way, ...sample, adjoint: checkpoint({ budget }) })
    const [y, pullback] = vjp(node, x)
    const { dx, dparams, dt } = pullback(scatter(y.length, 6))
    pullback.dispose()
    return { y, dx, dparams, dt }
  })
  expect(results[1]).toEqual(results[0])
  expect(results[2]).toEqual(results[0])
})

test('with read-in and read-out, to the gradient of the true solution', () => {
  // y' = A y with a rotation has y(1) in closed form, so the gradient of <g, W y(1)> to x is V^T R^T W^T g.
  using field = new Field(2, (p) => p.dense(p.state, 2, { bias: false }), { dtype: 'f64' })
  field.parameters = [0, -1, 1, 0]
  using readIn = new Affine(3, 2, { dtype: 'f64', seed: 1 })
  using readOut = new Affine(2, 1, { dtype: 'f64', seed: 2 })
  const node = new NeuralODE(field, { readIn, readOut, ...sample, rtol: 1e-10, atol: 1e-12 })
  const x = inputs(4, 3)
  const [, pullback] = vjp(node, x)
  const { dx } = pullback([1, 1, 1, 1])
  pullback.dispose()
  const [V, [w0, w1]] = [[...readIn.parameters], [...readOut.parameters] as [number, number]]
  const [c, s] = [0.5403023058681398, 0.8414709848078965]
  const back = [c * w0 + s * w1, -s * w0 + c * w1] as const
  for (const [i, d] of dx.entries())
    expect(d).toBeCloseTo(back[0] * (V[i % 3] as number) + back[1] * (V[3 + (i % 3)] as number), 8)
})

test('trains, is saved and comes back', () => {
  using field = network(2)
  const node = new NeuralODE(field, { ...sample, rtol: 1e-4, atol: 1e-6 })
  const x = inputs(8, 2)
  const y = x.map((v) => v / 2)
  const losses = [...fit(node, { x, y }, { optimizer: adam({ lr: 0.02 }), epochs: 30, batchSize: 4, seed: 1 })].map(
    ({ loss }) => loss,
  )
  expect(losses.at(-1) as number).toBeLessThan((losses[0] as number) / 3)
  const again = NeuralODE.from(node.save())
  expect(again.solverOptions.control).toBe('sample')
  expect(again.forward(x)).toEqual(node.forward(x))
  const solved = node.solve(x, [0, 1], sample)
  expect(solved.y).toEqual(odeint(field, x, [0, 1], { ...node.solverOptions, ...sample }).y)
})

test('names the row that fails, and what is wrong', () => {
  using field = new Field(1, (p) => p.mul(p.state, p.state), { dtype: 'f64' })
  const node = new NeuralODE(field, { ...sample })
  let error: unknown
  try {
    node.forward([0.5, -1, 3])
  } catch (caught) {
    error = caught
  }
  expect(error).toBeInstanceOf(SolveError)
  expect((error as SolveError).row).toBe(2)
  expect(node.forward([0.5, -1])[0]).toBeCloseTo(1, 5)
  expect(node.forward([])).toEqual(new Float64Array(0))
  expect(() => new NeuralODE(field, { control: 'each' as 'batch' })).toThrow('control must be one of batch, sample')
})
