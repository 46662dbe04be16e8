import { describe, expect, test } from 'vitest'
import { checkpoint } from '../../src/adjoint/checkpoint.ts'
import { vjp } from '../../src/adjoint/vjp.ts'
import { NeuralODE, type NeuralODEOptions } from '../../src/models/neural-ode.ts'
import { Field } from '../../src/program/field.ts'
import { MLP } from '../../src/program/mlp.ts'
import { hairer853, hairerPI, pi } from '../../src/solve/controller.ts'
import { bosh3, dopri5, dopri8, euler, fehlberg45, heun, rk4, tsit5, vern7 } from '../../src/tableaus/index.ts'
import { gradient } from '../support/compare.ts'
import { adaptiveHeun, relative, scatter } from '../support/gradients.ts'
import { cotangents, REFERENCE_GRADIENTS } from '../support/reference-gradients.ts'

describe('the budget changes the work, not a bit of the gradient', () => {
  const BATCH = 3
  const field = new MLP([3, 4, 2], { activation: 'tanh', time: 'concat', dtype: 'f64', seed: 1 })
  const x = scatter(BATCH * field.dim)
  const stateBytes = 8 * x.length
  const slots = [2, 3, 4, 5, 8, 33, 64, 1023]
  const remembering = { solver: fehlberg45, controller: pi(), rtol: 1e-9, atol: 1e-9 }
  const runs = [
    ['one step', { solver: rk4, steps: 1 }],
    ['two steps', { solver: rk4, steps: 2 }],
    ['37 steps of a method without FSAL', { solver: heun, steps: 37 }],
    ['64 steps', { solver: bosh3, steps: 64 }],
    ['1500 steps: more than there are slots', { solver: euler, steps: 1500 }],
    ['adaptive', { solver: dopri5, rtol: 1e-10, atol: 1e-10 }],
    ['adaptive, without FSAL', { solver: adaptiveHeun, rtol: 1e-5, atol: 1e-5 }],
    ['adaptive, outputs inside', { solver: tsit5, rtol: 1e-9, atol: 1e-9, t: [0, 0.3, 0.31, 1.7, 2] }],
    ['adaptive, dense output with stages of its own', { ...remembering, t: [0, 0.3, 0.31, 1.7, 2] }],
    ['adaptive, only the end', remembering],
    ['a grid', { solver: rk4, t: Float64Array.from({ length: 90 }, (_, i) => i * i * 1e-3) }],
  ] as const

  test.each(runs)('%s', (_, run) => {
    const options: NeuralODEOptions = { t: [0, 2], output: 'all', ...run }
    const all = gradient(new NeuralODE(field, { ...options, adjoint: checkpoint() }), x)
    for (const count of slots) {
      const adjoint = checkpoint({ budget: count * stateBytes })
      const some = gradient(new NeuralODE(field, { ...options, adjoint }), x)
      expect(some.dx, `dx with ${count} slots`).toEqual(all.dx)
      expect(some.dparams, `dparams with ${count} slots`).toEqual(all.dparams)
      expect(some.dt, `dt with ${count} slots`).toEqual(all.dt)
      expect(some.nfe).toBeGreaterThanOrEqual(all.nfe)
    }
  })

  test('what is recomputed falls with the slots', () => {
    const nfe = (count: number): number => {
      const adjoint = checkpoint({ budget: count * stateBytes })
      return gradient(new NeuralODE(field, { t: [0, 2], solver: euler, steps: 1000, adjoint }), x).nfe
    }
    // Every step is taken once more for its transpose, but for those on the tape, which has what is left of the budget by 256 slots.
    expect(nfe(1024)).toBeGreaterThan(900)
    expect(nfe(1024)).toBeLessThan(950)
    expect(nfe(20_000)).toBe(0)
    // With bisection a few slots are enough: 20 steps for each with 4, 10 with 5, 4 with 16, 2 with 64.
    const bounds = [
      [2, 170_000],
      [4, 21_500],
      [5, 10_000],
      [16, 3_900],
      [64, 2_000],
      [200, 1_900],
    ] as const
    for (const [count, bound] of bounds) expect(nfe(count), `${count} slots`).toBeLessThan(bound)
  })

  test('a budget is a positive number of bytes', () => {
    for (const budget of [0, -1, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(() => checkpoint({ budget })).toThrow(/^budget must be/)
    }
    expect(() => new NeuralODE(field, { adjoint: {} as never })).toThrow(
      /^adjoint must be made by checkpoint\(\), or by a maker that from\(\) is given, got \{\}/,
    )
  })
})

describe('pullback', () => {
  const make = (): [MLP, NeuralODE] => {
    const field = new MLP([2, 8, 2], { dtype: 'f64', seed: 2 })
    return [field, new NeuralODE(field, { t: [0, 0.5, 1], solver: tsit5, adjoint: checkpoint({ budget: 100 }) })]
  }

  test('may be called again, with the same and with other cotangents', () => {
    const [field, node] = make()
    const x = scatter(6)
    const [y, pullback] = vjp(node, x)
    expect(y).toEqual(node.forward(x))
    const [u, v] = [scatter(18, 1), scatter(18, 2)]
    const first = pullback(u)
    const other = pullback(v)
    // A sweep uses the trajectory up: the second one solves again, which counts.
    expect(pullback(u)).toEqual({ ...first, nfe: other.nfe })
    expect(other.nfe).toBeGreaterThan(first.nfe)
    // It is linear.
    const both = pullback(u.map((a, i) => a + (v[i] as number)))
    expect(
      relative(
        both.dparams,
        first.dparams.map((a, i) => a + (other.dparams[i] as number)),
      ),
    ).toBeLessThan(1e-13)
    expect(pullback(new Float64Array(18)).dparams).toEqual(new Float64Array(field.parameterCount))
    pullback.dispose()
    pullback.dispose()
    expect(() => pullback(u)).toThrow('the pullback is disposed')
    field.dispose()
  })

  test.each([
    { solver: dopri5, controller: hairerPI },
    { solver: dopri8, controller: hairer853 },
    { solver: vern7, controller: pi() },
  ])('the second solve is the first, whatever the controller remembers', (options) => {
    using field = new MLP([2, 8, 2], { dtype: 'f64', activation: 'tanh', seed: 2 })
    field.parameters = field.parameters.map((p) => 4 * p)
    const [y, pullback] = vjp(new NeuralODE(field, { t: [0, 0.5, 3], rtol: 1e-8, atol: 1e-8, ...options }), scatter(6))
    const [first, second] = [pullback(scatter(y.length, 1)), pullback(scatter(y.length, 1))]
    pullback.dispose()
    expect(second).toEqual({ ...first, nfe: second.nfe })
  })

  test('says what does not fit', () => {
    const [field, node] = make()
    const [, pullback] = vjp(node, [1, 2])
    expect(() => pullback([1, 2])).toThrow('dy must hold 6 numbers, as y does, got 2')
    expect(() => pullback([1, 2, 3, 4, 5, Number.NaN])).toThrow('dy[5] is NaN')
    field.parameters = field.parameters.map((p) => p + 1)
    expect(() => pullback(new Float64Array(6))).toThrow('the parameters have changed since vjp')
    const [, late] = vjp(node, [1, 2])
    field.dispose()
    expect(() => late(new Float64Array(6))).toThrow('the block is disposed')
    late.dispose()
    expect(() => vjp(node, [1, 2])).toThrow('the block is disposed')
    pullback.dispose()
  })

  test('a solve that fails leaves nothing behind', () => {
    using field = new Field(1, (p) => p.mul(p.state, p.state), { dtype: 'f64' })
    const node = new NeuralODE(field, { t: [0, 2], rtol: 1e-9, atol: 1e-9 })
    expect(() => vjp(node, [1])).toThrow(/step underflow|non-finite/)
    const [, pullback] = vjp(node, [-1])
    // y = y0 / (1 - 2 y0), so dy/dy0 = 1 / (1 - 2 y0)^2
    expect(Math.abs((pullback([1]).dx[0] as number) - 1 / 9)).toBeLessThan(1e-6)
    pullback.dispose()
  })
})

test.each(REFERENCE_GRADIENTS)('reference gradient: $name', (problem) => {
  using field = problem.field()
  const { dx, dparams } = cotangents(problem, field, { solver: dopri5, rtol: 1e-13, atol: 1e-13 })
  expect(relative(dx, problem.dx)).toBeLessThan(1e-9)
  expect(relative(problem.parameters(dparams), problem.dp)).toBeLessThan(1e-9)
})
