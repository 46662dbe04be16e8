// The divergence of a field: the cheap ways and the general one against differences, and Hutchinson's estimate against them.

import { describe, expect, test } from 'vitest'
import { Augmented } from '../../src/flows/augmented.ts'
import { probeSignal } from '../../src/flows/hutchinson.ts'
import { CNF, hutchinson } from '../../src/flows/index.ts'
import { layersOf } from '../../src/flows/products.ts'
import { type Activation, activationIds } from '../../src/program/builder.ts'
import { Field } from '../../src/program/field.ts'
import { MLP } from '../../src/program/mlp.ts'
import { scatter } from '../support/gradients.ts'
import { linearField } from '../support/normal-flow.ts'

const NONE = { kinetic: false, jacobian: false }
const ALL = { kinetic: true, jacobian: true }
const f64 = { dtype: 'f64' } as const

/** What an augmented field gives for these states: its columns behind those of the state. */
function extras(field: Field, which = NONE, x: ArrayLike<number>, t = 0.3): number[][] {
  const augmented = new Augmented(field, 'exact', which)
  augmented.sync()
  const { dim } = augmented.field
  const rows = x.length / field.dim
  const states = new Float64Array(rows * dim)
  for (let i = 0; i < rows; i++) states.set(Float64Array.from(x).subarray(i * field.dim, (i + 1) * field.dim), i * dim)
  const dtype = field.dtype
  const out = augmented.field.forward(dtype === 'f32' ? Float32Array.from(states) : states, t)
  return Array.from({ length: rows }, (_, i) => [...out.subarray(i * dim + field.dim, (i + 1) * dim)])
}

/** The same by central differences: trace, |f|^2 and |J|^2. */
function byDifferences(field: Field, x: ArrayLike<number>, t = 0.3): number[][] {
  const { dim } = field
  const h = 1e-5
  return Array.from({ length: x.length / dim }, (_, row) => {
    const z = Array.from({ length: dim }, (_, j) => x[row * dim + j] as number)
    const moved = (j: number, by: number): ArrayLike<number> =>
      field.forward(
        z.map((v, i) => (i === j ? v + by : v)),
        t,
      )
    let [trace, norm] = [0, 0]
    for (let j = 0; j < dim; j++) {
      const [up, down] = [moved(j, h), moved(j, -h)]
      for (let i = 0; i < dim; i++) {
        const slope = ((up[i] as number) - (down[i] as number)) / (2 * h)
        norm += slope * slope
        if (i === j) trace += slope
      }
    }
    return [trace, [...field.forward(z, t)].reduce((s, v) => s + v * v, 0), norm]
  })
}

function near(got: readonly number[][], wanted: readonly number[][], tolerance: number): void {
  for (const [i, row] of wanted.entries())
    for (const [j, value] of (got[i] as number[]).entries())
      expect(Math.abs(value - (row[j] as number))).toBeLessThan(tolerance * (1 + Math.abs(row[j] as number)))
}

describe('exact', () => {
  const activations = Object.keys(activationIds) as Activation[]
  for (const hidden of [[7], [7, 6], [5, 6, 4]])
    test.each(activations)(`%s, hidden layers ${hidden.join(' and ')}`, (activation) => {
      for (const dim of [1, 2, 3, 5])
        for (const time of ['none', 'concat'] as const) {
          const sizes = [time === 'concat' ? dim + 1 : dim, ...hidden, dim]
          const field = new MLP(sizes, { activation, time, ...f64, seed: dim })
          const x = scatter(3 * dim, 2)
          near(extras(field, NONE, x), byDifferences(field, x), 1e-8)
          near(extras(field, ALL, x), byDifferences(field, x), 1e-8)
        }
    })

  test.each<
    [
      string,
      number,
      (p: Parameters<ConstructorParameters<typeof Field>[1]>[0]) => ReturnType<ConstructorParameters<typeof Field>[1]>,
    ]
  >([
    ['a product of components', 2, (p) => p.mul(p.state, p.concat(p.slice(p.state, 1, 1), p.slice(p.state, 0, 1)))],
    ['what does not depend on the state', 2, (p) => p.concat(p.time(), p.time())],
    ['one component alone', 1, (p) => p.activate(p.scale(p.state, 2), 'sin')],
    [
      'layers behind the state and a function of time',
      3,
      (p) =>
        p.dense(p.dense(p.concat(p.state, p.dense(p.time(), 4, { activation: 'tanh' })), 6, { activation: 'tanh' }), 3),
    ],
    [
      'the state behind the time',
      2,
      (p) => p.dense(p.dense(p.concat(p.time(), p.state), 6, { activation: 'tanh' }), 2),
    ],
    [
      'an activation at the end',
      2,
      (p) => p.dense(p.dense(p.state, 6, { activation: 'tanh' }), 2, { activation: 'tanh' }),
    ],
    ['a hidden layer without activation', 2, (p) => p.dense(p.dense(p.state, 6), 2)],
    [
      'a layer that is read twice',
      2,
      (p) => {
        const h = p.dense(p.state, 2, { activation: 'tanh' })
        return p.mul(p.dense(h, 2), h)
      },
    ],
  ])('a program: %s', (_, dim, write) => {
    const field = new Field(dim, write as never, { ...f64, seed: 3 })
    const x = scatter(4 * dim, 7)
    near(extras(field, ALL, x), byDifferences(field, x), 1e-8)
    near(extras(field, NONE, x), byDifferences(field, x), 1e-8)
  })

  test('layers that follow time', () => {
    const field = new MLP([2, 5, 2], { activation: 'tanh', ...f64, layers: 3, span: 1, seed: 3 })
    const x = scatter(6)
    for (const t of [0, 0.3, 0.5, 1]) near(extras(field, NONE, x, t), byDifferences(field, x, t), 1e-8)
  })

  test('follows the parameters', () => {
    const field = new MLP([2, 5, 4, 2], { activation: 'tanh', ...f64, seed: 3 })
    const cnf = new CNF(field, { steps: 4 })
    const x = scatter(2)
    const before = cnf.logProb(x)[0] as number
    const own = field.parameters
    field.parameters = own.map((p) => 2 * p)
    expect(cnf.logProb(x)[0]).not.toBeCloseTo(before, 3)
    field.parameters = own
    expect(cnf.logProb(x)[0]).toBe(before)
  })

  test('networks with one or two hidden layers cost one layer more, whatever the dimension', () => {
    const opsOf = (dim: number, ...hidden: number[]): number => {
      const field = new MLP([dim, ...hidden, dim], { activation: 'tanh', ...f64 })
      expect(layersOf(field) !== undefined).toBe(hidden.length < 3)
      return new Augmented(field, 'exact', NONE).field.program.ops.length - field.program.ops.length
    }
    // slice, slope, layer, concat; slice, two slopes, layer, product, its sum, concat
    for (const dim of [1, 2, 30]) expect([opsOf(dim, 8), opsOf(dim, 8, 9)]).toEqual([4, 7])
    expect(opsOf(30, 8, 9, 8)).toBeGreaterThan(30 * 6)
  })
})

describe("Hutchinson's estimate", () => {
  const rows = 4000

  /** Mean and standard error of log p of one row under so many probes, and log p itself. */
  function estimate(
    field: Field,
    options: Parameters<typeof hutchinson>[0],
  ): { mean: number; error: number; exact: number } {
    const x = scatter(field.dim, 3)
    const all = new Float64Array(rows * field.dim).map((_, i) => x[i % field.dim] as number)
    const got = [...new CNF(field, { steps: 5, divergence: hutchinson(options) }).logProb(all)]
    const mean = got.reduce((s, v) => s + v, 0) / rows
    const error = Math.sqrt(got.reduce((s, v) => s + (v - mean) ** 2, 0)) / rows
    return { mean, error, exact: new CNF(field, { steps: 5 }).logProb(x)[0] as number }
  }

  test.each([
    ['rademacher', 1],
    ['rademacher', 3],
    ['gaussian', 1],
    ['gaussian', 3],
  ] as const)('%s, %i probes: its mean is the exact trace, within the standard error', (kind, probes) => {
    for (const field of [
      new MLP([4, 8, 8, 3], { activation: 'tanh', time: 'concat', ...f64, seed: 5 }),
      new MLP([3, 8, 3], { activation: 'relu', ...f64, seed: 6 }),
    ]) {
      const { mean, error, exact } = estimate(field, { seed: 1, probes, kind })
      expect(error).toBeGreaterThan(0)
      expect(error).toBeLessThan(0.05)
      expect(Math.abs(mean - exact)).toBeLessThan(3.5 * error)
    }
  })

  test('its variance for a linear field is the known one', () => {
    const { field, a } = linearField(3)
    let [norm, diagonal] = [0, 0]
    for (const [i, row] of a.entries())
      for (const [j, v] of row.entries()) {
        const s = (v + ((a[j] as number[])[i] as number)) / 2
        norm += s * s
        if (i === j) diagonal += s * s
      }
    for (const [kind, variance] of [
      ['rademacher', 2 * (norm - diagonal)],
      ['gaussian', 2 * norm],
    ] as const)
      for (const probes of [1, 4]) {
        const { error } = estimate(field, { seed: 2, probes, kind })
        // The variance of a variance: 5 standard errors of one from 4000 rows, whose fourth moment is at most 15.
        expect(Math.abs((error ** 2 * rows * probes) / variance - 1)).toBeLessThan(5 * Math.sqrt(15 / rows))
      }
  })

  test('of one component with Rademacher probes is exact', () => {
    const field = new MLP([1, 6, 1], { activation: 'tanh', ...f64, seed: 4 })
    const x = scatter(5)
    const got = new CNF(field, { steps: 4, divergence: hutchinson({ seed: 9 }) }).logProb(x)
    const exact = new CNF(field, { steps: 4 }).logProb(x)
    for (const [i, v] of exact.entries()) expect(got[i]).toBeCloseTo(v, 12)
  })

  test('the probes are those of the seed, row by row, and of the kind', () => {
    const probes = (kind: 'rademacher' | 'gaussian', seed: number, n: number): Float64Array =>
      probeSignal(hutchinson({ kind, seed }), n, 3).at(0.4)
    expect(probes('gaussian', 7, 4)).toEqual(probes('gaussian', 7, 9).subarray(0, 12))
    expect(probes('gaussian', 7, 4)).not.toEqual(probes('gaussian', 8, 4))
    expect(new Set(probes('rademacher', 7, 40))).toEqual(new Set([-1, 1]))
    expect(new Set(probes('gaussian', 7, 40)).size).toBe(120)
  })
})
