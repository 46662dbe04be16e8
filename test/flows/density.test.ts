// Densities that are known in closed form, and what must hold of any.

import { describe, expect, test } from 'vitest'
import { CNF, hutchinson } from '../../src/flows/index.ts'
import { Field } from '../../src/program/field.ts'
import { MLP } from '../../src/program/mlp.ts'
import { scatter } from '../support/gradients.ts'
import { linearField, linearLogProb } from '../support/normal-flow.ts'

const rowsOf = (x: ArrayLike<number>, dim: number): number[][] =>
  Array.from({ length: x.length / dim }, (_, i) => Array.from({ length: dim }, (_, j) => x[i * dim + j] as number))

const states = (n: number, dtype: 'f32' | 'f64', seed = 5): Float32Array | Float64Array => {
  const x = scatter(n, seed).map((v) => 2 * v)
  return dtype === 'f32' ? Float32Array.from(x) : x
}

describe('a linear field makes a normal density of a normal one', () => {
  describe.each(['f32', 'f64'] as const)('%s', (dtype) => {
    const tolerance = dtype === 'f32' ? 2e-5 : 1e-8
    const accurate = dtype === 'f32' ? 1e-6 : 1e-11
    for (const dim of [1, 2, 3, 5])
      test.each([1, 3, 5, 17])(`${dim} components, %i rows`, (batch) => {
        const { field, a, b } = linearField(dim, dtype)
        const cnf = new CNF(field, { deviation: 0.7, t: [0, 1.5], rtol: accurate, atol: accurate })
        const x = states(batch * dim, dtype)
        const wanted = rowsOf(x, dim).map((row) => linearLogProb(a, b, 1.5, 0.7, row))
        const got = cnf.logProb(x)
        expect(got).toHaveLength(batch)
        for (const [i, value] of wanted.entries())
          expect(Math.abs((got[i] as number) - value)).toBeLessThan(tolerance * (1 + Math.abs(value)))
      })
  })

  test('at every time, the first among them, and where data come before the base', () => {
    const { field, a, b } = linearField(2)
    const x = [0.3, -0.8]
    const cnf = new CNF(field, { t: [0, 1], rtol: 1e-10, atol: 1e-10 })
    for (const t of [-0.5, 0, 0.25, 1, 1.7])
      expect(cnf.logProb(x, { t })[0]).toBeCloseTo(linearLogProb(a, b, t, 1, x), 8)
    const reversed = new CNF(field, { t: [0, -2], rtol: 1e-10, atol: 1e-10 })
    expect(reversed.logProb(x)[0]).toBeCloseTo(linearLogProb(a, b, -2, 1, x), 8)
  })

  test('no row has no density', () => {
    expect(new CNF(linearField(2).field).logProb([])).toHaveLength(0)
    expect(new CNF(linearField(2).field, { divergence: hutchinson() }).logProb([])).toHaveLength(0)
    expect(new CNF(linearField(2).field).sample(0)).toHaveLength(0)
  })

  test('samples have its mean and variance', () => {
    const field = new Field(1, (p) => p.dense(p.state, 1), { dtype: 'f64' })
    field.parameters = [0.5, 2]
    const n = 20_000
    const x = new CNF(field, { deviation: 0.5, rtol: 1e-8, atol: 1e-8 }).sample(n, { seed: 4 }) as Float64Array
    const mean = x.reduce((s, v) => s + v, 0) / n
    const variance = x.reduce((s, v) => s + (v - mean) ** 2, 0) / n
    const deviation = 0.5 * Math.exp(0.5)
    // Four standard errors: one in 16 000 seeds is outside.
    expect(Math.abs(mean - 4 * (Math.exp(0.5) - 1))).toBeLessThan((4 * deviation) / Math.sqrt(n))
    expect(Math.abs(variance / deviation ** 2 - 1)).toBeLessThan(4 * Math.sqrt(2 / n))
  })
})

test('a ReLU field stretches where its unit is on, and nowhere else', () => {
  const field = new MLP([1, 1, 1], { activation: 'relu', dtype: 'f64' })
  field.parameters = [1, 0, 1, 0]
  const cnf = new CNF(field, { rtol: 1e-9, atol: 1e-9 })
  const log = (z: number): number => (-z * z) / 2 - 0.5 * Math.log(2 * Math.PI)
  const got = cnf.logProb([1, -1])
  expect(got[0]).toBeCloseTo(log(Math.exp(-1)) - 1, 8)
  expect(got[1]).toBeCloseTo(log(-1), 12)
})

describe.each(['tanh', 'softplus', 'relu'] as const)('%s', (activation) => {
  const field = (seed = 2): MLP => {
    const made = new MLP([3, 16, 16, 2], { activation, time: 'concat', dtype: 'f64', seed })
    made.parameters = made.parameters.map((p) => 2 * p)
    return made
  }

  test('the density integrates to 1', () => {
    const cnf = new CNF(field())
    // A grid over all of the mass; a density that is smooth, or has kinks alone, leaves less than 1e-3.
    const [half, n] = [9, 120]
    const x = Array.from({ length: n * n }, (_, i) => [
      (2 * half * ((i % n) + 0.5)) / n - half,
      (2 * half * (Math.floor(i / n) + 0.5)) / n - half,
    ])
    let density = 0
    for (const v of cnf.logProb(x.flat())) density += Math.exp(v) * ((2 * half) / n) ** 2
    expect(Math.abs(density - 1)).toBeLessThan(1e-3)
  })

  test.each(['f32', 'f64'] as const)('%s: to the base and back is a round trip', (dtype) => {
    const made = new MLP([3, 16, 16, 2], { activation, time: 'concat', dtype, seed: 2 })
    // A step across a kink has an error that its estimate does not see: many steps, all of them short.
    const cnf = new CNF(made, activation === 'relu' ? { steps: 300 } : { rtol: 1e-7, atol: 1e-7 })
    const x = cnf.sample(50, { seed: 3 })
    const z = cnf.inverse(x)
    const base = cnf.base(50, { seed: 3 })
    const again = cnf.transform(z)
    for (let i = 0; i < x.length; i++) {
      expect(Math.abs((z[i] as number) - (base[i] as number))).toBeLessThan(1e-5)
      expect(Math.abs((again[i] as number) - (x[i] as number))).toBeLessThan(1e-5)
    }
    expect(z).not.toEqual(x)
  })
})
