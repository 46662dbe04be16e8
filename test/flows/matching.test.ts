// Flow matching: its data and gradients, the field between two normal densities in closed form, and what reflow is for.

import { describe, expect, test } from 'vitest'
import { vjp } from '../../src/adjoint/vjp.ts'
import { normals } from '../../src/core/random.ts'
import { CNF, energyDistance, FlowMatching } from '../../src/flows/index.ts'
import type { Activation } from '../../src/program/builder.ts'
import { Field } from '../../src/program/field.ts'
import { MLP } from '../../src/program/mlp.ts'
import { euler } from '../../src/tableaus/index.ts'
import { fit } from '../../src/train/fit.ts'
import { adam } from '../../src/train/optimizers.ts'
import { cosine } from '../../src/train/schedules.ts'
import { at, differences, inner, relative, scatter } from '../support/gradients.ts'

const mlp = (dim: number, width: number, activation: Activation = 'tanh', dtype: 'f32' | 'f64' = 'f64'): MLP =>
  new MLP([dim + 1, width, width, dim], { activation, time: 'concat', dtype, seed: 1 })

describe('the model', () => {
  test.each(['tanh', 'relu', 'gelu', 'silu'] as const)(
    '%s: v(t, x) of the field, each row at its own time',
    (activation) => {
      for (const dtype of ['f32', 'f64'] as const) {
        const field = mlp(2, 6, activation, dtype)
        const matching = new FlowMatching(field)
        const x = scatter(15, 3)
        const rows = dtype === 'f32' ? Float32Array.from(x) : x
        const got = matching.forward(rows)
        for (let i = 0; i < 5; i++) {
          const own = field.forward(rows.slice(3 * i, 3 * i + 2), rows[3 * i + 2])
          expect([...got.subarray(2 * i, 2 * i + 2)]).toEqual([...own])
        }
      }
    },
  )

  test.each([1, 3, 5, 17])('gradients against differences, %i rows', (rows) => {
    for (const dim of [1, 2, 3, 5]) {
      const field = mlp(dim, 4)
      const matching = new FlowMatching(field)
      const x = scatter(rows * (dim + 1), 2)
      const weights = scatter(rows * dim, 4)
      const loss = (there: Float64Array): number => inner(matching.forward(there), weights)
      const [, pullback] = vjp(matching, x)
      const { dx, dparams, dt } = pullback(weights)
      expect(dt).toHaveLength(0)
      expect(relative(dx, differences(loss, x))).toBeLessThan(1e-9)
      expect(
        relative(
          dparams,
          differences((p) => at(field, p, () => loss(x)), field.parameters),
        ),
      ).toBeLessThan(1e-9)
    }
  })

  test('data lie on straight paths, at times of their own, and follow the seed', () => {
    const matching = new FlowMatching(mlp(2, 3), { deviation: 0.5 })
    const x1 = scatter(8, 6)
    const { x, y } = matching.data(x1, { draws: 3, seed: 5 })
    expect([x.length, y.length]).toEqual([36, 24])
    expect(new Set(Array.from({ length: 12 }, (_, i) => x[3 * i + 2])).size).toBe(12)
    const base = normals(24, 5)
    for (let i = 0; i < 12; i++) {
      const t = x[3 * i + 2] as number
      expect(t >= 0 && t < 1).toBe(true)
      for (const j of [0, 1]) {
        const [to, step] = [x1[(i % 4) * 2 + j] as number, y[2 * i + j] as number]
        expect(to - step).toBeCloseTo(0.5 * (base[2 * i + j] as number), 14)
        expect(x[3 * i + j]).toBeCloseTo(to - (1 - t) * step, 14)
      }
    }
    expect(matching.data(x1, { draws: 3, seed: 5 })).toEqual({ x, y })
    expect(matching.data(x1, { draws: 3, seed: 6 }).x).not.toEqual(x)
    const x0 = scatter(8, 9)
    const paired = matching.data(x1, { x0, draws: 2 })
    for (let i = 0; i < 16; i++) expect(paired.y[i]).toBe((x1[i % 8] as number) - (x0[i % 8] as number))
  })

  test('trains to the same bits, keeps what is not trained, and refuses what it cannot do', () => {
    const train = (rate: number): Field => {
      const field = mlp(2, 5, 'relu', 'f32')
      field.rate = rate
      const matching = new FlowMatching(field)
      const data = matching.data(Float32Array.from(scatter(40)), { draws: 2 })
      for (const _ of fit(matching, data, { batchSize: 16, epochs: 3 }));
      return field
    }
    const before = mlp(2, 5, 'relu', 'f32').parameters
    expect(train(1).parameters).toEqual(train(1).parameters)
    expect(train(1).parameters).not.toEqual(before)
    expect(train(0).parameters).toEqual(before)
    expect(() => new FlowMatching(new MLP([2, 4, 2], { layers: 2, span: 1 }))).toThrow('got layers 2')
    expect(() => new FlowMatching(new Field(1, (p) => p.input(1)))).toThrow('field must read no input')
    expect(() => new FlowMatching(mlp(2, 3), { deviation: 0 })).toThrow('deviation must be')
    const matching = new FlowMatching(mlp(2, 3))
    expect(() => matching.data([1, 2, 3])).toThrow('x1 must hold rows of 2 numbers')
    expect(() => matching.data([1, 2], { x0: [1, 2, 3, 4] })).toThrow('x0 must hold 2 numbers, as x1 does, got 4')
    expect(() => matching.data([1, 2], { draws: 0 })).toThrow('draws must be')
    expect(() => matching.data([1, 2], { seed: -1 })).toThrow('seed must be')
  })
})

test('between normal densities the field is the closed form', () => {
  // From N(0, 1) to N(m, s^2) with independent pairs: v = m + (t s^2 - (1 - t)) / ((1 - t)^2 + t^2 s^2) (x - t m).
  const [m, s] = [1, 0.5]
  const field = mlp(1, 16)
  const matching = new FlowMatching(field)
  const data = matching.data(
    normals(4000, 3).map((z) => m + s * z),
    { draws: 4, seed: 8 },
  )
  for (const _ of fit(matching, data, {
    optimizer: adam({ lr: 0.01 }),
    schedule: cosine(),
    batchSize: 500,
    epochs: 40,
  }));
  for (const t of [0.1, 0.5, 0.9]) {
    const spread = Math.sqrt((1 - t) ** 2 + t * t * s * s)
    for (const z of [-1, 0, 1]) {
      const x = t * m + z * spread
      const wanted = m + ((t * s * s - (1 - t)) / spread ** 2) * (x - t * m)
      expect(Math.abs((field.forward([x], t)[0] as number) - wanted)).toBeLessThan(0.06)
    }
  }
  const samples = new CNF(field).sample(4000, { seed: 2 })
  const mean = [...samples].reduce((sum, v) => sum + v, 0) / 4000
  const variance = [...samples].reduce((sum, v) => sum + (v - mean) ** 2, 0) / 4000
  expect(Math.abs(mean - m)).toBeLessThan(0.05)
  expect(Math.abs(Math.sqrt(variance) - s)).toBeLessThan(0.04)
})

test.each(['relu', 'silu'] as const)('%s: reflow makes paths straight, so that one step is enough', (activation) => {
  // Two clouds: many independent pairs cross.
  const clouds = (n: number, seed: number): Float64Array =>
    normals(2 * n, seed).map((z, i) => 0.3 * z + (i % 2 ? 0 : i % 4 ? 2 : -2))
  const train = (field: Field, data: { x: ArrayLike<number>; y: ArrayLike<number> }): void => {
    const options = { optimizer: adam({ lr: 0.01 }), schedule: cosine(), batchSize: 256, epochs: 30 }
    for (const _ of fit(new FlowMatching(field), data as never, options));
  }
  const first = mlp(2, 24, activation)
  train(first, new FlowMatching(first).data(clouds(1024, 1), { draws: 4 }))
  const flow = new CNF(first, { rtol: 1e-4, atol: 1e-4 })
  const x0 = flow.base(1024, { seed: 7 }) as Float64Array
  const second = mlp(2, 24, activation)
  train(second, new FlowMatching(second).data(flow.transform(x0), { x0, draws: 4 }))
  const held = clouds(600, 2)
  const quality = (field: Field, steps: number): number =>
    energyDistance(new CNF(field, { solver: euler, steps }).sample(600, { seed: 3 }), held, 2)
  const [one, many] = [quality(first, 1), quality(first, 50)]
  expect(many).toBeLessThan(0.5 * one)
  expect(quality(second, 1)).toBeLessThan(0.6 * one)
  expect(quality(second, 50)).toBeLessThan(0.6 * one)
})

describe('energyDistance', () => {
  test('is the mean over all pairs', () => {
    // |x - y|: 3, 5, 2, 4; |x - x'|: 1; |y - y'|: 2
    expect(energyDistance([0, 1], [3, 5], 1)).toBeCloseTo(Math.sqrt((2 * 14) / 4 - 1 - 2), 14)
    expect(energyDistance([0, 0, 3, 4], [0, 0, 3, 4], 2)).toBe(0)
  })

  test('of normal densities apart by m in one dimension is known', () => {
    // E|N(m, 2)| = 2 / sqrt(pi) e^(-m^2/4) + m erf(m/2), with erf(1) = 0.8427007929
    const wanted = Math.sqrt(
      2 * ((2 / Math.sqrt(Math.PI)) * Math.exp(-1) + 2 * 0.8427007929) - (2 * 2) / Math.sqrt(Math.PI),
    )
    expect(
      energyDistance(
        normals(2000, 1),
        normals(2000, 2).map((z) => z + 2),
        1,
      ),
    ).toBeCloseTo(wanted, 1)
  })

  test('refuses what is no sample', () => {
    expect(() => energyDistance([1], [1, 2], 1)).toThrow('x must hold at least two rows of 1 numbers, got 1 numbers')
    expect(() => energyDistance([1, 2, 3, 4], [1, 2, 3], 2)).toThrow('y must hold at least two rows')
    expect(() => energyDistance([1, Number.NaN], [1, 2], 1)).toThrow('x[1] is NaN')
    expect(() => energyDistance([1, 2], [1, 2], 0)).toThrow('dim must be')
  })
})
