// What a failed solve leaves: where, why, what to do, and all it has computed.

import { describe, expect, test } from 'vitest'
import { SolveError } from '../../src/core/errors.ts'
import { NeuralODE } from '../../src/models/neural-ode.ts'
import { MLP } from '../../src/program/mlp.ts'
import type { FieldFunction } from '../../src/solve/host-field.ts'
import { type OdeintOptions, odeint } from '../../src/solve/odeint.ts'
import type { Solution } from '../../src/solve/solution.ts'
import { bosh3, dopri5, dopri8, rk4, tsit5 } from '../../src/tableaus/index.ts'

/** y' = y^2 has y = 1 / (1 - t), and so no value at 1. */
const pole: FieldFunction = (_, y) => Array.from(y, (v) => v * v)
const decay: FieldFunction = (_, y) => Array.from(y, (v) => -v)

function failed(
  field: FieldFunction,
  y0: number[] | Float32Array,
  ts: number[],
  options: OdeintOptions,
): [SolveError, Solution] {
  let error: unknown
  try {
    odeint(field, y0, ts, options)
  } catch (caught) {
    error = caught
  }
  expect(error).toBeInstanceOf(SolveError)
  return [error as SolveError, odeint(field, y0, ts, { ...options, throwOnFailure: false })]
}

describe.each([dopri5, tsit5, bosh3, dopri8])('a pole, $name', (solver) => {
  const ts = [0, 0, 0.5, 0.9, 1.5, 2]

  test('the outputs before it, and every time between', () => {
    for (const y0 of [[1], Float32Array.of(1)]) {
      const options = { solver, rtol: 1e-6, atol: 1e-6, maxSteps: 1e5 }
      const [error, solution] = failed(pole, y0, ts, options)
      const part = error.solution as Solution
      expect([...part.ts]).toEqual([0, 0, 0.5, 0.9])
      expect(part.t).toBe(error.t)
      expect(part.stats).toEqual(error.stats)
      expect(part.status).toBe(error.status)
      expect(part.error).toBe(error)
      const bound = y0 instanceof Float32Array ? 1e-3 : 1e-4
      for (const [j, t] of part.ts.entries()) {
        expect(Math.abs((part.ys[j]?.[0] as number) * (1 - t) - 1)).toBeLessThan(bound)
        expect(part.at(t)).toEqual(part.ys[j])
      }
      expect(Math.abs((part.at(0.95)[0] as number) * 0.05 - 1)).toBeLessThan(2 * bound)
      expect(Math.abs((part.derivativeAt(0.3)[0] as number) * 0.49 - 1)).toBeLessThan(0.01)
      expect(part.at(error.t)).toEqual(error.y)
      expect(() => part.at(1.5)).toThrow(`t must lie in [0, ${error.t}], got 1.5`)
      // What is returned instead of thrown is the same.
      expect(solution.status).toBe(error.status)
      expect(solution.error?.message).toBe(error.message)
      expect(solution.ys).toEqual(part.ys)
      expect(solution.stats).toEqual(part.stats)
      expect(solution.at(0.7)).toEqual(part.at(0.7))
      expect(solution.y).toEqual(error.y)
    }
  })

  test('backward', () => {
    const [error, solution] = failed((_, y) => [-((y[0] as number) ** 2)], [1], [0, -0.5, -3], { solver })
    expect(Math.abs(error.t + 1)).toBeLessThan(1e-4)
    expect([...solution.ts]).toEqual([0, -0.5])
    expect(Math.abs((solution.at(-0.7)[0] as number) - 1 / 0.3)).toBeLessThan(1e-3)
  })
})

test.each<[string, FieldFunction, OdeintOptions]>([
  ['max steps', decay, { maxSteps: 4 }],
  ['max evaluations', decay, { maxNfe: 20, solver: rk4, steps: 100 }],
  ['step underflow', (t, y) => [t < 0.5 ? (y[0] as number) : Number.NaN, 1], { rtol: 1e-8, atol: 1e-300, dtMin: 0 }],
  ['non-finite field', (t, y) => [1, t > 0.5 ? Number.NaN : (y[1] as number)], {}],
  ['non-finite state', (t) => [1, t > 0.5 ? Number.NaN : 1], { solver: rk4, steps: 40 }],
  ['non-finite state', () => [1, 1e308], { solver: rk4, steps: 8 }],
  ['time over', decay, { maxMs: 1e-9 }],
  ['aborted', decay, { signal: AbortSignal.abort() }],
])('%s: says where, why and what to do', (status, field, options) => {
  const [error, { ts, t }] = failed(field, [1, 1], [0, 1, 3], options)
  if (status !== 'step underflow') expect(error.status).toBe(status)
  expect(error.message.startsWith(`${error.status}: `)).toBe(true)
  expect(error.message).toContain(`t = ${error.t} of 3`)
  expect(error.advice.length).toBeGreaterThan(20)
  expect(error.message.endsWith(error.advice)).toBe(true)
  expect(error.y.every(Number.isFinite)).toBe(true)
  expect(Number.isFinite(error.step)).toBe(true)
  if (status.startsWith('non-finite')) {
    expect(error).toMatchObject({ row: 0, component: 1 })
    expect(error.message).toContain('y[1]')
  }
  expect(ts[0]).toBe(0)
  if (status !== 'time over') expect(t).toBe(error.t)
  expect(error.solution?.at(error.t)).toEqual(error.y)
})

test('at the very start', () => {
  const [error, solution] = failed(() => [Number.NaN], [7], [2, 3], {})
  expect(error).toMatchObject({ status: 'non-finite field', t: 2 })
  expect([...solution.ts]).toEqual([2])
  expect([...solution.y]).toEqual([7])
  expect([...solution.stepTimes]).toEqual([2])
  expect([...solution.at(2)]).toEqual([7])
  expect(() => solution.derivativeAt(2)).toThrow('the solve took no step')
})

test('batches, and without dense output', () => {
  using field = new MLP([2, 2], { outputActivation: 'exp', dtype: 'f64' })
  field.parameters = [1, 0, 0, 1, 0, 0]
  const run = (dense: boolean) =>
    odeint(field, [0, -9, 1, -9, -9, -9], [0, 0.1, 0.2, 5], { throwOnFailure: false, dense })
  const [solution, bare] = [run(true), run(false)]
  expect(solution.status).not.toBe('ok')
  expect(solution.t).toBeCloseTo(Math.exp(-1), 4)
  expect([...solution.ts]).toEqual([0, 0.1, 0.2])
  expect(solution.ys.map((y) => y.length)).toEqual([6, 6, 6])
  expect(bare.ys).toEqual(solution.ys)
  expect(() => bare.at(0.1)).toThrow('the solve kept no dense output')
  // Row 1: y' = e^y from 1.
  expect(solution.at(0.15)[2]).toBeCloseTo(-Math.log(Math.exp(-1) - 0.15), 4)
})

test('a solve that ends well says so', () => {
  const solution = odeint(decay, [1], [0, 0.5, 1], { throwOnFailure: false })
  expect(solution).toMatchObject({ status: 'ok', error: undefined, t: 1 })
  expect(odeint(decay, [1], [3]).t).toBe(3)
  expect(solution.stepTimes[solution.stepTimes.length - 1]).toBeGreaterThan(1)
})

test('a model that fails has a state, and no solution between', () => {
  using field = new MLP([1, 1], { outputActivation: 'exp', dtype: 'f64' })
  field.parameters = [1, 0]
  let error: unknown
  try {
    new NeuralODE(field, { t: [0, 3] }).forward([1])
  } catch (caught) {
    error = caught
  }
  expect(error).toBeInstanceOf(SolveError)
  expect((error as SolveError).solution).toBeUndefined()
  expect((error as SolveError).y).toHaveLength(1)
})

test('the rtol that was used is reported where it was raised', () => {
  expect(odeint(decay, [1], [0, 1]).stats).not.toHaveProperty('rtolFloor')
  for (const rtol of [0, 1e-17, [0, 1e-3]]) {
    const { stats } = odeint(decay, [1, 1], [0, 1], { rtol, atol: 1e-10 })
    expect(stats.rtolFloor).toBe(4 * Number.EPSILON)
  }
  // Not where tolerances play no part.
  expect(odeint(decay, [1], [0, 1], { rtol: 0, solver: rk4, steps: 3 }).stats).not.toHaveProperty('rtolFloor')
})
