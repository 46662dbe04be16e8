// A neural ODE that is seen at given times while events happen as they will.

import { describe, expect, test } from 'vitest'
import { checkpoint } from '../../src/adjoint/checkpoint.ts'
import { vjp } from '../../src/adjoint/vjp.ts'
import { EventODE, type EventODEOptions } from '../../src/models/event-ode.ts'
import { Affine } from '../../src/program/affine.ts'
import { Block } from '../../src/program/block.ts'
import { Field } from '../../src/program/field.ts'
import { MLP } from '../../src/program/mlp.ts'
import { fit } from '../../src/train/fit.ts'
import { adam } from '../../src/train/optimizers.ts'
import { at, differences, inner, relative, scatter } from '../support/gradients.ts'

const f64 = { dtype: 'f64' } as const
const [G, RADIUS, KEPT] = [9.8, 0.2, 0.8]
const SEEN = [0, 0.5, 1, 1.4, 2, 2.5, 3, 4, 5.2]

/** A ball that falls, touches the ground at its radius and keeps four fifths of its speed. */
function ball(options: Partial<EventODEOptions> = {}): EventODE {
  const field = new Field(2, (p) => p.dense(p.state, 2), f64)
  field.parameters = [0, 1, 0, 0, 0, -G]
  const event = new Affine(2, 1, f64)
  event.parameters = [1, 0, -RADIUS]
  const jump = new Affine(2, 2, f64)
  jump.parameters = [1, 0, 0, -KEPT, 0, 0]
  return new EventODE(field, { event, jump, direction: -1, rtol: 1e-8, atol: 1e-8, observed: SEEN, ...options })
}

/** What moves the ball. */
interface Ball {
  readonly height: number
  readonly speed: number
  readonly radius: number
  readonly gravity: number
  readonly kept: number
}
const BALL: Ball = { height: 10, speed: 0, radius: RADIUS, gravity: G, kept: KEPT }

/** Height and speed at time s, in closed form from bounce to bounce. */
function stateAt({ height, speed, radius, gravity, kept }: Ball, s: number): [number, number] {
  const impact = Math.sqrt(speed ** 2 + 2 * gravity * (height - radius))
  let [from, up] = [(speed + impact) / gravity, impact * kept]
  if (s <= from) return [height + speed * s - (gravity * s * s) / 2, speed - gravity * s]
  while (s > from + (2 * up) / gravity) {
    from += (2 * up) / gravity
    up *= kept
  }
  const flown = s - from
  return [radius + up * flown - (gravity * flown * flown) / 2, up - gravity * flown]
}

describe('the bouncing ball', () => {
  test('its states are the closed form, whatever number of bounces lies between', () => {
    const y = ball().forward([10, 0])
    expect(y).toHaveLength(2 * SEEN.length)
    expect(
      relative(
        y,
        SEEN.flatMap((s) => stateAt(BALL, s)),
      ),
    ).toBeLessThan(1e-10)
  })

  test('the gradient of what is seen is that of the closed form', () => {
    const w = scatter(2 * SEEN.length, 3)
    const loss = (values: ArrayLike<number>): number => {
      const [height, speed, radius, gravity, kept] = Array.from(values) as [number, number, number, number, number]
      return inner(
        SEEN.flatMap((s) => stateAt({ height, speed, radius, gravity, kept }, s)),
        w,
      )
    }
    const wanted = differences(loss, [10, 0, RADIUS, G, KEPT])
    const [, pullback] = vjp(ball(), [10, 0])
    const { dx, dparams } = pullback(w)
    // Field: 4 weights, 2 biases, the second is -gravity; event: 2 weights, a bias, -radius; jump: the last weight is -kept.
    const found = [...dx, -(dparams[8] as number), -(dparams[5] as number), -(dparams[12] as number)]
    expect(relative(found, wanted)).toBeLessThan(1e-8)
    pullback.dispose()
  })

  test('a time at which it bounces shows the state before', () => {
    const t1 = Math.sqrt((2 * (10 - RADIUS)) / G)
    // Located times are exact to roundings: the bounce is looked for, and then asked for.
    const found = ball({ observed: undefined as never, count: 1 }).forward([10, 0])
    expect(Math.abs((found[0] as number) - t1)).toBeLessThan(1e-12)
    const y = ball({ observed: [found[0] as number, found[0] as number, 2] }).forward([10, 0])
    expect(y[1]).toBeCloseTo(-G * t1, 8)
    expect([...y.subarray(2, 4)]).toEqual([...y.subarray(0, 2)])
    expect(relative(y.subarray(4), stateAt(BALL, 2))).toBeLessThan(1e-8)
    const [last, pullback] = vjp(ball({ observed: [1, found[0] as number] }), [10, 0])
    expect(relative(last.subarray(2), y.subarray(0, 2))).toBeLessThan(1e-12)
    // dh/dheight = 1 at a fixed time before the bounce.
    expect(pullback([0, 0, 1, 0]).dx[0]).toBeCloseTo(1, 10)
    pullback.dispose()
  })

  test('seen at the start, it is the start', () => {
    const [y, pullback] = vjp(ball({ observed: [0, 0] }), [10, 0.5])
    expect([...y]).toEqual([10, 0.5, 10, 0.5])
    expect([...pullback([1, 2, 3, 4]).dx]).toEqual([4, 6])
    pullback.dispose()
  })

  test('more events than count are an error that says so', () => {
    const run = (): unknown => ball({ count: 2, observed: [1, 4] }).forward([1, 0, 10, 0])
    expect(run).toThrow(/row 0 has more than 2 events, the next at t = 1\.\d+: raise count/)
    expect(ball({ count: 2, observed: [1, 4] }).forward([10, 0])).toHaveLength(4)
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
  const observed = [0.3, 0.7, 1.3, 1.35, 2.6, 3.45]
  return new EventODE(field, { event, jump, t: [0.2, 50], rtol: 1e-11, atol: 1e-11, observed, ...options })
}

/** Steps so short that no event crosses a time that is seen; the solve is exact to 1e-11, the difference to 1e-7 or so. */
const slope = (f: (h: number) => number): number => (f(1e-4) - f(-1e-4)) / 2e-4
const along = (from: ArrayLike<number>, way: ArrayLike<number>, h: number): Float64Array =>
  Float64Array.from(from, (value, i) => value + h * (way[i] as number))

describe.each([1, 3, 5, 17])('a network of width %i', (dim) => {
  test('gradients are those of central differences', () => {
    const model = network(dim, 'f64')
    const x = scatter(3 * dim, 4)
    const g = scatter(3 * model.outputs, 6)
    const [y, pullback] = vjp(model, x)
    expect(model.forward(x)).toEqual(y)
    const { dx, dparams, dt } = pullback(g)
    pullback.dispose()
    const loss = (input: Float64Array = x): number => inner(model.forward(input), g)
    const moved = (h: number): number => inner(network(dim, 'f64', { t: [0.2 + h, 50] }).forward(x), g)
    expect(relative([dt[0] as number], [slope(moved)])).toBeLessThan(1e-6)
    const way = scatter(x.length, 1)
    expect(relative([inner(dx, way)], [slope((h) => loss(along(x, way, h)))])).toBeLessThan(1e-6)
    let start = 0
    for (const block of model.parameters.blocks) {
      const own = dparams.subarray(start, start + block.parameterCount)
      start += block.parameterCount
      const [before, way] = [block.parameters, scatter(block.parameterCount, 1)]
      const changed = (h: number): number => at(block, along(before, way, h), loss)
      expect(relative([inner(own, way)], [slope(changed)])).toBeLessThan(1e-6)
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
  const options = { t: [1, -50], observed: [0.9, 0.1, -1.2, -2] }
  const model = network(3, 'f64', options)
  const x = scatter(3, 4)
  const g = scatter(model.outputs, 6)
  const [, pullback] = vjp(model, x)
  const wanted = differences((input) => inner(model.forward(input), g), x)
  expect(relative(pullback(g).dx, wanted)).toBeLessThan(1e-6)
  pullback.dispose()
})

test('every budget has the same bits, and so has a second pullback', () => {
  const results = [1, 200, 1e6].map((budget) => {
    const [y, pullback] = vjp(network(3, 'f64', { adjoint: checkpoint({ budget }) }), scatter(6, 4))
    const [first, second] = [pullback(scatter(y.length, 6)), pullback(scatter(y.length, 6))]
    expect([second.dx, second.dparams]).toEqual([first.dx, first.dparams])
    return first
  })
  for (const { dx, dparams } of results.slice(1)) expect([dx, dparams]).toEqual([results[0]?.dx, results[0]?.dparams])
})

test('where it bounces and how much it keeps is learned from heights, to the same bits again', () => {
  const seen = Array.from({ length: 24 }, (_, i) => 0.15 * (i + 1))
  const heights = seen.flatMap((s) => [stateAt(BALL, s)[0], Number.NaN])
  const learn = (): { model: EventODE; losses: number[] } => {
    const model = ball({ observed: seen })
    // The ground is taken to be higher than it is, and softer.
    model.event.parameters = [1, 0, -0.5]
    ;(model.jump as Affine).parameters = [1, 0, 0, -0.7, 0, 0]
    model.field.rate = 0
    const options = { optimizer: adam({ lr: 0.01 }), epochs: 400 }
    return { model, losses: Array.from(fit(model, { x: [10, 0], y: heights }, options), ({ loss }) => loss) }
  }
  const [first, second] = [learn(), learn()]
  expect(first.losses).toEqual(second.losses)
  expect(first.losses.at(-1)).toBeLessThan(1e-3)
  const [slope, , floor] = first.model.event.parameters as unknown as [number, number, number]
  // The zero of the event function where the ball is on its first way down.
  expect(slope).toBeGreaterThan(0)
  expect(floor).toBeLessThan(0)
  const bounces = EventODE.from(first.model.save())
  expect(bounces.observed).toEqual(Float64Array.from(seen))
  expect(bounces.forward([10, 0])).toEqual(first.model.forward([10, 0]))
  expect(bounces.save()).toEqual(first.model.save())
  // When it bounces, from the blocks that were learned.
  const { field, event, jump } = first.model
  const times = new EventODE(field, { event, ...(jump && { jump }), count: 3, direction: -1, rtol: 1e-8, atol: 1e-8 })
  const t1 = Math.sqrt((2 * (10 - RADIUS)) / G)
  const wanted = [t1, t1 * (1 + 2 * KEPT), t1 * (1 + 2 * KEPT + 2 * KEPT ** 2)]
  expect(
    relative(
      times.forward([10, 0]).filter((_, i) => i % 3 === 0),
      wanted,
    ),
  ).toBeLessThan(0.01)
})

describe('refuses', () => {
  test.each<[string, () => unknown]>([
    ['observed must hold at least one time', () => ball({ observed: [] })],
    ['must be monotonic', () => ball({ observed: [1, 0.5] })],
    ['must be monotonic', () => ball({ observed: [-1, 0.5] })],
    ['[start of t, ...observed][1] is NaN', () => ball({ observed: [Number.NaN] })],
  ])('%s', (message, make) => {
    expect(make).toThrow(message)
  })
})
