// What stopWhenSteady goes with: its tolerances, stops, budgets and models.

import { describe, expect, test } from 'vitest'
import { NeuralODE } from '../../src/models/neural-ode.ts'
import { MLP } from '../../src/program/mlp.ts'
import type { StepInfo } from '../../src/solve/budget.ts'
import type { FieldFunction } from '../../src/solve/host-field.ts'
import { type OdeintOptions, odeint } from '../../src/solve/odeint.ts'
import { dopri5, rk4, rodas4, tsit5 } from '../../src/tableaus/index.ts'
import type { Tableau } from '../../src/tableaus/tableau.ts'
import { gradientFlow } from '../../src/theory/gradient-flow.ts'

/** y_j' = -k_j y_j. */
const decays: FieldFunction = (_, [u, v]) => [-(u as number), -0.25 * (v as number)]

describe('the tolerances', () => {
  test.each([{}, { solver: rk4, dt: 0.125 }])('are those of the solve where none are given', (way) => {
    const own = { ...way, rtol: [1e-4, 1e-3], atol: [1e-5, 1e-2] }
    const end = (stopWhenSteady: NonNullable<OdeintOptions['stopWhenSteady']>): number => {
      const { t, status } = odeint(decays, [1, 1], [0, 1e3], { ...own, stopWhenSteady })
      expect(status).toBe('steady')
      return t
    }
    expect(end(true)).toBe(end({ rtol: own.rtol, atol: own.atol }))
    expect(end({})).toBe(end(true))
    expect(end({ rtol: 1e-2 })).toBe(end({ rtol: [1e-2, 1e-2], atol: own.atol }))
    expect(end({ atol: 1e-4 })).toBe(end({ rtol: own.rtol, atol: [1e-4, 1e-4] }))
    expect(end({ atol: 1e-4 })).toBeGreaterThan(end(true))
  })

  test('an explicit method hovers about the rest, in proportion to the steepest rate', () => {
    const ended = (
      solver: Tableau,
      k: number,
      stopWhenSteady: NonNullable<OdeintOptions['stopWhenSteady']>,
    ): string => {
      const field: FieldFunction = (_, [u, v]) => [-k * ((u as number) - 2), 1 - (v as number)]
      const options = { solver, stopWhenSteady, throwOnFailure: false }
      return odeint(field, [0, 5], [0, Number.POSITIVE_INFINITY], options).status
    }
    for (const solver of [dopri5, tsit5]) {
      for (const k of [1, 2, 3]) expect(ended(solver, k, true)).toBe('steady')
      expect(ended(solver, 10, true)).toBe('max steps')
      for (const k of [10, 100, 1000]) expect(ended(solver, k, { rtol: k * 1e-6, atol: k * 1e-9 })).toBe('steady')
    }
    for (const k of [1, 10, 1e3, 1e6]) expect(ended(rodas4, k, true)).toBe('steady')
  })

  test('a component at 0 with no atol rests', () => {
    const { status, t } = odeint(decays, [0, 0], [0, 5], { stopWhenSteady: { rtol: 1e-3, atol: 0 } })
    expect(status).toBe('steady')
    expect(t).toBeLessThan(1)
  })

  test('false looks at nothing', () => {
    const plain = odeint(decays, [0, 0], [0, 5])
    const told = odeint(decays, [0, 0], [0, 5], { stopWhenSteady: false })
    expect([told.status, told.stats, told.t]).toEqual(['ok', plain.stats, 5])
  })
})

test('not at the last time, nor behind it', () => {
  const stopWhenSteady = { atol: 10 }
  for (const way of [
    { dt0: 30, rtol: 1, atol: 1 },
    { solver: rk4, steps: 1 },
    { tStops: [1], dt0: 1, rtol: 1 },
  ]) {
    const { status, t, stats } = odeint(decays, [1, 1], [0, 1], { ...way, stopWhenSteady })
    expect([status, t, stats.accepted]).toEqual(['ok', 1, 1])
  }
  expect(odeint(decays, [1, 1], [3], { stopWhenSteady })).toMatchObject({ status: 'ok', t: 3 })
})

test.each([{}, { solver: tsit5 }, { solver: rk4, dt: 0.25 }])(
  'not on a discontinuity, behind which it moves',
  (way) => {
    for (const sign of [1, -1]) {
      // It comes to rest at 1, and is thrown out.
      const field: FieldFunction = (t) => [sign * (sign * t < 1 ? 1 - sign * t : 1)]
      const options = { ...way, stopWhenSteady: { atol: 1e-6, rtol: 0 } }
      const told = odeint(field, [0], [0, 3 * sign], { ...options, discontinuities: [sign] })
      expect(told.status).toBe('ok')
      expect(told.y[0]).toBeCloseTo(2.5, 12)
      const smooth: FieldFunction = (t) => [sign * (1 - sign * t)]
      const stopped = odeint(smooth, [0], [0, 3 * sign], { ...options, tStops: [sign] })
      expect(stopped).toMatchObject({ status: 'steady', t: sign })
      expect(stopped.y[0]).toBeCloseTo(0.5, 12)
    }
  },
)

test('is told of by onStep, and costs what a budget counts', () => {
  for (const way of [{}, { solver: rk4, dt: 0.25 }]) {
    const steps: StepInfo[] = []
    const options = { ...way, stopWhenSteady: true, onStep: (step: StepInfo) => void steps.push(step) }
    const { t, stats } = odeint(decays, [1, 1], [0, 1e3], options)
    expect(steps.at(-1)).toMatchObject({ t, accepted: true, nfe: stats.nfe, steps: stats.steps })
    const short = odeint(decays, [1, 1], [0, 1e3], { ...options, maxNfe: 31, throwOnFailure: false })
    expect(short.status).toBe('max evaluations')
    expect(short.stats.nfe).toBeGreaterThanOrEqual(31)
    expect(short.stats.nfe).toBeLessThan(31 + 7)
    expect(odeint(decays, [1, 1], [0, 1e3], { ...options, dense: false }).y).toEqual(
      odeint(decays, [1, 1], [0, 1e3], options).y,
    )
  }
})

describe('models', () => {
  test.each(['f32', 'f64'] as const)('refuse it, and solve with it, %s', (dtype) => {
    using field = new MLP([2, 2], { dtype })
    field.parameters = [-1, 0, 0, -0.5, 1, 1]
    for (const stopWhenSteady of [true, false, { rtol: 1e-3 }])
      expect(() => new NeuralODE(field, { stopWhenSteady } as object)).toThrow(
        `stopWhenSteady must be left out, got ${JSON.stringify(stopWhenSteady)}: use an Equilibrium, or node.solve(x, ts`,
      )
    const node = new NeuralODE(field, { solver: dopri5, rtol: 1e-6, atol: 1e-6 })
    const stopWhenSteady = { rtol: 1e-4, atol: 1e-5 }
    for (const batch of [1, 3, 5, 17]) {
      const x = Array.from({ length: 2 * batch }, (_, i) => (i % 5) - 2)
      const { status, t, y } = node.solve(x, [0, 1, Number.POSITIVE_INFINITY], { stopWhenSteady })
      expect(status).toBe('steady')
      expect(t).toBeGreaterThan(5)
      for (const [i, v] of y.entries()) expect(Math.abs(v - (i % 2 ? 2 : 1))).toBeLessThan(2e-3)
    }
  })

  test('a gradient flow refuses it', () => {
    using field = new MLP([1, 1], { dtype: 'f64' })
    const flow = () =>
      gradientFlow(new NeuralODE(field), { x: [1], y: [2] }, { T: 1, stopWhenSteady: true } as { T: number }).next()
    expect(flow).toThrow('stopWhenSteady must be left out, got true: end the loop where `rate` is small')
  })
})
