// Events in solves that have stops, are watched, or fail.

import { describe, expect, test } from 'vitest'
import { SolveError } from '../../src/core/errors.ts'
import type { StepInfo } from '../../src/solve/budget.ts'
import { event } from '../../src/solve/event.ts'
import type { EventSolution } from '../../src/solve/event-solution.ts'
import type { FieldFunction } from '../../src/solve/host-field.ts'
import { type OdeintOptions, odeint } from '../../src/solve/odeint.ts'
import { rk4, tsit5 } from '../../src/tableaus/index.ts'

const spin: FieldFunction = (_, y, dy) => {
  dy[0] = y[1] as number
  dy[1] = -(y[0] as number)
}
const crossing = () => event((_, y) => y[0] as number)
const WAYS: readonly OdeintOptions[] = [{ rtol: 1e-8, atol: 1e-8 }, { solver: tsit5 }, { solver: rk4, steps: 200 }]

/** Jumps to twice the state where y[0] falls through 0. */
const doubling = event((_, y) => y[0] as number, { direction: -1, apply: (_, y) => y.map((v) => 2 * v) })

describe('stops', () => {
  test('are landed on in every piece, and not changed by events', () => {
    for (const way of WAYS) {
      const options = { ...way, tStops: [1, 3, 5, 7], discontinuities: [4] }
      const plain = odeint(spin, [1, 0], [0, 8], options)
      const watched = odeint(spin, [1, 0], [0, 8], { ...options, events: [crossing()] })
      expect(watched.ys).toEqual(plain.ys)
      expect(watched.stats).toEqual(plain.stats)
      expect(watched.stepTimes).toEqual(plain.stepTimes)
      const doubled = odeint(spin, [1, 0], [0, 8], { ...options, events: [doubling] })
      expect([...doubled.stepTimes]).toEqual(expect.arrayContaining([1, 3, 4, 5, 7]))
      // At pi/2 and 5 pi/2; the quarter turn is what it is, the size is doubled.
      expect(doubled.events).toHaveLength(2)
      expect(Math.abs((doubled.y[0] as number) - 4 * Math.cos(8))).toBeLessThan(1e-3)
    }
  })

  test('a field that jumps is seen from one side in every piece', () => {
    const seen: number[] = []
    const field: FieldFunction = (t, _, dy) => {
      seen.push(t)
      dy[0] = t < 2 ? 1 : -1
    }
    const back = event((_, y) => (y[0] as number) - 1, { apply: () => [10] })
    for (const way of WAYS) {
      const { y, events } = odeint(field, [0], [0, 4], { ...way, discontinuities: [2], events: [back] })
      expect(events.map(({ t }) => Math.round(t * 1e9) / 1e9)).toEqual([1])
      expect(y[0]).toBeCloseTo(10 + 1 - 2, 12)
    }
    expect(seen).not.toContain(2)
  })
})

describe('budgets', () => {
  test('onStep counts through all pieces, and changes nothing', () => {
    for (const way of WAYS) {
      const steps: StepInfo[] = []
      const options = { ...way, events: [doubling] }
      const alone = odeint(spin, [1, 0], [0, 8], options)
      const watched = odeint(spin, [1, 0], [0, 8], { ...options, onStep: (step) => void steps.push(step) })
      expect(watched.ys).toEqual(alone.ys)
      expect(watched.stats).toEqual(alone.stats)
      expect(steps.map((step) => step.steps)).toEqual(steps.map((_, i) => i + 1))
      expect(steps[steps.length - 1]).toMatchObject({ nfe: alone.stats.nfe, steps: alone.stats.steps })
    }
  })

  test('maxNfe bounds all pieces together', () => {
    for (const way of WAYS) {
      const all = odeint(spin, [1, 0], [0, 8], { ...way, events: [doubling] })
      const maxNfe = all.stats.nfe - 40
      const part = odeint(spin, [1, 0], [0, 8], { ...way, events: [doubling], maxNfe, throwOnFailure: false })
      expect(part.status).toBe('max evaluations')
      expect(part.events.length).toBeGreaterThan(0)
      expect(part.stats.nfe).toBeGreaterThanOrEqual(maxNfe)
      expect(part.stats.nfe).toBeLessThan(maxNfe + 10)
    }
  })
})

describe('failures', () => {
  const pole: FieldFunction = (_, y) => [(y[0] as number) ** 2]
  const ts = [0, 0.5, 0.8, 2]

  test('leave the events and the solution before them', () => {
    const at2 = event((_, y) => (y[0] as number) - 2)
    let thrown: unknown
    try {
      odeint(pole, [1], ts, { events: [at2] })
    } catch (error) {
      thrown = error
    }
    expect(thrown).toBeInstanceOf(SolveError)
    const error = thrown as SolveError
    const part = error.solution as EventSolution
    expect([...part.ts]).toEqual([0, 0.5, 0.8])
    expect(part.events).toHaveLength(1)
    expect(part.events[0]?.t).toBeCloseTo(0.5, 6)
    expect(part).toMatchObject({ status: error.status, terminatedBy: -1, t1: error.t })
    expect(part.at(0.9)[0]).toBeCloseTo(10, 3)
    expect(part.derivativeAt(0.9)[0]).toBeCloseTo(100, 0)
    expect(part.at(error.t)).toEqual(error.y)
    expect(() => part.at(1.5)).toThrow(`t must lie between 0 and ${error.t}`)
  })

  test('in a later piece, and before the first step', () => {
    const restart = event((_, y) => (y[0] as number) - 2, { apply: () => [1.5] })
    const solution = odeint(pole, [1], ts, { events: [restart], throwOnFailure: false, maxSteps: 30 })
    expect(solution.status).toBe('max steps')
    expect(solution.at(0.4)[0]).toBeCloseTo(1 / 0.6, 5)
    expect(solution.ys).toHaveLength(solution.ts.length)
    // From 1.5 y is 2 again after 2/3 - 1/2, and so on.
    const times = solution.events.map(({ t }) => t)
    expect(times.length).toBeGreaterThan(1)
    for (const [i, t] of times.entries()) expect(t).toBeCloseTo(1 / 2 + i / 6, 5)
    expect(solution.error?.solution).toBe(solution)
    const never = odeint(pole, [1], ts, { events: [restart], signal: AbortSignal.abort(), throwOnFailure: false })
    expect(never).toMatchObject({ status: 'aborted', t: 0, t1: 0, events: [] })
    expect(never.ys).toEqual([Float64Array.of(1)])
  })

  test('an event that ends the solve before it would fail', () => {
    const end = event((_, y) => (y[0] as number) - 100, { terminal: true })
    const solution = odeint(pole, [1], [0, 2], { events: [end] })
    expect(solution).toMatchObject({ status: 'ok', terminatedBy: 0 })
    expect(solution.t).toBeCloseTo(0.99, 6)
  })
})
