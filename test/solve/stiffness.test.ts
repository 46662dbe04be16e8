// The watch on stiffness of dopri5 and dopri8, as in Hairer's codes.

import { describe, expect, test } from 'vitest'
import { SolveError } from '../../src/core/errors.ts'
import { MLP } from '../../src/program/mlp.ts'
import type { FieldFunction } from '../../src/solve/host-field.ts'
import { odeint } from '../../src/solve/odeint.ts'
import { bosh3, dopri5, dopri8 } from '../../src/tableaus/index.ts'
import { compile, type Tableau } from '../../src/tableaus/tableau.ts'
import { problems } from '../support/problems.ts'
import { stiffProblems } from '../support/stiff-problems.ts'

const blind = ({ watch: _, ...tableau }: Tableau): Tableau => tableau

describe.each([dopri5, dopri8])('$name', (solver) => {
  test.each(Object.entries(stiffProblems))(
    '%s is stiff, and the error says where',
    (_, { field, y0, t1, atol: unit }) => {
      const atol = typeof unit === 'number' ? unit * 1e-4 : unit.map((value) => value * 1e-4)
      let thrown: unknown
      try {
        const { stats } = odeint(field, y0, [0, t1], { solver, rtol: 1e-4, atol, maxSteps: 4096, dense: false })
        expect(stats.stiff).toBeGreaterThan(0)
        expect(stats.stiff).toBeLessThan(t1)
        return
      } catch (error) {
        thrown = error
      }
      expect(thrown).toBeInstanceOf(SolveError)
      const { status, message, stats, t } = thrown as SolveError
      expect(status).toBe('max steps')
      expect(stats.stiff).toBeGreaterThan(0)
      expect(stats.stiff).toBeLessThanOrEqual(t)
      expect(message).toContain(`It is, near t = ${stats.stiff}: use rodas4 from relode/methods.`)
    },
  )

  test.each(Object.entries(problems))('%s is not', (_, { field, y0, t1 }) => {
    for (const tol of [1e-6, 1e-9]) {
      expect(odeint(field, y0, [0, t1], { solver, rtol: tol, atol: tol }).stats.stiff).toBeUndefined()
    }
  })

  test('it changes no number', () => {
    const { field, y0 } = stiffProblems['HIRES'] as (typeof stiffProblems)[string]
    for (const start of [y0, Float32Array.from(y0)]) {
      for (const ts of [
        [0, 40],
        [0, 10, 40],
      ]) {
        const [seeing, not] = [solver, blind(solver)].map((s) =>
          odeint(field, start, ts, { solver: s, rtol: 1e-4, atol: 1e-7 }),
        )
        expect(seeing?.ys).toEqual(not?.ys)
        expect(seeing?.stepTimes).toEqual(not?.stepTimes)
        expect(not?.stats.stiff).toBeUndefined()
        expect(seeing?.stats.stiff).toBeGreaterThan(0)
        expect({ ...seeing?.stats, stiff: undefined }).toEqual(not?.stats)
      }
    }
  })

  test('backward, and where steps are few there is nothing to see', () => {
    const decay: FieldFunction = (_, [u]) => [1000 * (u as number)]
    const { stats } = odeint(decay, [1], [0, -10], { solver })
    expect(stats.stiff).toBeLessThan(0)
    expect(odeint(decay, [1], [0, -0.01], { solver }).stats.stiff).toBeUndefined()
  })

  test('a network, row by row', () => {
    using field = new MLP([1, 1], { dtype: 'f64' })
    field.parameters = [-500, 0]
    expect(odeint(field, [1, 2, 3, 4, 5], [0, 10], { solver }).stats.stiff).toBeGreaterThan(0)
    field.parameters = [-0.5, 0]
    expect(odeint(field, [1, 2, 3, 4, 5], [0, 10], { solver }).stats.stiff).toBeUndefined()
  })
})

test('a field becomes stiff: the time is near', () => {
  // lambda = -1 until 100, then -1e4, and the solution follows cos t throughout.
  const field: FieldFunction = (t, [u]) => [-(t < 100 ? 1 : 1e4) * ((u as number) - Math.cos(t)) - Math.sin(t)]
  const { stats } = odeint(field, [1], [0, 101], { solver: dopri5, rtol: 1e-5, atol: 1e-5, maxSteps: 1e6 })
  expect(stats.stiff).toBeGreaterThan(100)
  // 64 steps until it looks, 15 until it is sure; each of some 3.3e-4.
  expect(stats.stiff).toBeLessThan(100.05)
})

test('other methods do not look; a tableau that would is checked', () => {
  const stiff: FieldFunction = (_, [u]) => [-1000 * (u as number)]
  expect(odeint(stiff, [1], [0, 10], { solver: bosh3 }).stats.stiff).toBeUndefined()
  expect(() => compile({ ...dopri5, watch: [4, 3.25] })).toThrow('tableau dopri5: c[watch[0]] must sum to 1')
  expect(() => compile({ ...dopri5, watch: [40, 3.25] })).toThrow('tableau dopri5: c[watch[0]] must sum to 1')
})
