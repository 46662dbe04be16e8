// The tape: what the way back finds there it does not evaluate again, and its bits are those of a way back without.
import { describe, expect, test } from 'vitest'
import { checkpoint } from '../../src/adjoint/checkpoint.ts'
import type { Cotangents } from '../../src/adjoint/model.ts'
import { core } from '../../src/core/boundary.ts'
import { Compose } from '../../src/models/compose.ts'
import { NeuralODE, type NeuralODEOptions } from '../../src/models/neural-ode.ts'
import { ResNet } from '../../src/models/resnet.ts'
import { Field } from '../../src/program/field.ts'
import { MLP } from '../../src/program/mlp.ts'
import { hairerPI } from '../../src/solve/controller.ts'
import { dopri5, dopri8, euler, fehlberg45, rk4, tsit5 } from '../../src/tableaus/index.ts'
import { gradient } from '../support/compare.ts'
import { scatter } from '../support/gradients.ts'

const NONE = checkpoint({ budget: 1 })

const inputs = (dtype: 'f32' | 'f64', n: number): Float32Array | Float64Array =>
  dtype === 'f32' ? Float32Array.from(scatter(n)) : scatter(n)

const bits = ({ dx, dparams, dt }: Cotangents): unknown => ({ dx, dparams, dt })

describe.each(['f32', 'f64'] as const)('%s: the bits with a tape are those without', (dtype) => {
  const ways: readonly (readonly [string, NeuralODEOptions])[] = [
    ['a step of one stage', { solver: euler, steps: 9 }],
    ['four stages, no first same as last', { solver: rk4, steps: 9 }],
    ['adaptive', { solver: dopri5, rtol: 1e-5, atol: 1e-5, t: [0, 2] }],
    ['outputs inside of steps', { solver: tsit5, rtol: 1e-5, atol: 1e-5, t: [0, 0.3, 0.31, 1.7, 2] }],
    ['stages that only dense output has', { solver: fehlberg45, rtol: 1e-5, atol: 1e-5, t: [0, 0.3, 0.31, 2] }],
    ['twelve stages', { solver: dopri8, controller: hairerPI, rtol: 1e-5, atol: 1e-5, t: [0, 0.4, 3] }],
    ['steps that are rejected', { solver: dopri5, dt0: 2, rtol: 1e-5, atol: 1e-5, t: [0, 2.5, 6] }],
    ['stops on the way', { solver: dopri5, t: [0, 0.3, 2], discontinuities: [0.5, 1.2] }],
  ]

  test.each(ways)('%s', (_, options) => {
    for (const batch of [1, 3, 5, 17]) {
      using field = new MLP([3, 9, 2], { activation: 'tanh', time: 'concat', dtype, seed: 1 })
      field.parameters = field.parameters.map((p) => 3 * p)
      const x = inputs(dtype, 2 * batch)
      const run = (adjoint = checkpoint()): Cotangents =>
        gradient(new NeuralODE(field, { t: [0, 1], output: 'all', ...options, adjoint }), x)
      const all = run()
      expect(all.nfe).toBe(0)
      expect(bits(run(NONE)), `batch ${batch}`).toEqual(bits(all))
      // A ring that holds a part of the steps: the last ones, and those of a segment that is taken again.
      for (const budget of [2e4, 6e4]) expect(bits(run(checkpoint({ budget }))), `budget ${budget}`).toEqual(bits(all))
    }
  })

  test('every op of a program, and activations that are differentiated by their input', () => {
    using field = new Field(
      3,
      (p) => {
        const h = p.dense(p.concat(p.state, p.time()), 7, { activation: 'gelu' })
        const gate = p.activate(p.slice(h, 0, 3), 'silu')
        return p.add(p.mul(gate, p.slice(h, 3, 3)), p.scale(p.state, -0.5))
      },
      { dtype, seed: 3 },
    )
    for (const batch of [1, 3, 5, 17]) {
      const run = (adjoint = checkpoint()): Cotangents =>
        gradient(new NeuralODE(field, { t: [0, 1, 2], solver: tsit5, adjoint }), inputs(dtype, 3 * batch))
      const all = run()
      expect(all.nfe).toBe(0)
      expect(bits(run(NONE))).toEqual(bits(all))
    }
  })

  test('a composition, and layers of their own', () => {
    for (const batch of [1, 3, 5, 17]) {
      using block = new MLP([4, 8, 4], { dtype, seed: 1 })
      const make = [
        (adjoint = checkpoint()) => new Compose(block, { times: 12, adjoint }),
        (adjoint = checkpoint()) =>
          new ResNet({ width: 4, hidden: 8, depth: 30, tied: false, dtype, seed: 1, adjoint }),
      ]
      for (const model of make) {
        const x = inputs(dtype, 4 * batch)
        const all = gradient(model() as never, x)
        expect(all.nfe).toBe(0)
        expect(bits(gradient(model(NONE) as never, x))).toEqual(bits(all))
      }
    }
  })
})

test('tape and states keep within the budget', () => {
  // 150 rows of 8 + 64 + 64 + 8 numbers: 90 kB for each of the 160 evaluations.
  using field = new MLP([8, 64, 64, 8], { dtype: 'f32', seed: 1 })
  const x = inputs('f32', 8 * 150)
  const run = (budget: number): [number, Cotangents] => {
    const before = core().memoryTop()
    const g = gradient(new NeuralODE(field, { solver: rk4, steps: 40, adjoint: checkpoint({ budget }) }), x)
    return [core().memoryTop() - before, g]
  }
  const [least, none] = run(1)
  let above = least
  for (const budget of [2 ** 20, 2 ** 22, 2 ** 24]) {
    const [more, some] = run(budget)
    above += more
    expect(bits(some)).toEqual(bits(none))
    expect(some.nfe).toBeLessThan(none.nfe)
    // Chunks of the arena may be a quarter larger than what was asked for.
    expect(above).toBeLessThan(1.3 * budget + least)
  }
})

test('where a product costs less than memory the tape stays within a cache', () => {
  // 256 rows of 2 + 16 + 2 numbers, 20 kB: a megabyte holds some 50 of the 800 evaluations.
  const nfe = (activation: 'relu' | 'tanh'): number => {
    using field = new MLP([2, 16, 2], { activation, dtype: 'f32', seed: 1 })
    return gradient(new NeuralODE(field, { solver: rk4, steps: 200 }), inputs('f32', 2 * 256)).nfe
  }
  expect(nfe('relu')).toBeGreaterThan(740)
  expect(nfe('relu')).toBeLessThan(765)
  expect(nfe('tanh')).toBe(0)
})
