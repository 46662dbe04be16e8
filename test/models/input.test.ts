// Models and solves that read a signal: stops, training, files, and everything that is refused.

import { describe, expect, test } from 'vitest'
import { vjp } from '../../src/adjoint/vjp.ts'
import { Compose } from '../../src/models/compose.ts'
import { Equilibrium } from '../../src/models/equilibrium.ts'
import { NeuralODE } from '../../src/models/neural-ode.ts'
import { ResNet } from '../../src/models/resnet.ts'
import { Block } from '../../src/program/block.ts'
import type { Builder, Register } from '../../src/program/builder.ts'
import { Field } from '../../src/program/field.ts'
import { MLP } from '../../src/program/mlp.ts'
import { cubicSignal, linearSignal, type Signal } from '../../src/program/signal.ts'
import { event } from '../../src/solve/event.ts'
import { odeint } from '../../src/solve/odeint.ts'
import { dopri5, rk4 } from '../../src/tableaus/index.ts'
import { fit } from '../../src/train/fit.ts'
import { adam } from '../../src/train/optimizers.ts'
import { relative, scatter } from '../support/gradients.ts'

const f64 = { dtype: 'f64' } as const
const KNOTS = [0, 0.3, 0.7, 1]
const write = (p: Builder): Register => p.dense(p.concat(p.state, p.input(1)), 2, { activation: 'tanh' })
const rate = (p: Builder): Register => p.mul(p.state, p.inputRate(2))
const u = linearSignal(KNOTS, [0, 1, -1, 0.5])

describe('steps', () => {
  test('end at the knots between the ends, together with other stops', () => {
    using field = new Field(2, write, f64)
    const stops = { input: u, tStops: [0.5] }
    for (const way of [{}, { solver: rk4, steps: 3 }, { solver: dopri5, dt: 0.4 }]) {
      const { stepTimes } = odeint(field, [1, 2], [0.1, 0.9], { ...way, ...stops })
      for (const t of [0.3, 0.5, 0.7]) expect([...stepTimes]).toContain(t)
    }
    // No step passes the last knot either, though none is asked for behind it.
    expect(odeint(field, [1, 2], [0, 0.99], { input: u }).stepTimes.at(-1)).toBe(1)
    const free = linearSignal(KNOTS, [0, 1, -1, 0.5], { stops: false })
    const { stepTimes } = odeint(field, [1, 2], [0.1, 0.9], { solver: rk4, steps: 3, input: free })
    expect(stepTimes).toHaveLength(4)
  })

  test('begin anew where the derivative jumps, and only there', () => {
    using value = new Field(2, write, f64)
    using jump = new Field(2, rate, f64)
    const way = { dt0: 0.05, rtol: 1e-3, atol: 1e-3 }
    const beginnings = (field: Field, input: Signal): number => {
      const { stats } = odeint(field, [1, 2], [0, 1], { ...way, input })
      // dopri5: 1 at the start, 6 a step, and 1 at every new beginning.
      return stats.nfe - 1 - 6 * stats.steps
    }
    expect(beginnings(value, u)).toBe(0)
    expect(beginnings(jump, linearSignal(KNOTS, scatter(8)))).toBe(2)
    expect(beginnings(jump, cubicSignal(KNOTS, scatter(8)))).toBe(0)
  })

  test('are watched, and searched for events, as always', () => {
    using field = new Field(2, rate, f64)
    const input = linearSignal(KNOTS, [0, 0, 3, -1, -2, 2, 1, 0])
    const plain = odeint(field, [1, 2], [0, 1], { input })
    let steps = 0
    const watched = odeint(field, [1, 2], [0, 1], { input, onStep: () => steps++ })
    expect(watched.y).toEqual(plain.y)
    expect(steps).toBe(plain.stats.steps)
    // y = exp(u): the first component is 2 where u is log 2, on the way up, down and up again.
    const { events, y } = odeint(field, [1, 2], [0, 1], {
      input,
      rtol: 1e-10,
      atol: 1e-10,
      events: [
        event((_, state) => (state[0] as number) - 2),
        event((t) => t - 0.5, { apply: (_, state) => [...state] }),
      ],
    })
    const up = (Math.log(2) / 3) * 0.3
    const down = 0.3 + ((3 - Math.log(2)) / 5) * 0.4
    const again = 0.7 + ((Math.log(2) + 2) / 3) * 0.3
    expect(
      relative(
        events.map(({ t }) => t),
        [up, down, 0.5, again].sort(),
      ),
    ).toBeLessThan(1e-8)
    expect(y[0]).toBeCloseTo(Math.E, 8)
  })
})

test('a model with a signal is trained to follow it', () => {
  using field = new Field(1, (p) => p.add(p.dense(p.input(1), 1), p.dense(p.state, 1)), { ...f64, seed: 1 })
  const t = [0, 0.25, 0.5, 0.75, 1]
  const input = linearSignal(KNOTS, [0, 1, -1, 0.5])
  const node = new NeuralODE(field, { t, solver: rk4, steps: 8, input })
  const x = [0, 1, -1]
  const target = new Field(1, (p) => p.add(p.scale(p.input(1), 2), p.scale(p.state, -1)), f64)
  const y = new NeuralODE(target, { t, solver: rk4, steps: 8, input }).forward(x)
  const losses = Array.from(fit(node, { x, y }, { epochs: 800, optimizer: adam({ lr: 0.03 }) }), ({ loss }) => loss)
  expect(losses.at(-1)).toBeLessThan(1e-6)
  // Weight and bias of the input, then those of the state.
  const [w, b, a, c] = field.parameters as Float64Array
  expect(relative([w as number, (b as number) + (c as number), a as number], [2, 0, -1])).toBeLessThan(0.02)
})

describe('a path for each row', () => {
  const rows = 7
  const values = scatter(rows * KNOTS.length)
  const paths = (row: number): Signal => linearSignal(KNOTS, values.slice(row * KNOTS.length, (row + 1) * KNOTS.length))
  const input = linearSignal(KNOTS, values, { rows })

  test.each([1, 2, 3, 5, 7])('is followed by that row in batches of %i, whatever their order', (batchSize) => {
    for (const dtype of ['f64', 'f32'] as const) {
      // y' = u, so y(1) is x and the area below the path: the loss is rounding, if no row takes the path of another.
      using field = new Field(1, (p) => p.add(p.input(1), p.scale(p.dense(p.state, 1), 0)), { dtype })
      const x = scatter(rows, 1)
      const y = x.map((v, row) => {
        const at = paths(row).at.bind(paths(row))
        const areas = KNOTS.slice(1).map((t, k) => {
          const before = KNOTS[k] as number
          return ((t - before) * ((at(t)[0] as number) + (at(before)[0] as number))) / 2
        })
        return v + areas.reduce((sum, area) => sum + area, 0)
      })
      const node = new NeuralODE(field, { solver: rk4, steps: 3, input })
      const data = { x: [...x], y: [...y] }
      const options = { epochs: 5, batchSize, seed: 3 }
      const bound = dtype === 'f64' ? 1e-30 : 1e-13
      for (const { loss } of fit(node, data, options)) expect(loss).toBeLessThan(bound)
    }
  })

  test('has the gradient of that row: small batches learn what the full one does', () => {
    const law = new Field(1, (p) => p.add(p.scale(p.input(1), 2), p.scale(p.state, -1)), f64)
    const [x, way] = [scatter(rows, 1), { solver: rk4, steps: 6, input }]
    const y = new NeuralODE(law, way).forward(x)
    using field = new Field(1, (p) => p.dense(p.concat(p.state, p.input(1)), 1), { ...f64, seed: 1 })
    const options = { epochs: 400, batchSize: 2, optimizer: adam({ lr: 0.02 }) }
    const losses = Array.from(fit(new NeuralODE(field, way), { x, y }, options), ({ loss }) => loss)
    expect(losses.at(-1)).toBeLessThan(1e-8)
    expect(relative(field.parameters, [-1, 2, 0])).toBeLessThan(1e-3)
  })

  test('must be there for each row', () => {
    using field = new Field(2, write, f64)
    const node = new NeuralODE(field, { solver: rk4, steps: 3, input })
    const message = /^input has paths for 7 rows, the batch has (\d+): give one path for all or one for each$/
    expect(() => node.forward(scatter(4))).toThrow(message)
    expect(() => vjp(node, scatter(10))).toThrow(message)
    expect(() => [...fit(node, { x: scatter(16), y: scatter(16) }, { batchSize: 7 })]).toThrow(message)
    expect(() => odeint(field, scatter(4), [0, 1], { input })).toThrow(message)
  })
})

test('a saved model asks for its signal, which it does not hold', () => {
  const both = (p: Builder): Register => p.add(write(p), p.mul(p.state, p.dense(p.inputRate(1), 2)))
  using field = new Field(2, both, { ...f64, seed: 2 })
  const node = new NeuralODE(field, { t: [0, 0.5, 1], solver: rk4, steps: 4, input: u, tStops: [0.2] })
  const x = scatter(4)
  const copy = NeuralODE.from(node.save())
  expect(copy.field.calls).toEqual(field.calls)
  expect(copy.solverOptions.input).toBeUndefined()
  expect(() => copy.forward(x)).toThrow(
    /^the program reads an input of width 1: give odeint or a NeuralODE the option input/,
  )
  const again = new NeuralODE(copy.field, { ...copy.solverOptions, t: copy.t, input: u })
  expect(again.forward(x)).toEqual(node.forward(x))
  const solved = copy.solve(x, [0, 0.5, 1], { input: u })
  expect(solved.ys.flatMap((y) => [...y])).toEqual([...node.forward(x)])
  // The signal of the model is the default of its solves.
  expect(node.solve(x, [0, 0.5, 1]).y).toEqual(solved.y)
  copy.field.dispose()
})

describe('refused', () => {
  const field = new Field(2, write, f64)
  const missing =
    /^the program reads an input of width 1: give odeint or a NeuralODE the option input, made by linearSignal/

  test('a program without its signal, wherever it is', () => {
    expect(() => odeint(field, [1, 2], [0, 1])).toThrow(missing)
    expect(() => field.forward([1, 2])).toThrow(missing)
    expect(() => new NeuralODE(field).forward([1, 2])).toThrow(missing)
    expect(() => vjp(new NeuralODE(field), [1, 2])).toThrow(missing)
    expect(() => new ResNet(field, { depth: 3 }).forward([1, 2])).toThrow(missing)
    expect(() => new Compose(field, { times: 2 }).forward([1, 2])).toThrow(missing)
    expect(() => new Equilibrium(field).forward([1, 2])).toThrow(missing)
    const readIn = new Block(3, 2, (p) => p.dense(p.concat(p.state, p.input(1)), 2), f64)
    expect(() => new NeuralODE(new MLP([2, 2], f64), { readIn }).forward([1, 2, 3])).toThrow(missing)
    // And the core works on.
    expect(odeint(field, [1, 2], [0, 1], { input: u }).y.every(Number.isFinite)).toBe(true)
  })

  test.each<[string, unknown, RegExp]>([
    [
      'of another width',
      linearSignal([0, 1], [1, 2, 3, 4]),
      /^input must have the width that the field reads, 1, got 2$/,
    ],
    ['that is an array', [0, 1], /^input must be made by linearSignal or cubicSignal, got Array$/],
    ['that is null', null, /^input must be made by linearSignal or cubicSignal, got null$/],
    ['that looks like one', { knots: [0, 1] }, /^input must be made by linearSignal/],
  ])('a signal %s', (_, input, message) => {
    const options = { input: input as Signal }
    expect(() => odeint(field, [1, 2], [0, 1], options)).toThrow(message)
    expect(() => new NeuralODE(field, options)).toThrow(message)
    expect(() => new NeuralODE(field).solve([1, 2], [0, 1], options)).toThrow(message)
  })

  test('a signal that nobody reads', () => {
    const unread = /^the field reads no input: leave input out, or call p\.input\(width\) in its program$/
    expect(() => odeint(new MLP([2, 2]), [1, 2], [0, 1], { input: u })).toThrow(unread)
    expect(() => new NeuralODE(new MLP([2, 2]), { input: u })).toThrow(unread)
    const byHand = /^input is for network fields: call signal\.at\(t\) in the function, with tStops: signal\.knots$/
    expect(() => odeint((_, y) => y, [1], [0, 1], { input: u })).toThrow(byHand)
  })

  test('programs that read badly', () => {
    for (const width of [0, 1.5, 65537, undefined])
      for (const method of ['input', 'inputRate'] as const)
        expect(() => new Field(1, (p) => p[method](width as number))).toThrow(
          /^width must be an integer from 1 to 65536/,
        )
    const other = /^a program reads one signal: width must be 1 again, got 2$/
    expect(() => new Field(2, (p) => p.concat(p.input(1), p.inputRate(2)))).toThrow(other)
  })
})
