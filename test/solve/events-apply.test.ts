// Events that change the state: the bouncing ball, whose bounces are known, and whatever else is applied.

import { describe, expect, test } from 'vitest'
import { SolveError } from '../../src/core/errors.ts'
import { MLP } from '../../src/program/mlp.ts'
import { event } from '../../src/solve/event.ts'
import type { Change } from '../../src/solve/event-solve.ts'
import type { FieldFunction } from '../../src/solve/host-field.ts'
import { odeint } from '../../src/solve/odeint.ts'
import { tableaus } from '../../src/tableaus/all.ts'
import { dopri5, midpoint, rk4 } from '../../src/tableaus/index.ts'
import type { Tableau } from '../../src/tableaus/tableau.ts'
import { adaptiveHeun } from '../support/gradients.ts'

const G = 9.8
const fall: FieldFunction = (_, y, dy) => {
  dy[0] = y[1] as number
  dy[1] = -G
}
const ramp: FieldFunction = (_, __, dy) => void dy.fill(1)
const height = (_: number, y: ArrayLike<number>): number => y[0] as number
const reflect: Change = (_, y) => {
  y[1] = -0.8 * (y[1] as number)
}

/** From a height of 9.8 the ball falls for sqrt(2), and flies for 0.8 times as long after each bounce as before it. */
const bounces = (count: number): number[] =>
  Array.from({ length: count }, (_, n) => Math.SQRT2 * (1 + (2 * 0.8 * (1 - 0.8 ** n)) / (1 - 0.8)))

const error = (found: readonly number[], wanted: readonly number[]): number => {
  expect(found.length).toBe(wanted.length)
  return Math.max(...found.map((t, i) => Math.abs(t / (wanted[i] as number) - 1)))
}

describe('the bouncing ball', () => {
  // Methods of order 2 and more follow a parabola exactly.
  const methods = [...Object.values(tableaus), adaptiveHeun].filter(({ order }) => order > 1)

  test.each(methods)('$name: every bounce to 1e-12', (solver) => {
    const stepping = solver.error ? { maxSteps: 1e6 } : { steps: 300 }
    for (const direction of [-1, 0] as const) {
      const events = [event(height, { direction, apply: reflect, count: 9 })]
      const ball = odeint(fall, [G, 0], [0, 30], { solver, ...stepping, events })
      expect(ball.terminatedBy).toBe(0)
      // Rounding of the first bounce is carried along: each flight is as long as its speed says.
      expect(
        error(
          ball.events.map(({ t }) => t),
          bounces(9),
        ),
      ).toBeLessThan(1e-12)
    }
  })

  test.each(methods)('$name: in f32 to its rounding', (solver) => {
    const stepping = solver.error ? {} : { steps: 300 }
    for (const direction of [-1, 0] as const) {
      const events = [event({ a: [1, 0] }, { direction, apply: reflect, count: 9 })]
      const ball = odeint(fall, Float32Array.of(G, 0), [0, 30], { solver, ...stepping, events })
      expect(
        error(
          ball.events.map(({ t }) => t),
          bounces(9),
        ),
      ).toBeLessThan(1e-4)
      expect(ball.y1).toBeInstanceOf(Float32Array)
    }
  })

  test('is the same when it is restarted by hand', () => {
    const whole = odeint(fall, [G, 0], [0, 9], { events: [event(height, { direction: -1, apply: reflect })] })
    let [t, y] = [0, Float64Array.of(G, 0)]
    const times: number[] = []
    let nfe = 0
    for (;;) {
      const flight = odeint(fall, y, [t, 9], { events: [event(height, { direction: -1, terminal: true })] })
      nfe += flight.stats.nfe
      if (flight.terminatedBy < 0) break
      t = flight.t1
      times.push(t)
      y = Float64Array.of(flight.y1[0] as number, -0.8 * (flight.y1[1] as number))
    }
    expect(whole.events.map((e) => e.t)).toEqual(times)
    expect(whole.stats.nfe).toBe(nfe)
  })

  test('outputs, dense output and step times know the bounces', () => {
    const ts = Array.from({ length: 41 }, (_, i) => i / 5)
    const ball = odeint(fall, [G, 0], ts, { events: [event(height, { direction: -1, apply: reflect })] })
    expect([...ball.ts]).toEqual(ts)
    const exact = (t: number): [number, number] => {
      const all = bounces(8)
      const n = all.filter((bounce) => bounce < t).length
      if (n === 0) return [G - (G / 2) * t * t, -G * t]
      const [since, speed] = [t - (all[n - 1] as number), G * Math.SQRT2 * 0.8 ** n]
      return [speed * since - (G / 2) * since * since, speed - G * since]
    }
    for (const [i, t] of ts.entries()) {
      for (const y of [ball.ys[i], ball.at(t)]) {
        const [h, v] = exact(t)
        expect(Math.abs((y?.[0] as number) - h)).toBeLessThan(1e-11)
        expect(Math.abs((y?.[1] as number) - v)).toBeLessThan(1e-11)
      }
      const later = Math.min(t + 0.0123, 8)
      expect(Math.abs((ball.at(later)[0] as number) - exact(later)[0])).toBeLessThan(1e-11)
    }
    for (const { t, y } of ball.events) {
      // At the time itself it is the state before.
      expect(ball.at(t)).toEqual(y)
      expect(ball.at(t + 1e-9)[1]).toBeCloseTo(-0.8 * (y[1] as number), 6)
      expect(ball.stepTimes).toContain(t)
    }
    expect(ball.stepTimes.slice(1).every((t, i) => t > (ball.stepTimes[i] as number))).toBe(true)
    expect(ball.stats.accepted).toBe(ball.stepTimes.length - 1)
  })

  test('backward in time', () => {
    const rise = odeint(fall, [G, 0], [0, -9], { events: [event(height, { direction: -1, apply: reflect })] })
    const drop = odeint(fall, [G, 0], [0, 9], { events: [event(height, { direction: -1, apply: reflect })] })
    expect(rise.events.map(({ t }) => -t)).toEqual(drop.events.map(({ t }) => t))
  })

  test('that bounces for ever before its last time ends by maxSteps, with all it has cost', () => {
    let calls = 0
    const counted: FieldFunction = (t, y, dy) => {
      calls++
      fall(t, y, dy)
    }
    let thrown: unknown
    try {
      odeint(counted, [G, 0], [0, 20], { maxSteps: 200, events: [event(height, { direction: -1, apply: reflect })] })
    } catch (caught) {
      thrown = caught
    }
    expect(thrown).toBeInstanceOf(SolveError)
    const { status, stats, t } = thrown as SolveError
    expect([status, stats.steps, stats.nfe]).toEqual(['max steps', 200, calls])
    expect(t).toBeLessThan(9 * Math.SQRT2)
  })
})

describe('what is applied', () => {
  const at = (root: number, apply: Change) => event((t: number) => t - root, { apply })

  test('may write or return the new state, of any kind of array', () => {
    const returned: Change[] = [
      (_, y) => [(y[0] as number) + 10],
      (_, y) => Float32Array.of((y[0] as number) + 10),
      (_, y) => y.map((v) => v + 10),
      (_, y) => {
        y[0] = (y[0] as number) + 10
        return y
      },
      (_, y) => {
        y[0] = (y[0] as number) + 10
      },
    ]
    for (const apply of returned) {
      const { ys, events } = odeint(ramp, [0], [0, 0.5, 1], { events: [at(0.5, apply)] })
      expect(ys.map(([v]) => v)).toEqual([0, expect.closeTo(0.5, 14), expect.closeTo(11, 14)])
      expect(events.map(({ y }) => y[0])).toEqual([expect.closeTo(0.5, 14)])
    }
  })

  test('at one time: in order of the events, each on what the other has left', () => {
    const events = [at(0.5, (_, y) => y.map((v) => 2 * v)), at(0.5, (_, y) => y.map((v) => v + 1))]
    expect(odeint(ramp, [0], [0, 1], { events }).y[0]).toBeCloseTo(2.5, 13)
    expect(odeint(ramp, [0], [0, 1], { events: events.reverse() }).y[0]).toBeCloseTo(3.5, 13)
  })

  test('at the last time, or at the event that ends the solve: nothing', () => {
    const never: Change = () => {
      throw new Error('applied')
    }
    expect(odeint(ramp, [0], [0, 1], { events: [at(1, never)] })).toMatchObject({ t1: 1, terminatedBy: -1 })
    const last = event((t) => t - 0.5, { apply: never, terminal: true })
    expect(odeint(ramp, [0], [0, 1], { events: [last] })).toMatchObject({
      terminatedBy: 0,
      t1: expect.closeTo(0.5, 14),
    })
  })

  test.each<[string, Change, new (message: string) => Error, string]>([
    ['too much', () => [1, 2], TypeError, 'events[0].apply returned 2 values, expected 1'],
    ['NaN', () => [Number.NaN], RangeError, 'events[0].apply[0] is NaN, it must be finite'],
    ['a number', () => 3 as never, TypeError, 'events[0].apply must be an array of numbers'],
  ])('is refused: %s', (_, apply, type, message) => {
    const solve = () => odeint(ramp, [0], [0, 1], { events: [at(0.5, apply)] })
    expect(solve).toThrow(type)
    expect(solve).toThrow(message)
    expect(odeint(ramp, [0], [0, 1]).y[0]).toBeCloseTo(1, 14)
  })

  test('where it throws, it is the same error object', () => {
    const thrown = new Error('mine')
    const thrower: Change = () => {
      throw thrown
    }
    expect(() => odeint(ramp, [0], [0, 1], { events: [at(0.5, thrower)] })).toThrow(thrown)
  })

  test('fixed steps go on to the next time of their grid', () => {
    const jump = at(0.33, () => [5])
    const grids: readonly [Tableau, object, number[]][] = [
      [rk4, { steps: 4 }, [0, 0.25, 0.33, 0.5, 0.75, 1]],
      [dopri5, { dt: 0.3 }, [0, 0.3, 0.33, 0.6, 0.9, 1]],
      [midpoint, {}, [0, 0.2, 0.33, 0.7, 1]],
    ]
    for (const [solver, stepping, wanted] of grids) {
      const { stepTimes, y, ys, stats } = odeint(ramp, [0], [0, 0.2, 0.7, 1], { solver, ...stepping, events: [jump] })
      expect([...stepTimes]).toEqual(wanted.map((t) => expect.closeTo(t, 14)))
      expect(y[0]).toBeCloseTo(5.67, 13)
      expect(ys.map(([v]) => v)).toEqual([0, 0.2, 5.37, 5.67].map((v) => expect.closeTo(v, 13)))
      expect(stats.accepted).toBe(wanted.length - 1)
    }
  })

  test('on a whole batch; not where the field has parameters for every step', () => {
    using network = new MLP([2, 8, 2], { dtype: 'f64', activation: 'tanh', seed: 1 })
    const zero = at(0.5, (_, y) => y.map(() => 0))
    const { events, ys } = odeint(network, [1, 2, 3, 4, 5, 6], [0, 1], { events: [zero] })
    expect(events[0]?.y.length).toBe(6)
    const row = (i: number): number[] => [...(ys[1] as Float64Array).slice(2 * i, 2 * i + 2)]
    expect([row(1), row(2)]).toEqual([row(0), row(0)])
    using layered = new MLP([2, 8, 2], { dtype: 'f64', layers: 4 })
    const solve = () => odeint(layered, [1, 2], [0, 1], { solver: rk4, steps: 4, events: [zero] })
    expect(solve).toThrow('apply must be left out where the field has parameters for every step')
  })
})
