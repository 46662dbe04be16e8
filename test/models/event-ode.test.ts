// A neural ODE that runs to its events, and the gradients of their times.

import { describe, expect, test } from 'vitest'
import { checkpoint } from '../../src/adjoint/checkpoint.ts'
import { vjp } from '../../src/adjoint/vjp.ts'
import { EventODE, type EventODEOptions } from '../../src/models/event-ode.ts'
import { Affine } from '../../src/program/affine.ts'
import { Block } from '../../src/program/block.ts'
import { Field } from '../../src/program/field.ts'
import { MLP } from '../../src/program/mlp.ts'
import { fehlberg45, rk4, tsit5 } from '../../src/tableaus/index.ts'
import { fit } from '../../src/train/fit.ts'
import { adam } from '../../src/train/optimizers.ts'
import { at, differences, inner, relative, scatter } from '../support/gradients.ts'

const f64 = { dtype: 'f64' } as const
const [G, RADIUS, KEPT] = [9.8, 0.2, 0.8]

/** The ball of torchdiffeq's example: height and speed, falling, touching the ground at its radius, and losing speed. */
function ball(count: number, options: Partial<EventODEOptions> = {}): EventODE {
  const field = new Field(2, (p) => p.dense(p.state, 2), f64)
  field.parameters = [0, 1, 0, 0, 0, -G]
  const event = new Affine(2, 1, f64)
  event.parameters = [1, 0, -RADIUS]
  const jump = new Affine(2, 2, f64)
  jump.parameters = [1, 0, 0, -KEPT, 0, 0]
  return new EventODE(field, { event, jump, count, direction: -1, rtol: 1e-8, atol: 1e-8, t: [0, 100], ...options })
}

/** Time of the n-th event from (height, speed), and its gradient to height, speed, radius and gravity: closed form. */
function bounce(n: number, height: number, speed: number) {
  const impact = Math.sqrt(speed ** 2 + 2 * G * (height - RADIUS))
  // t = (speed + impact (1 + 2 s)) / G, s the sum of the powers of what is kept
  let s = 0
  for (let k = 1; k < n; k++) s += KEPT ** k
  const factor = (1 + 2 * s) / G
  const t = speed / G + impact * factor
  return {
    t,
    height: (factor * G) / impact,
    speed: 1 / G + (factor * speed) / impact,
    radius: (-factor * G) / impact,
    gravity: -t / G + (factor * (height - RADIUS)) / impact,
  }
}

describe('the bouncing ball', () => {
  test('its times are the closed form', () => {
    const y = ball(10).forward([10, 0])
    for (let n = 1; n <= 10; n++) {
      expect(Math.abs((y[3 * (n - 1)] as number) - bounce(n, 10, 0).t)).toBeLessThan(1e-11)
      expect(y[3 * (n - 1) + 1]).toBeCloseTo(RADIUS, 11)
    }
  })

  test.each([1, 2, 10])('the gradient of the time of event %i is the closed form', (n) => {
    for (const [height, speed] of [
      [10, 0],
      [3, 2],
      [5, -1],
    ] as const) {
      const model = ball(n)
      const [y, pullback] = vjp(model, [height, speed])
      const seed = new Float64Array(y.length)
      seed[y.length - 3] = 1
      const { dx, dparams, dt } = pullback(seed)
      pullback.dispose()
      const wanted = bounce(n, height, speed)
      // Field: 4 weights, 2 biases, the second is -gravity; event: 2 weights, 1 bias, which is -radius.
      expect(relative([...dx], [wanted.height, wanted.speed])).toBeLessThan(1e-10)
      expect(relative([dparams[5] as number, dparams[8] as number], [-wanted.gravity, -wanted.radius])).toBeLessThan(
        1e-10,
      )
      expect(dt[0]).toBeCloseTo(1, 10)
    }
  })
})

/** A nonlinear field with an event function and a jump that know the time. */
function network(dim: number, dtype: 'f32' | 'f64', options: Partial<EventODEOptions> = {}): EventODE {
  const field = new Field(
    dim,
    (p) => p.add(p.dense(p.activate(p.dense(p.concat(p.state, p.time()), 7), 'tanh'), dim), p.dense(p.state, dim)),
    { dtype, seed: 3 },
  )
  // sin of something that grows with t crosses zero again and again.
  const event = new Block(dim, 1, (p) => p.activate(p.dense(p.concat(p.state, p.time()), 1), 'sin'), { dtype, seed: 1 })
  event.parameters = [...scatter(dim, 5).map((v) => v / 10), 3, 0.3]
  const jump = new MLP([dim, 4, dim], { activation: 'tanh', dtype, seed: 2 })
  return new EventODE(field, { event, jump, count: 3, t: [0.2, 50], rtol: 1e-9, atol: 1e-9, ...options })
}

describe.each([1, 3, 5, 17])('a network of width %i', (dim) => {
  test('times are zeros, and gradients those of central differences', () => {
    for (const solver of [tsit5, fehlberg45]) {
      const model = network(dim, 'f64', { solver })
      const x = scatter(3 * dim, 4)
      const g = scatter(3 * model.outputs, 6)
      const [y, pullback] = vjp(model, x)
      expect(model.forward(x)).toEqual(y)
      for (let k = 0; k < 9; k++) {
        const own = y.subarray(k * (1 + dim), (k + 1) * (1 + dim))
        expect(Math.abs(model.event.forward(own.subarray(1), own[0])[0] as number)).toBeLessThan(1e-14)
      }
      const { dx, dparams } = pullback(g)
      pullback.dispose()
      // Solved to 1e-9: so near are the differences, whose steps may choose other lengths, to the true gradient.
      const loss = (input: Float64Array): number => inner(model.forward(input), g)
      expect(relative(dx, differences(loss, x))).toBeLessThan(1e-6)
      let start = 0
      for (const block of model.parameters.blocks) {
        const own = dparams.subarray(start, start + block.parameterCount)
        start += block.parameterCount
        // Along two directions: one for every parameter would take minutes.
        for (const seed of [1, 2]) {
          const [before, way] = [block.parameters, scatter(block.parameterCount, seed)]
          const along = ([h]: Float64Array): number =>
            at(
              block,
              Float64Array.from(before, (v, k) => v + (h as number) * (way[k] as number)),
              () => loss(x),
            )
          expect(relative([inner(own, way)], differences(along, [0]))).toBeLessThan(1e-6)
        }
      }
    }
  })

  test('rows are solved by themselves, in both precisions', () => {
    for (const dtype of ['f32', 'f64'] as const) {
      const model = network(dim, dtype, { rtol: 1e-4, atol: 1e-4 })
      const x = Array.from(scatter(3 * dim, 4))
      const [y, pullback] = vjp(model, x)
      const g = Array.from(scatter(y.length, 6))
      const { dx } = pullback(g)
      for (let i = 0; i < 3; i++) {
        const [own, n] = [x.slice(i * dim, (i + 1) * dim), model.outputs]
        const [yi, pull] = vjp(model, own)
        expect(yi).toEqual(y.slice(i * n, (i + 1) * n))
        expect(pull(g.slice(i * n, (i + 1) * n)).dx).toEqual(dx.slice(i * dim, (i + 1) * dim))
        pull.dispose()
      }
      pullback.dispose()
    }
  })
})

test('time runs backward too', () => {
  const model = network(3, 'f64', { t: [1, -50] })
  const x = scatter(3, 4)
  const g = scatter(model.outputs, 6)
  const [y, pullback] = vjp(model, x)
  expect(y[0]).toBeLessThan(1)
  expect(y[4]).toBeLessThan(y[0] as number)
  const { dx, dt } = pullback(g)
  pullback.dispose()
  expect(
    relative(
      dx,
      differences((input) => inner(model.forward(input), g), x),
    ),
  ).toBeLessThan(1e-6)
  const moved = (t: Float64Array): number => inner(network(3, 'f64', { t: [t[0] as number, -50] }).forward(x), g)
  expect(relative([dt[0] as number], differences(moved, [1]))).toBeLessThan(1e-6)
})

test('every budget has the same bits', () => {
  const results = [1, 200, 1e6].map((budget) => {
    const [y, pullback] = vjp(network(3, 'f64', { adjoint: checkpoint({ budget }) }), scatter(6, 4))
    return pullback(scatter(y.length, 6))
  })
  for (const { dx, dparams } of results.slice(1)) expect([dx, dparams]).toEqual([results[0]?.dx, results[0]?.dparams])
})

test('learns gravity and the loss of speed from the times of four bounces', () => {
  const model = ball(4)
  const y = model.forward([10, 0]).map((v, i) => (i % 3 === 0 ? v : Number.NaN))
  model.field.parameters = [0, 1, 0, 0, 0, -8]
  const jump = model.jump as Affine
  jump.parameters = [1, 0, 0, -0.7, 0, 0]
  model.event.rate = 0
  let loss = Infinity
  for (const progress of fit(model, { x: [10, 0], y }, { optimizer: adam({ lr: 0.02 }), epochs: 300 }))
    loss = progress.loss
  expect(loss).toBeLessThan(1e-3)
})

test('is saved and comes back', () => {
  const model = network(3, 'f64')
  const again = EventODE.from(model.save())
  expect(again.forward(scatter(3, 4))).toEqual(model.forward(scatter(3, 4)))
  expect(() => EventODE.from(model.save().subarray(1))).toThrow()
})

describe('refuses', () => {
  const field = new MLP([2, 2], f64)
  const event = new Affine(2, 1, f64)
  test.each([
    ['event must map 2 numbers to 1, got 2 to 2', () => new EventODE(field, { event: field })],
    ['jump must map 2 numbers to 2, got 2 to 1', () => new EventODE(field, { event, jump: event })],
    ['all blocks must have one dtype', () => new EventODE(field, { event: new Affine(2, 1) })],
    ['count must be an integer from 1', () => new EventODE(field, { event, count: 0 })],
    ['dt and steps must be left out', () => new EventODE(field, { event, steps: 3 })],
    ['no error estimate', () => new EventODE(field, { event, solver: rk4 })],
    ['t must hold start and end, got 1', () => new EventODE(field, { event, t: [0] })],
    ['direction must be -1, 0 or 1', () => new EventODE(field, { event, direction: 2 as 1 })],
  ])('%s', (message, make) => {
    expect(make).toThrow(message)
  })

  test('an event that does not happen', () => {
    expect(() => ball(1, { t: [0, 1] }).forward([10, 0])).toThrow('event 0 of row 0 did not happen by t = 1')
  })
})
