// Solves that end where their field rests.

import { afterEach, describe, expect, test } from 'vitest'
import type { Vector } from '../../src/core/boundary.ts'
import { MLP } from '../../src/program/mlp.ts'
import { event } from '../../src/solve/event.ts'
import type { EventSolution } from '../../src/solve/event-solution.ts'
import type { FieldFunction } from '../../src/solve/host-field.ts'
import { type OdeintOptions, odeint } from '../../src/solve/odeint.ts'
import { tableaus } from '../../src/tableaus/all.ts'
import { bosh3, dopri5, dopri8, heun, rk4, rodas4, vern7 } from '../../src/tableaus/index.ts'
import type { Tableau } from '../../src/tableaus/tableau.ts'

const RATES = [1, 0.5]
const RESTS = [2, -1]

/** y_j' = -k_j (y_j - a_j), in the direction of time. */
const relaxing =
  (sign: number): FieldFunction =>
  (_, y, dy) => {
    for (let j = 0; j < 2; j++) dy[j] = -sign * (RATES[j] as number) * ((y[j] as number) - (RESTS[j] as number))
  }

/** The RMS of f / (atol + rtol |y|) in these states of two components. */
function unrest(y: Vector, rtol: readonly number[], atol: readonly number[]): number {
  const shares = Array.from(y, (v, i) => {
    const j = i % 2
    const f = (RATES[j] as number) * (v - (RESTS[j] as number))
    return f / ((atol[j] as number) + (rtol[j] as number) * Math.abs(v))
  })
  return Math.sqrt(shares.reduce((sum, share) => sum + share * share, 0) / shares.length)
}

afterEach(() => expect(odeint(relaxing(1), [0, 0], [0, 1]).y[0]).toBeCloseTo(2 - 2 * Math.exp(-1), 5))

const methods: readonly Tableau[] = Object.values(tableaus)
const y0s = [Float64Array.of(0, 5), Float32Array.of(0, 5)]

describe.each(methods)('$name', (solver) => {
  const ways: OdeintOptions[] = [{ dt: 0.125 }, { steps: 320 }, { dt: 0.1, tStops: [0.77] }]
  if (solver.error) ways.push({ rtol: 1e-4, atol: 1e-5 }, { rtol: 1e-4, atol: 1e-5, tStops: [3.21], dt0: 0.01 })
  // Far above the tolerances of the solve: at the limit of its stability a method hovers about the rest.
  const still = { rtol: [1e-2, 2e-2], atol: [1e-3, 1e-2] }

  test.each([1, -1])('ends with the first step whose end rests, direction %d', (sign) => {
    for (const way of ways) {
      for (const y0 of y0s) {
        const ts = [0, 0, 1, 2, 40].map((t) => sign * t)
        const tStops = (way.tStops as number[] | undefined)?.map((t) => sign * t)
        const options = { solver, ...way, ...(tStops && { tStops }) }
        let calls = 0
        const field: FieldFunction = (t, y, dy) => {
          calls++
          return relaxing(sign)(t, y, dy)
        }
        const rested = odeint(field, y0, ts, { ...options, stopWhenSteady: still })
        expect(rested.stats.nfe).toBe(calls)
        expect(rested).toMatchObject({ status: 'steady', error: undefined })
        const plain = odeint(relaxing(sign), y0, ts, options)
        // The bits are those of the solve without, up to there.
        expect([...rested.ts]).toEqual(ts.slice(0, 4))
        expect(rested.ys).toEqual(plain.ys.slice(0, 4))
        const steps = rested.stepTimes
        expect(steps).toEqual(plain.stepTimes.slice(0, steps.length))
        expect(rested.t).toBe(steps.at(-1))
        expect(rested.at(rested.t)).toEqual(rested.y)
        expect(rested.at(sign * 1.3)).toEqual(plain.at(sign * 1.3))
        expect(() => rested.at(rested.t + sign)).toThrow('t must lie in')
        expect(unrest(rested.y, still.rtol, still.atol)).toBeLessThanOrEqual(1)
        // The ends of steps as dense output has them differ from the states themselves by rounding.
        for (const t of steps.slice(1, -1))
          expect(unrest(plain.at(t), still.rtol, still.atol)).toBeGreaterThan(1 - 1e-3)
      }
    }
  })
})

test('at the time that the closed form gives', () => {
  // |f| = k e^(-k t) <= atol: t = log(k / atol) / k, here with k = 2 and steps of 1/64.
  const rested = odeint((_, [y]) => [-2 * (y as number)], [1], [0, 100], {
    solver: rk4,
    dt: 1 / 64,
    stopWhenSteady: { rtol: 0, atol: 1e-3 },
  })
  expect(rested.t).toBe(Math.ceil((Math.log(2000) / 2) * 64) / 64)
  expect(rested.y[0]).toBeCloseTo(Math.exp(-2 * rested.t), 9)
  // Logistic growth, y = 1 / (1 + 99 e^-t).
  const grown = odeint((_, [y]) => [(y as number) * (1 - (y as number))], [0.01], [0, 1e3], {
    solver: rk4,
    dt: 1 / 64,
    stopWhenSteady: { rtol: 0, atol: 1e-3 },
  })
  // y (1 - y) = 1e-3 at y = (1 + sqrt(1 - 4e-3)) / 2, and t = log(99 y / (1 - y)). At the start y' is 99e-4.
  const y = (1 + Math.sqrt(1 - 4e-3)) / 2
  expect(grown.t).toBe(Math.ceil(Math.log((99 * y) / (1 - y)) * 64) / 64)
})

describe('costs', () => {
  const nfe = (options: OdeintOptions): [nfe: number, steps: number, accepted: number] => {
    const { stats, status } = odeint(relaxing(1), [0, 5], [0, 100], { ...options, stopWhenSteady: true })
    expect(status).toBe('steady')
    return [stats.nfe, stats.steps, stats.accepted]
  }
  test('nothing, where the derivative is known or wanted next', () => {
    const [all, steps] = nfe({ solver: dopri5 })
    expect(all).toBe(2 + 6 * steps)
    const [few, shorts] = nfe({ solver: bosh3, dt: 0.25 })
    expect(few).toBe(1 + 3 * shorts)
    const [stiff, tried, accepted] = nfe({ solver: rodas4, jac: (_, __, J) => J.set([-1, 0, 0, -0.5]), dfdt: () => {} })
    expect(stiff).toBe(2 + 6 * tried + accepted)
  })
  test('with fixed steps otherwise one evaluation, at the end', () => {
    const [all, steps] = nfe({ solver: rk4, dt: 0.25 })
    expect(all).toBe(4 * steps + 1)
    const [few, shorts] = nfe({ solver: heun, steps: 300 })
    expect(few).toBe(2 * shorts + 1)
    for (const solver of [vern7, dopri8])
      for (const dense of [true, false]) {
        let calls = 0
        const field: FieldFunction = (t, y, dy) => {
          calls++
          return relaxing(1)(t, y, dy)
        }
        const { stats } = odeint(field, [0, 5], [0, 1, 100], { solver, dt: 0.25, dense, stopWhenSteady: true })
        expect(stats.nfe).toBe(calls)
      }
  })
})

describe.each(['f32', 'f64'] as const)('networks, %s', (dtype) => {
  /** The linear field of two components as a network. */
  const linear = (): MLP => {
    const field = new MLP([2, 2], { dtype })
    field.parameters = [-1, 0, 0, -0.5, 2, -0.5]
    return field
  }
  const x = (batch: number): number[] => Array.from({ length: 2 * batch }, (_, i) => ((7 * i) % 11) - 5)

  test.each([1, 3, 5, 17])('one norm for the batch of %d', (batch) => {
    using field = linear()
    for (const way of [{}, { solver: rodas4 }, { solver: rk4, dt: 0.2 }, { solver: dopri5, steps: 400 }] as const) {
      const stopWhenSteady = { rtol: 1e-3, atol: [1e-3, 1e-2] }
      const rested = odeint(field, x(batch), [0, 3, 80], { ...way, stopWhenSteady })
      expect(rested.status).toBe('steady')
      expect(rested.y).toHaveLength(2 * batch)
      expect(unrest(rested.y, [1e-3, 1e-3], [1e-3, 1e-2])).toBeLessThanOrEqual(1)
      const before = rested.at(rested.stepTimes.at(-2) as number)
      expect(unrest(before, [1e-3, 1e-3], [1e-3, 1e-2])).toBeGreaterThan(1)
    }
  })

  test('without states, and with parameters for every step', () => {
    using field = linear()
    const none = odeint(field, [], [0, 1], { stopWhenSteady: true })
    expect(none).toMatchObject({ status: 'ok', t: 1 })
    using layers = new MLP([2, 4, 2], { dtype, layers: 3 })
    expect(() => odeint(layers, [1, 2], [0, 1], { solver: rk4, steps: 3, stopWhenSteady: true })).toThrow(
      'stopWhenSteady must be left out where the field has parameters for every step',
    )
  })
})

describe('events', () => {
  const field = relaxing(1)
  const half = event((_, y) => (y[0] as number) - 1)

  test.each<OdeintOptions>([{}, { solver: rk4, dt: 0.125 }, { solver: vern7 }])('are found until it rests', (way) => {
    const ts = [0, 1, 400]
    const watched = odeint(field, [0, 5], ts, { ...way, stopWhenSteady: true, events: [half] })
    const plain = odeint(field, [0, 5], ts, { ...way, stopWhenSteady: true })
    expect(watched).toMatchObject({ status: 'steady', terminatedBy: -1, t: plain.t, t1: plain.t, stats: plain.stats })
    expect([watched.ts, watched.ys, watched.y, watched.y1]).toEqual([plain.ts, plain.ys, plain.y, plain.y])
    expect(watched.events.map(({ event: i }) => i)).toEqual([0])
    expect(watched.events[0]?.t).toBeCloseTo(Math.LN2, 3)
    expect(watched.stepTimes).toEqual(plain.stepTimes)
    expect(watched.at(plain.t)).toEqual(plain.y)
  })

  test('a terminal event comes first, a change of the state sets it going again', () => {
    const near = event((_, y) => (y[0] as number) - 2 + 1e-4)
    const last = event((_, y) => (y[0] as number) - 2 + 1e-4, { terminal: true })
    const loose = { rtol: 1e-9, atol: 1e-9, stopWhenSteady: { rtol: 0, atol: 1e-3 } }
    const away = odeint((_, [y]) => [2 - (y as number)], [0], [0, 50], { ...loose, events: [near] })
    expect(away).toMatchObject({ status: 'steady', terminatedBy: -1, events: [] })
    const tight = { ...loose, stopWhenSteady: { rtol: 0, atol: 1e-6 } }
    const ended = odeint((_, [y]) => [2 - (y as number)], [0], [0, 50], { ...tight, events: [last] })
    expect(ended).toMatchObject({ status: 'ok', terminatedBy: 0 })
    let kicks = 0
    const kick = event((_, y) => (y[0] as number) - 2 + 1e-4, { apply: () => (++kicks < 3 ? [0] : undefined) })
    const kicked = odeint((_, [y]) => [2 - (y as number)], [0], [0, 150], { ...tight, events: [kick] })
    expect(kicked.status).toBe('steady')
    expect(kicked.events).toHaveLength(3)
    // Each way from 0 takes log(2 / 1e-4).
    for (const [i, { t }] of kicked.events.entries()) expect(t).toBeCloseTo((i + 1) * Math.log(2e4), 3)
  })

  test('in the very step that comes to rest', () => {
    // One long step from unrest to rest with a zero in it.
    const stop = (terminal: boolean): EventSolution =>
      odeint(field, [0, 5], [0, 100], {
        solver: rodas4,
        dt: 30,
        stopWhenSteady: { atol: 10 },
        events: [event((t) => t - 4, { terminal })],
      })
    expect(stop(false)).toMatchObject({ status: 'steady', t: 30, terminatedBy: -1 })
    expect(stop(false).events).toHaveLength(1)
    expect(stop(true)).toMatchObject({ status: 'ok', terminatedBy: 0 })
    expect(stop(true).t).toBeCloseTo(4, 12)
  })
})
