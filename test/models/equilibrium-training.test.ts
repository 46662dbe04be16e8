import { describe, expect, test } from 'vitest'
import { Equilibrium, implicitBlock } from '../../src/models/equilibrium.ts'
import { Affine } from '../../src/program/affine.ts'
import type { Activation } from '../../src/program/builder.ts'
import { Field } from '../../src/program/field.ts'
import { steepest } from '../../src/program/lipschitz.ts'
import { MLP } from '../../src/program/mlp.ts'
import { fit } from '../../src/train/fit.ts'
import { adam } from '../../src/train/optimizers.ts'
import { inner, relative, scatter } from '../support/gradients.ts'
import { largestSingularValue } from '../support/linear.ts'

const f64 = { dtype: 'f64' } as const

/** The spectral norm of every weight of a field, by Jacobi. */
const norms = (field: Field): number[] =>
  Array.from(field.tensors().values()).flatMap(({ shape, data }) => {
    const [m, n] = shape
    return m === undefined || n === undefined ? [] : [largestSingularValue(data, m, n)]
  })

const close = (value: number, wanted: number, to: number): void =>
  expect(Math.abs(value / wanted - 1), `${value} instead of ${wanted}`).toBeLessThan(to)

describe('the Lipschitz bound', () => {
  test.each([1, 3, 5, 17, 64])('is gamma times the norms of the layers, width %i', (width) => {
    for (const dtype of ['f32', 'f64'] as const) {
      const field = new MLP([width, 2 * width, width], { dtype, activation: 'tanh', seed: 1 })
      const [a, b] = norms(field) as [number, number]
      close(new Equilibrium(field, { gamma: 0.7 }).lipschitz(), 0.7 * a * b, 1e-3)
      const block = implicitBlock({ width, dtype, gamma: 0.3, seed: 2 })
      close(new Equilibrium(block).lipschitz(), (0.3 * (norms(block)[0] as number)) / Math.sqrt(width), 1e-3)
    }
  })

  test.each(Object.entries(steepest) as [Activation, number][])(
    '%s is nowhere steeper than %f',
    (activation, slope) => {
      const field = new Field(1, (p) => p.activate(p.state, activation), f64)
      const h = 2 ** -20
      const x = Float64Array.from({ length: 4001 }, (_, i) => (i - 2000) / 200)
      const f = (shift: number) => field.forward(x.map((v) => v + shift))
      const [above, below] = [f(h), f(-h)]
      const steep = Math.max(...above.map((v, i) => Math.abs(v - (below[i] as number)) / (2 * h)))
      if (slope === Number.POSITIVE_INFINITY) return expect(activation).toBe('exp')
      expect(steep).toBeLessThanOrEqual(slope + 1e-9)
      return expect(steep).toBeGreaterThan(slope - 1e-3)
    },
  )

  test('holds for programs of all kinds, and is Infinity where none is known', () => {
    const fields = [
      new Field(3, (p) => p.add(p.state, p.dense(p.state, 3, { activation: 'relu' })), f64),
      new Field(3, (p) => p.concat(p.slice(p.dense(p.state, 5), 2, 2), p.dense(p.time(), 1)), f64),
      new Field(3, (p) => p.scale(p.activate(p.dense(p.state, 3), 'gelu'), -2), f64),
    ]
    for (const field of fields) {
      const bound = new Equilibrium(field).lipschitz()
      let [steep, pairs] = [0, 0]
      for (; pairs < 200; pairs++) {
        const [a, d] = [scatter(3, pairs), scatter(3, pairs + 1000)]
        const [fa, fb] = [field.forward(a), field.forward(a.map((v, i) => v + 1e-3 * (d[i] as number)))]
        const gap = fa.map((v, i) => v - (fb[i] as number))
        steep = Math.max(steep, Math.sqrt(inner(gap, gap) / inner(d, d)) * 1e3)
      }
      expect(steep).toBeLessThanOrEqual(bound * (1 + 1e-6))
      expect(steep).toBeGreaterThan(bound / 4)
    }
    const unknown = [
      new Field(3, (p) => p.mul(p.state, p.dense(p.state, 3)), f64),
      new Field(3, (p) => p.activate(p.dense(p.state, 3), 'exp'), f64),
    ]
    for (const field of unknown) {
      const before = field.parameters
      const model = new Equilibrium(field)
      expect([model.lipschitz(), model.project()]).toEqual([Infinity, Infinity])
      expect(field.parameters).toEqual(before)
    }
  })
})

describe('project', () => {
  test('shrinks all weights by one factor to a bound of 0.99, and no bias', () => {
    const field = new MLP([5, 9, 5], { ...f64, seed: 2 })
    field.parameters = field.parameters.map((p) => 3 * p)
    const before = field.tensors()
    const model = new Equilibrium(field, { gamma: 0.8 })
    close(model.project(), 0.99, 1e-12)
    close(0.8 * norms(field).reduce((a, b) => a * b), 0.99, 1e-3)
    const after = field.tensors()
    const factor = (after.get('0.weight')!.data[0] as number) / (before.get('0.weight')!.data[0] as number)
    for (const name of ['0.weight', '2.weight']) {
      expect(
        relative(
          after.get(name)!.data,
          before.get(name)!.data.map((v) => factor * v),
        ),
      ).toBeLessThan(1e-15)
    }
    for (const name of ['0.bias', '2.bias']) expect(after.get(name)).toEqual(before.get(name))
    const [version, parameters] = [field.version, field.parameters]
    expect(model.project()).toBeLessThanOrEqual(0.99 * (1 + 1e-12))
    expect(relative(field.parameters, parameters)).toBeLessThan(1e-12)
    expect(field.version - version).toBeLessThanOrEqual(1)
  })

  test('leaves alone what is below, and what does not come down with its weights', () => {
    const skip = new Field(3, (p) => p.add(p.state, p.dense(p.state, 3)), { ...f64, seed: 1 })
    const before = skip.parameters
    const bound = new Equilibrium(skip).lipschitz()
    expect(new Equilibrium(skip).project()).toBe(bound)
    expect(new Equilibrium(skip, { gamma: 0.3 }).project()).toBe(0.3 * bound)
    expect(skip.parameters).toEqual(before)
    // With gamma = 0.8 half of the sum may stay.
    close(new Equilibrium(skip, { gamma: 0.8 }).project(), 0.99, 1e-12)
    close((norms(skip)[0] as number) + 1, 0.99 / 0.8, 1e-3)
  })

  test('an implicit block starts as a contraction whatever its factor', () => {
    for (const width of [1, 3, 5, 17]) {
      for (let seed = 0; seed < 5; seed++) {
        const field = implicitBlock({ width, gamma: 2, seed })
        expect((2 * (norms(field)[0] as number)) / Math.sqrt(width)).toBeLessThan(1)
        expect(new Equilibrium(field).lipschitz()).toBeLessThanOrEqual(0.9901)
      }
    }
  })
})

describe('training', () => {
  const x = scatter(120, 1)
  const y = Float64Array.from({ length: 60 }, (_, i) => 3 * Math.abs((x[2 * i] as number) + (x[2 * i + 1] as number)))
  const make = (dtype: 'f32' | 'f64' = 'f64') =>
    new Equilibrium(implicitBlock({ width: 8, gamma: 1, dtype, seed: 2 }), {
      readIn: new Affine(2, 8, { dtype, activation: 'relu', seed: 3 }),
      readOut: new Affine(8, 1, { dtype, seed: 4 }),
    })
  const data = (dtype: 'f32' | 'f64') =>
    dtype === 'f64' ? { x, y } : { x: Float32Array.from(x), y: Float32Array.from(y) }

  test.each(['f32', 'f64'] as const)('200 epochs stay a contraction, and at its edge, %s', (dtype) => {
    const model = make(dtype)
    const norm = () => (norms(model.field)[0] as number) / Math.sqrt(8)
    let [first, last, edge] = [0, 0, 0]
    for (const { epoch, loss } of fit(model, data(dtype), { epochs: 200, optimizer: adam({ lr: 2e-2 }) })) {
      expect(norm()).toBeLessThan(1)
      edge += norm() > 0.989 ? 1 : 0
      if (epoch === 1) first = loss
      last = loss
    }
    expect(edge).toBeGreaterThan(20)
    expect(last).toBeLessThan(first / 20)
  })

  test('is resumed to the same bits, projections and all', () => {
    const options = { epochs: 20, batchSize: 16, optimizer: adam({ lr: 2e-2 }) }
    const whole = make()
    let saved: Uint8Array | undefined
    for (const progress of fit(whole, { x, y }, options)) if (progress.epoch === 10) saved = progress.checkpoint()
    const resumed = make()
    for (const _ of fit(resumed, { x, y }, { ...options, resume: saved! }));
    expect(resumed.field.parameters).toEqual(whole.field.parameters)
    expect(resumed.forward(x)).toEqual(whole.forward(x))
  })

  test('a field of which no bound is known is trained as it is, as long as it converges', () => {
    const field = new Field(
      8,
      (p) => p.mul(p.dense(p.state, 8, { activation: 'tanh' }), p.dense(p.state, 8, { activation: 'sigmoid' })),
      { ...f64, seed: 1 },
    )
    const { readIn, readOut } = make()
    const model = new Equilibrium(field, { readIn: readIn!, readOut: readOut!, gamma: 0.5 })
    const losses = Array.from(fit(model, { x, y }, { epochs: 100, optimizer: adam({ lr: 1e-2 }) }), ({ loss }) => loss)
    expect(model.lipschitz()).toBe(Infinity)
    expect(losses[99]).toBeLessThan((losses[0] as number) / 4)
  })
})
