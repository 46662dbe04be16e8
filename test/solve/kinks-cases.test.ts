// Kinks located: what happens at them, in any precision, batch and direction.

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Field } from '../../src/program/field.ts'
import { MLP } from '../../src/program/mlp.ts'
import { event } from '../../src/solve/event.ts'
import { type OdeintOptions, odeint } from '../../src/solve/odeint.ts'
import { bosh3, dopri5, dopri8, rk4, rodas4, tsit5, vern7 } from '../../src/tableaus/index.ts'
import { scatter } from '../support/gradients.ts'
import { apart, filled, NET_END, NET_START, net282, randomField, saturating } from '../support/kinks.ts'

const methods = [bosh3, dopri5, tsit5, vern7, dopri8]

const solve = (field: Field, y0: ArrayLike<number>, t: readonly number[], tol: number, options: OdeintOptions = {}) =>
  odeint(field, Array.from(y0), t, { kinks: 'locate', rtol: tol, atol: tol, maxSteps: 1e5, ...options })

/** y' = W2 relu(W1 y) + b. */
const units = (dim: number, width: number, w1: readonly number[], w2: readonly number[], b: readonly number[]): Field =>
  filled(
    new Field(dim, (p) => p.dense(p.dense(p.state, width, { activation: 'relu', bias: false }), dim), { dtype: 'f64' }),
    [...w1, ...w2, ...b],
  )

describe('what happens at a kink', () => {
  test('units that turn at one time turn together, in all rows', () => {
    // 1 - relu(y), by three units of which two are the same but for a factor.
    using field = units(1, 3, [1, 1, 3], [-0.25, -0.25, -1 / 6], [1])
    for (const solver of methods) {
      const { y, stats, stepTimes } = solve(field, [-1, -1, -1], [0, 3], 1e-9, { solver })
      expect(apart(y, [0.8646647167633873, 0.8646647167633873, 0.8646647167633873])).toBeLessThan(1e-8)
      expect(stats.kinks).toBe(9)
      expect(stepTimes.filter((t) => Math.abs(t - 1) < 1e-3)).toHaveLength(1)
    }
  })

  test('a unit that is 0 at the start turns there if it leaves', () => {
    using field = saturating()
    for (const solver of methods) {
      const up = solve(field, [0], [0, 2], 1e-9, { solver })
      expect(apart(up.y, [1 - Math.exp(-2)])).toBeLessThan(1e-8)
      expect(up.stats.kinks).toBe(1)
      const down = solve(field, [0], [0, -2], 1e-9, { solver })
      expect(apart(down.y, [-2])).toBeLessThan(1e-12)
      expect(down.stats.kinks).toBe(0)
    }
  })

  test('a unit that stays at 0 is left alone, whatever rounding makes of it', () => {
    // u = 0.1 y0 + 0.2 y1 - 0.3 y2 on y0 = y1 = y2, which grow alike.
    const [a, b, c] = [0.1, 0.2, -0.3]
    const growing = [1, 0, 0, 0, 1, 0, 0, 0, 1]
    using field = units(3, 4, [...growing, a, b, c], [1, 0, 0, 5, 0, 1, 0, 5, 0, 0, 1, 5], [0.3, 0.3, 0.3])
    for (const solver of methods) {
      const { y, stats } = solve(field, [1, 1, 1], [0, 2], 1e-9, { solver })
      const exact = Math.exp(2) * 1.3 - 0.3
      expect(apart(y, [exact, exact, exact])).toBeLessThan(1e-7)
      expect(stats.kinks).toBe(0)
      expect(stats.steps).toBeLessThan(
        2 * solve(field, [1, 1, 1], [0, 2], 1e-9, { solver, kinks: 'ignore' }).stats.steps,
      )
    }
  })

  test('a start at rounding distance from a kink, on either side', () => {
    using field = saturating()
    for (const y0 of [1e-17, -1e-17, 1e-13, -1e-13, 1e-300]) {
      expect(apart(solve(field, [y0], [0, 2], 1e-9).y, [1 - Math.exp(-2)])).toBeLessThan(1e-8)
      expect(apart(solve(field, [y0], [0, -2], 1e-9).y, [-2])).toBeLessThan(1e-8)
    }
  })

  test('at large times, and with steps that can hardly move', () => {
    using field = saturating()
    for (const t0 of [1e6, -1e6]) {
      const { y, stats } = solve(field, [-1], [t0, t0 + 3], 1e-9)
      expect(apart(y, [0.8646647167633873])).toBeLessThan(1e-8)
      expect(stats.kinks).toBe(1)
    }
  })

  test('it comes back the way it went', () => {
    using field = net282()
    for (const solver of methods) {
      const tol = solver === bosh3 ? 1e-7 : 1e-10
      const there = solve(field, NET_START, [0, 1], tol, { solver })
      const back = solve(field, there.y, [1, 0], tol, { solver })
      expect(apart(back.y, NET_START)).toBeLessThan(1000 * tol)
      expect(back.stats.kinks).toBe(there.stats.kinks)
    }
  })
})

describe('precision and batch', () => {
  test.each([1, 3, 5, 17])('%i rows: each as alone, within the tolerance', (batch) => {
    using field = randomField(3, 5, batch)
    const y0 = scatter(3 * batch, batch).map((v) => 2 * v)
    const all = solve(field, y0, [0, 2], 1e-8)
    const one = (i: number) => solve(field, y0.subarray(3 * i, 3 * i + 3), [0, 2], 1e-12, { solver: dopri8 })
    const rows = Array.from({ length: batch }, (_, i) => one(i))
    expect(
      apart(
        all.y,
        rows.flatMap(({ y }) => [...y]),
      ),
    ).toBeLessThan(1e-7)
    expect(all.stats.kinks).toBe(rows.reduce((sum, { stats }) => sum + stats.kinks, 0))
  })

  test.each([1, 3, 5, 17])('f32, width %i', (width) => {
    using single = randomField(3, width, width, 'relu', {})
    using double = randomField(3, width, width)
    double.parameters = single.parameters
    const y0 = scatter(9, width)
    for (const solver of [dopri5, tsit5, vern7, dopri8]) {
      const exact = solve(double, Float32Array.from(y0), [0, 2], 1e-12, { solver: dopri8 }).y
      const options = { solver, kinks: 'locate', rtol: 1e-5, atol: 1e-5 } as const
      const { y, stats } = odeint(single, Float32Array.from(y0), [0, 2], options)
      expect(apart(y, exact)).toBeLessThan(1e-4)
      expect(stats.steps).toBeLessThan(400)
    }
  })
})

describe('outputs and company', () => {
  test('outputs and at() lie on the solution, also before a kink, and change no step', () => {
    using net = net282()
    const ts = Array.from({ length: 201 }, (_, i) => i / 40)
    const reference = solve(net, NET_START, ts, 1e-13, { solver: dopri8 })
    for (const solver of methods) {
      const tol = solver === bosh3 ? 1e-6 : 1e-8
      const many = solve(net, NET_START, ts, tol, { solver })
      const few = solve(net, NET_START, [0, 5], tol, { solver })
      expect(many.stats).toEqual(few.stats)
      for (const [i, t] of ts.entries()) {
        expect(apart(many.ys[i] as never, reference.ys[i] as never)).toBeLessThan(100 * tol)
        expect(apart(few.at(t), many.ys[i] as never)).toBeLessThan(1e-13)
      }
      const slope = few.derivativeAt(0.2)
      expect(apart(slope, net.forward(Float64Array.from(few.at(0.2))))).toBeLessThan(3e4 * tol)
    }
  })

  test('stops, events and a watch go with it', () => {
    using net = net282()
    const plain = solve(net, NET_START, [0, 10], 1e-9)
    const stopped = solve(net, NET_START, [0, 10], 1e-9, { tStops: [0.05, 0.4, 1], discontinuities: [0.5] })
    expect(apart(stopped.y, NET_END)).toBeLessThan(2e-8)
    for (const stop of [0.05, 0.4, 0.5, 1]) expect([...stopped.stepTimes]).toContain(stop)
    expect(stopped.stats.kinks).toBe(11)
    const ends = [0]
    const watched = solve(net, NET_START, [0, 10], 1e-9, {
      onStep: ({ accepted, h }) => void (accepted && ends.push((ends.at(-1) as number) + h)),
    })
    expect(watched.stats).toEqual(plain.stats)
    expect(apart(ends, plain.stepTimes)).toBeLessThan(1e-13)
    const y0 = (y: ArrayLike<number>): number => y[0] as number
    const level = y0(plain.at(0.3))
    const { events, stats } = odeint(net, NET_START, [0, 10], {
      kinks: 'locate',
      rtol: 1e-9,
      atol: 1e-9,
      events: [event((_, y) => y0(y) - level, { count: 1, terminal: true })],
    })
    expect(Math.abs((events[0]?.t as number) - 0.3)).toBeLessThan(1e-8)
    expect(stats.kinks).toBe(5)
  })
})

describe('other fields', () => {
  test('two layers of units, leaky ones, smooth ones between, products, parameters that follow time', () => {
    const options = { dtype: 'f64', seed: 3 } as const
    const fields = [
      new MLP([3, 12, 12, 3], options),
      new MLP([3, 12, 12, 3], { ...options, activation: 'leaky_relu' }),
      new Field(
        3,
        (p) => p.dense(p.dense(p.dense(p.state, 9, { activation: 'tanh' }), 9, { activation: 'relu' }), 3),
        options,
      ),
      new Field(
        3,
        (p) =>
          p.mul(
            p.dense(p.dense(p.state, 9, { activation: 'relu' }), 3),
            p.dense(p.state, 3, { activation: 'sigmoid' }),
          ),
        options,
      ),
      new MLP([4, 12, 3], { ...options, time: 'concat' }),
      new MLP([3, 12, 3], { ...options, layers: 4, span: 3 }),
    ]
    for (const [i, field] of fields.entries()) {
      field.parameters = field.parameters.map((p) => 3 * p)
      const y0 = scatter(3, i)
      const extra = { discontinuities: [...field.knots] }
      const reference = solve(field, y0, [0, 2], 1e-12, { solver: dopri8, ...extra })
      const plain = solve(field, y0, [0, 2], 1e-12, { solver: dopri8, kinks: 'ignore', ...extra })
      expect(apart(reference.y, plain.y), `${i}`).toBeLessThan(1e-9)
      expect(reference.stats.kinks, `${i}`).toBeGreaterThan(1)
      for (const solver of methods) {
        const tol = solver === bosh3 ? 1e-6 : 1e-8
        const { y, stats } = solve(field, y0, [0, 2], tol, { solver, ...extra })
        expect(apart(y, reference.y), `${i} ${solver.name}`).toBeLessThan(200 * tol)
        expect(stats.kinks, `${i} ${solver.name}`).toBe(reference.stats.kinks)
      }
      field.dispose()
    }
  })

  test('a smooth field is solved as without, bit for bit', () => {
    using field = randomField(3, 8, 1, 'tanh')
    const y0 = scatter(6)
    expect(solve(field, y0, [0, 1, 2], 1e-6)).toEqual(solve(field, y0, [0, 1, 2], 1e-6, { kinks: 'ignore' }))
  })

  test('random nets, against the tightest plain solve', () => {
    const shape = fc.record({
      seed: fc.nat(9999),
      dim: fc.integer({ min: 1, max: 5 }),
      width: fc.integer({ min: 1, max: 40 }),
    })
    fc.assert(
      fc.property(shape, fc.constantFrom(dopri5, tsit5, vern7), ({ seed, dim, width }, solver) => {
        using field = randomField(dim, width, seed, seed % 2 ? 'relu' : 'leaky_relu')
        const y0 = scatter(dim, seed)
        const plain = (start: Float64Array): ArrayLike<number> =>
          solve(field, start, [0, 2], 1e-12, { solver: dopri8, kinks: 'ignore', maxSteps: 1e6 }).y
        const reference = plain(y0)
        // How far a change on the way moves the end.
        const growth = 1 + apart(plain(y0.map((v) => v + 1e-5)), reference) / 1e-5
        const { y, stats } = solve(field, y0, [0, 2], 1e-8, { solver })
        expect(apart(y, reference)).toBeLessThan(1e-7 * growth)
        expect(stats.rejected).toBeLessThan(20 + stats.kinks)
      }),
      { seed: 1, numRuns: 100 },
    )
  })
})

describe('where kinks cannot be located', () => {
  test.each<[OdeintOptions, RegExp]>([
    [{ kinks: 'locate', steps: 10 }, /kinks must be 'ignore' or 'auto', got 'locate': fixed steps/],
    [{ kinks: 'locate', solver: rk4, dt: 0.1 }, /kinks must be .* fixed steps/],
    [{ kinks: 'locate', solver: rodas4 }, /kinks must be .* rodas4/],
    [{ kinks: 'sometimes' as never }, /kinks must be one of/],
  ])('%o is refused', (options, message) => {
    using field = net282()
    expect(() => odeint(field, NET_START, [0, 1], options)).toThrow(message)
    if (options.kinks === 'locate')
      expect(() => odeint(field, NET_START, [0, 1], { ...options, kinks: 'auto' })).not.toThrow()
  })

  test('a JavaScript field does not show its units', () => {
    const field = (_: number, y: ArrayLike<number>): number[] => [1 - Math.max(0, y[0] as number)]
    expect(() => odeint(field, [1], [0, 1], { kinks: 'locate' })).toThrow(/kinks must be .* JavaScript field/)
    const plain = odeint(field, [1], [0, 1])
    expect(odeint(field, [1], [0, 1], { kinks: 'auto' }).ys).toEqual(plain.ys)
  })
})
