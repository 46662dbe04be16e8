// Gradients of solves with stops: exact, and the stops stay where they are.

import { describe, expect, test } from 'vitest'
import { NeuralODE, type NeuralODEOptions } from '../../src/models/neural-ode.ts'
import { MLP } from '../../src/program/mlp.ts'
import { odeint } from '../../src/solve/odeint.ts'
import { tableaus } from '../../src/tableaus/all.ts'
import { bosh3, dopri5, rk4, tsit5 } from '../../src/tableaus/index.ts'
import { compare, EQUAL, gradient, network, sameForEveryBudget } from '../support/compare.ts'
import { adaptiveHeun, at, differences, inner, onGrid, relative, scatter } from '../support/gradients.ts'

const TOLERANCE = 1e-7
const methods = [...Object.values(tableaus), adaptiveHeun]

describe.each([
  ['forward', [0.1, 0.85, 0.96, 1.45], [0.53, 1.21]],
  ['backward', [1.2, 0.7, 0.62, -0.35], [0.81, -0.11]],
] as const)('against differences, %s', (_, times, stops) => {
  const [t, tStops] = [[...times], [...stops]]
  const ends = [t[0] as number, t[3] as number]
  const x = scatter(9)

  describe.each(methods)('$name', (solver) => {
    test.each<[string, NeuralODEOptions & { t: readonly number[] }]>([
      ['two times, equal steps', { t: ends, steps: 3 }],
      ['four times, equal steps', { t, steps: 3, output: 'all' }],
      ['four times, steps of a length', { t, dt: 0.4, output: 'all' }],
      ['two times, steps of a length', { t: ends, dt: 0.4 }],
      ['a grid', { t, solver: onGrid(solver), output: 'all' }],
      ['a grid, the last output', { t, solver: onGrid(solver), output: 'last' }],
    ])('%s', (__, options) => {
      using field = network()
      compare(field, { solver, ...options, tStops }, x)
    })

    test.runIf(solver.error)('adaptive', () => {
      using field = network()
      compare(field, { t, solver, ...EQUAL, tStops, output: 'all' }, x)
      compare(field, { t: ends, solver, ...EQUAL, tStops }, x)
      compare(field, { t, solver, ...EQUAL, discontinuities: tStops, output: 'last' }, x)
    })
  })

  test.each([dopri5, tsit5, bosh3])('$name: widths and batches', (solver) => {
    for (const width of [1, 3, 5, 17]) {
      using field = network(width)
      const node = new NeuralODE(field, { t, solver, ...EQUAL, tStops })
      for (const batch of [1, 3, 5, 17]) {
        const from = scatter(width * batch)
        const { dx } = gradient(node, from)
        const along = scatter(from.length, 11)
        const by = differences(
          ([s]) => {
            const y = node.forward(from.map((v, i) => v + (s as number) * (along[i] as number)))
            return inner(y, scatter(y.length, 3))
          },
          [0],
        )
        expect(relative([inner(dx, along)], by)).toBeLessThan(TOLERANCE)
      }
    }
  })
})

test.each(methods.filter((method) => method.error))(
  '$name, adaptive: that of its steps as a grid, to the bit',
  (solver) => {
    using field = network()
    const x = scatter(9)
    const tolerances = { rtol: 1e-2, atol: 1e-2, tStops: [0.4, 1.1, 1.3] }
    const { stepTimes } = odeint(field, x, [0.1, 1.3], { solver, ...tolerances })
    const free = gradient(new NeuralODE(field, { t: [0.1, 1.3], solver, ...tolerances }), x)
    const grid = gradient(new NeuralODE(field, { t: stepTimes, solver: onGrid(solver), output: 'last' }), x)
    expect(free.dx).toEqual(grid.dx)
    expect(free.dparams).toEqual(grid.dparams)
    // The stops stay: what moves with the start are the steps before the first of them.
    const first = [...stepTimes].indexOf(0.4)
    const before = grid.dt.slice(0, first).reduce((sum, v) => sum + v, 0)
    expect(Math.abs((free.dt[0] as number) - before)).toBeLessThan(1e-12)
  },
)

test('checkpoints are as good, and a second pullback as the first', () => {
  using field = network()
  const x = scatter(9)
  for (const way of [
    { rtol: 1e-8, atol: 1e-8 },
    { solver: rk4, steps: 200 },
  ]) {
    const options = { t: [0, 1, 2], ...way, tStops: [0.3, 1.7], discontinuities: [0.9] }
    sameForEveryBudget(field, options, x)
  }
})

test('stops at the knots of parameters in time, and in a saved model', () => {
  using field = new MLP([2, 5, 2], { activation: 'tanh', dtype: 'f64', seed: 3, layers: 4, span: 1 })
  const node = new NeuralODE(field, { ...EQUAL, t: [0, 1], tStops: field.knots, maxNfe: 1000 })
  const [x, out] = [scatter(6), scatter(6, 3)]
  const { dparams } = gradient(node, x)
  const by = differences((there) => at(field, there, () => inner(node.forward(x), out)), field.parameters)
  expect(relative(dparams, by)).toBeLessThan(TOLERANCE)
  const copy = NeuralODE.from(node.save())
  expect(copy.forward(x)).toEqual(node.forward(x))
  copy.field.dispose()
})
