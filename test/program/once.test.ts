/** Ops whose result is one for all rows are done for one of them: with the bits, and the gradients, of rows alone. */

import { describe, expect, test } from 'vitest'
import { FLAG_ONE, FLAG_SPREAD } from '../../assembly/abi.ts'
import { vjp } from '../../src/adjoint/vjp.ts'
import type { Dtype, Vector } from '../../src/core/boundary.ts'
import { concatSquash, planarField } from '../../src/flows/index.ts'
import { NeuralODE } from '../../src/models/neural-ode.ts'
import type { Builder, Register } from '../../src/program/builder.ts'
import { constants, gather } from '../../src/program/cell-ops.ts'
import { Field } from '../../src/program/field.ts'
import { MLP } from '../../src/program/mlp.ts'
import { linearSignal } from '../../src/program/signal.ts'
import { odeint } from '../../src/solve/odeint.ts'
import { dopri5, rk4, rodas4 } from '../../src/tableaus/index.ts'
import { relative, scatter } from '../support/gradients.ts'

/** A network of time that other layers of time, and layers for all rows, read. */
function shared(p: Builder): Register {
  const h = p.dense(p.time(), 4, { activation: 'tanh' })
  const gate = p.dense(h, 3, { activation: 'gelu' })
  const moved = p.add(p.mul(gate, p.dense(h, 3)), gather(p, h, [3, 0, 0]))
  return p.mul(p.dense(p.concat(p.state, h), 3, { activation: 'tanh' }), p.add(moved, p.add(gate, p.state)))
}

type Write = (dtype: Dtype) => Field

const numbers = (dtype: Dtype, n: number, seed: number): Vector =>
  dtype === 'f32' ? Float32Array.from(scatter(n, seed)) : scatter(n, seed)

const fields: [string, Write][] = [
  ['read by all and by one', (dtype) => new Field(3, shared, { dtype, seed: 2 })],
  ['planarField', (dtype) => planarField(3, 5, { dtype, hidden: [4], seed: 2 })],
  ['concatSquash', (dtype) => concatSquash([3, 7, 3], { dtype, seed: 2 })],
  ['the time beside the state', (dtype) => new MLP([4, 6, 3], { time: 'concat', activation: 'tanh', dtype, seed: 2 })],
  ['constants', (dtype) => new Field(3, (p) => p.mul(p.state, constants(p, 3, { activation: 'tanh' })), { dtype })],
  ['nothing else', (dtype) => new Field(3, (p) => p.dense(p.time(), 3, { activation: 'sin' }), { dtype, seed: 2 })],
  ['as layers of a span', (dtype) => new Field(3, shared, { dtype, seed: 2, layers: 3, span: 0.6 })],
]

const solvers = [
  ['steps of rk4', { solver: rk4, steps: 3 }],
  ['steps for each row', { solver: dopri5, rtol: 1e-6, atol: 1e-8, control: 'sample' as const }],
] as const

describe.each(fields)('%s', (_, make) => {
  test.each(['f32', 'f64'] as const)('%s: a row has the bits that it has alone', (dtype) => {
    using field = make(dtype)
    for (const [, options] of solvers)
      for (const batch of [1, 3, 5, 17]) {
        const model = new NeuralODE(field, { t: [0, 0.5], ...options })
        const x = numbers(dtype, batch * 3, 6)
        const alone = Array.from({ length: batch }, (__, i) => [...model.forward(x.slice(3 * i, 3 * i + 3))]).flat()
        expect([...model.forward(x)]).toEqual(alone)
      }
  })

  test.each(['f32', 'f64'] as const)('%s: gradients are those of the rows alone, summed', (dtype) => {
    using field = make(dtype)
    for (const [, options] of solvers)
      for (const batch of [1, 3, 5, 17]) {
        const model = new NeuralODE(field, { t: [0, 0.5], ...options })
        const [x, g] = [numbers(dtype, batch * 3, 6), numbers(dtype, batch * 3, 7)]
        const pulled = (from: number, to: number) => {
          const [, pullback] = vjp(model, x.slice(3 * from, 3 * to))
          const { dx, dparams, dt } = pullback(g.slice(3 * from, 3 * to))
          pullback.dispose()
          return { dx: [...dx], dparams: [...dparams], dt: [...dt] }
        }
        const all = pulled(0, batch)
        const alone = Array.from({ length: batch }, (__, i) => pulled(i, i + 1))
        const sum = (of: 'dparams' | 'dt'): number[] =>
          all[of].map((___, j) => alone.reduce((s, row) => s + (row[of][j] as number), 0))
        const tolerance = dtype === 'f32' ? 2e-6 : 1e-14
        expect(
          relative(
            all.dx,
            alone.flatMap(({ dx }) => dx),
          ),
        ).toBeLessThan(tolerance)
        expect(relative(all.dparams, sum('dparams'))).toBeLessThan(tolerance)
        expect(relative(all.dt, sum('dt'))).toBeLessThan(tolerance)
      }
  })
})

/** The ops of a program by what is done for one row: registers alone, and those that are copied to all. */
function once({ program }: Field): { one: number; spread: number; all: number } {
  const count = (flag: number): number => program.ops.filter(({ flags }) => (flags & flag) !== 0).length
  return { one: count(FLAG_ONE), spread: count(FLAG_SPREAD), all: program.ops.length }
}

test('what is done for one row', () => {
  // Time, h, two layers, gather, product and sum; of these all read h, gate and their sum.
  expect(once(new Field(3, shared))).toEqual({ one: 7, spread: 3, all: 12 })
  expect(once(new MLP([3, 2], { time: 'concat' }))).toEqual({ one: 1, spread: 1, all: 3 })
  expect(once(new MLP([3, 8, 3]))).toEqual({ one: 0, spread: 0, all: 2 })
  // What is the result is done for all rows, what it reads is not.
  expect(once(new Field(2, (p) => p.dense(p.dense(p.time(), 3), 2)))).toEqual({ one: 2, spread: 1, all: 3 })
})

test('a signal with a path for each row is read for each', () => {
  using field = new Field(2, (p) => p.dense(p.activate(p.input(2), 'tanh'), 2), { dtype: 'f64' })
  expect(once(field).one).toBe(0)
  const paths = scatter(3 * 2 * 2, 3)
  const { ys } = odeint(field, new Float64Array(6), [0, 1], { input: linearSignal([0, 1], paths, { rows: 3 }) })
  for (let row = 0; row < 3; row++) {
    const own = paths.slice(4 * row, 4 * row + 4)
    const alone = odeint(field, [0, 0], [0, 1], { input: linearSignal([0, 1], own) })
    expect(relative((ys[1] as Float64Array).slice(2 * row, 2 * row + 2), alone.ys[1] as Float64Array)).toBeLessThan(
      1e-5,
    )
  }
})

test.each(['batch', 'sample'] as const)('a stiff method has the time derivative of every row: %s', (control) => {
  using field = new Field(3, shared, { dtype: 'f64', seed: 2 })
  const x = scatter(15, 6)
  const solve = (solver: typeof rodas4 | typeof dopri5, tolerance: number) =>
    odeint(field, x, [0, 2], { solver, rtol: tolerance, atol: tolerance, control })
  const [stiff, exact] = [solve(rodas4, 1e-7), solve(dopri5, 1e-12)]
  expect(relative(stiff.ys[1] as Float64Array, exact.ys[1] as Float64Array)).toBeLessThan(1e-6)
  // With wrong derivatives by time it is of a lower order, and takes far more steps.
  expect(stiff.stats.accepted).toBeLessThan(control === 'batch' ? 60 : 300)
})

test('units of time whose kinks are located', () => {
  const write = (p: Builder): Register =>
    p.mul(p.dense(p.dense(p.time(), 6, { activation: 'relu' }), 2), p.dense(p.state, 2, { activation: 'relu' }))
  using field = new Field(2, write, { dtype: 'f64', seed: 4 })
  for (const batch of [1, 3, 5]) {
    const x = scatter(batch * 2, 6)
    const options = { solver: dopri5, rtol: 1e-9, atol: 1e-9 }
    const model = new NeuralODE(field, { t: [-0.5, 1], ...options, kinks: 'locate' })
    const plain = new NeuralODE(field, { t: [-0.5, 1], solver: dopri5, rtol: 1e-11, atol: 1e-12 })
    const [y, pullback] = vjp(model, x)
    expect(relative(y, plain.forward(x))).toBeLessThan(1e-7)
    const g = scatter(y.length, 7)
    const [, exactly] = vjp(plain, x)
    expect(relative(pullback(g).dx, exactly(g).dx)).toBeLessThan(1e-5)
    pullback.dispose()
    exactly.dispose()
  }
})
