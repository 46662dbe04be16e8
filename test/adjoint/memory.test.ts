// What a gradient takes does not grow with the steps. A file of its own: the highest byte that was ever used is the core's.
import { describe, expect, test } from 'vitest'
import { checkpoint } from '../../src/adjoint/checkpoint.ts'
import { backsolve, reversible } from '../../src/adjoint/index.ts'
import { core } from '../../src/core/boundary.ts'
import { NeuralODE, type NeuralODEOptions } from '../../src/models/neural-ode.ts'
import { MLP } from '../../src/program/mlp.ts'
import { dopri5, rk4 } from '../../src/tableaus/index.ts'
import { gradient } from '../support/compare.ts'
import { scatter } from '../support/gradients.ts'

/** Bytes that a gradient adds to what the core has ever used. */
function growth(options: NeuralODEOptions): number {
  using field = new MLP([4, 8, 4], { activation: 'tanh', dtype: 'f64', seed: 1 })
  const before = core().memoryTop()
  gradient(new NeuralODE(field, options), scatter(4 * 17))
  return core().memoryTop() - before
}

describe.each([
  ['checkpoint', checkpoint({ budget: 20_000 })],
  ['reversible', reversible()],
  ['backsolve', backsolve()],
] as const)('%s', (_, adjoint) => {
  test('fixed steps: as many bytes for 50 000 as for 100', () => {
    growth({ t: [0, 1], solver: rk4, steps: 100, adjoint })
    expect(growth({ t: [0, 1], solver: rk4, steps: 50_000, adjoint })).toBe(0)
  })

  test('adaptive steps: no more than their times', () => {
    const options = { t: [0, 1], solver: dopri5, maxSteps: 1e6, dtMax: 1e-2, adjoint }
    growth(options)
    // 20 000 times, in blocks that double: all of them are kept until the solve is freed.
    const bytes = growth({ ...options, dtMax: 5e-5 })
    expect(bytes).toBeLessThanOrEqual(adjoint.kind === 'backsolve' ? 0 : 4 * 8 * 2 ** 15)
  })
})
