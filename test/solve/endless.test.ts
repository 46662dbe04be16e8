// Solves whose last time is infinite: something else ends them, and no infinity or NaN comes out.

import { afterEach, describe, expect, test } from 'vitest'
import type { Vector } from '../../src/core/boundary.ts'
import { SolveError } from '../../src/core/errors.ts'
import { MLP } from '../../src/program/mlp.ts'
import { event } from '../../src/solve/event.ts'
import type { FieldFunction } from '../../src/solve/host-field.ts'
import { type OdeintOptions, odeint } from '../../src/solve/odeint.ts'
import { tableaus } from '../../src/tableaus/all.ts'
import { rk4, rodas4, tsit5 } from '../../src/tableaus/index.ts'
import type { Tableau } from '../../src/tableaus/tableau.ts'

const END = Number.POSITIVE_INFINITY
const decay: FieldFunction = (_, y) => Array.from(y, (v) => -v)
const adaptive: readonly Tableau[] = Object.values(tableaus).filter((method) => method.error)

afterEach(() => expect(odeint(decay, [1], [0, 1]).y[0]).toBeCloseTo(Math.exp(-1), 5))

const finite = (...states: Vector[]): void => {
  for (const state of states) expect(state.every(Number.isFinite)).toBe(true)
}

describe.each(adaptive)('$name', (solver) => {
  test.each([1, -1])('ends at rest, direction %d', (sign) => {
    for (const y0 of [[3, -2], Float32Array.of(3, -2)]) {
      const field: FieldFunction = (_, y) => Array.from(y, (v) => -sign * v)
      const options = { solver, rtol: 1e-5, atol: 1e-5, stopWhenSteady: { atol: 1e-3, rtol: 0 } }
      const there = odeint(field, y0, [0, 0, sign, sign * END], options)
      const bounded = odeint(field, y0, [0, 0, sign, sign * 1e3], options)
      expect(there.status).toBe('steady')
      expect([...there.ts]).toEqual([0, 0, sign])
      expect([there.ys, there.t, there.y, there.stats]).toEqual([bounded.ys, bounded.t, bounded.y, bounded.stats])
      expect(there.at(there.t / 2)).toEqual(bounded.at(there.t / 2))
      expect(there.at(there.t)).toEqual(there.y)
      for (const t of [sign * END, there.t + sign]) expect(() => there.at(t)).toThrow('t must lie in')
      finite(there.stepTimes, there.ts, ...there.ys, there.y, there.derivativeAt(there.t))
    }
  })

  test('ends with a terminal event', () => {
    const events = [event((_, y) => (y[0] as number) - 1, { terminal: true })]
    for (const [sign, y0] of [
      [1, [3]],
      [-1, Float32Array.of(3)],
    ] as const) {
      const field: FieldFunction = (_, y) => [-sign * (y[0] as number)]
      const solution = odeint(field, y0, [0, sign * 0.5, sign * END], { solver, rtol: 1e-5, atol: 1e-5, events })
      expect(solution).toMatchObject({ status: 'ok', terminatedBy: 0 })
      expect(sign * solution.t).toBeCloseTo(Math.log(3), 2)
      expect([...solution.ts]).toEqual([0, sign * 0.5])
      expect(solution.at(solution.t)).toEqual(solution.y)
      expect(() => solution.at(sign * END)).toThrow('t must lie between')
    }
  })
})

test('networks, batches, and a rodas4 that goes on in steps without end', () => {
  for (const dtype of ['f32', 'f64'] as const) {
    using field = new MLP([1, 1], { dtype })
    field.parameters = [-1, 1]
    for (const batch of [1, 3, 5, 17]) {
      const x = Array.from({ length: batch }, (_, i) => i)
      const { status, y, ts } = odeint(field, x, [0, END], { stopWhenSteady: { atol: 1e-2 } })
      expect(status).toBe('steady')
      expect([...ts]).toEqual([0])
      for (const v of y) expect(Math.abs(v - 1)).toBeLessThan(0.1)
    }
    const none = odeint(field, [], [0, 2, END], { stopWhenSteady: true })
    expect(none).toMatchObject({ status: 'ok', t: 2, ts: Float64Array.of(0, 2) })
    const watched = odeint(field, [], [0, 2, END], { events: [event((t) => t - 1, { terminal: true })] })
    expect(watched).toMatchObject({ status: 'ok', t: 2, ts: Float64Array.of(0, 2) })
  }
})

describe('what never ends', () => {
  const never = event((_, y) => (y[0] as number) - 1e6, { terminal: true })
  const still: FieldFunction = (_, __, dy) => dy.fill(0)
  const failed = (
    field: FieldFunction,
    y0: number[] | Float32Array,
    t: number[],
    options: OdeintOptions,
  ): SolveError => {
    const { error, ys, y, stepTimes, ts } = odeint(field, y0, t, { throwOnFailure: false, ...options })
    expect(error).toBeInstanceOf(SolveError)
    finite(ts, stepTimes, y, ...ys)
    expect(Number.isFinite(error?.t)).toBe(true)
    expect(error?.message).not.toContain('NaN')
    return error as SolveError
  }

  test('has its steps bounded', () => {
    for (const events of [undefined, [never]])
      for (const y0 of [[1, 1], Float32Array.of(1, 1)]) {
        const spin: FieldFunction = (_, [u, v]) => [-(v as number), u as number]
        const ways = { maxSteps: 200, ...(events ? { events } : { stopWhenSteady: true }) }
        const error = failed(spin, y0, [0, END], ways)
        expect(error.status).toBe('max steps')
        expect(error.message).toContain(
          `max steps: 200 steps reached t = ${error.t} of Infinity; the step is held by y[`,
        )
      }
    expect(failed(decay, [1], [0, -END], { maxNfe: 100 })).toMatchObject({ status: 'max evaluations' })
    expect(failed(decay, [1], [0, END], { signal: AbortSignal.abort() })).toMatchObject({ status: 'aborted', t: 0 })
    expect(failed(decay, [1], [0, END], { maxMs: 1e-9 })).toMatchObject({ status: 'time over' })
  })

  test.each(adaptive)('steps over no end of time: $name', (solver) => {
    for (const sign of [1, -1])
      for (const y0 of [[1], Float32Array.of(1)])
        for (const [field, start] of [
          [still, 0],
          [still, -sign * 1e300],
          // 0 is reached in the end, by underflow; then it is still.
          [(_, [v]) => [-sign * 1e-3 * (v as number)], 0],
        ] as [FieldFunction, number][]) {
          const ways = { solver, events: [never], maxSteps: 2500, dtMax: END, atol: 1e-3 }
          const error = failed(field, y0, [start, sign * END], {
            ...ways,
            ...(start ? { dt0: 1e295, dtMin: 1e295 } : {}),
          })
          // In f32 a step of 1e39 is infinite already, is rejected for that, and the solve creeps on.
          if (field === still && y0 instanceof Float32Array) {
            expect(error.status).toBe(start ? 'non-finite state' : 'max steps')
          } else if (field === still) {
            expect(error.status).toBe('time overflow')
            expect(Math.abs(error.t)).toBeGreaterThan(1e307)
            expect(error.message).toContain(`of ${sign * END} the next step leads beyond the largest number`)
          }
        }
  })

  test('a first step beyond the largest number', () => {
    const error = failed(still, [1], [1.7e308, END], { events: [never], dt0: 1e308 })
    expect(error.status).toBe('time overflow')
    expect(error.t).toBeGreaterThanOrEqual(1.7e308)
  })

  test('dtMax bounds the steps, dt0 begins', () => {
    const events = [event((t) => t - 9, { terminal: true })]
    const solution = odeint(decay, [1], [0, END], { dt0: 0.125, dtMax: 0.25, events })
    expect(solution.t).toBeCloseTo(9, 12)
    expect(solution.stepTimes[1]).toBe(0.125)
    const steps = solution.stepTimes
    for (const [i, t] of steps.subarray(1).entries()) expect(t - (steps[i] as number)).toBeLessThanOrEqual(0.25)
  })
})

describe('refused', () => {
  const steady = { stopWhenSteady: true }
  test.each<[string, number[], OdeintOptions, string]>([
    ['nothing ends it', [0, END], {}, 'ts[1] is Infinity, and nothing ends the solve: give stopWhenSteady, a terminal'],
    ['nor without end before', [0, -END], { stopWhenSteady: false }, 'ts[1] is -Infinity, and nothing ends the solve'],
    ['an event that does not end', [0, END], { events: [event((t) => t)] }, 'nothing ends the solve'],
    ['no evaluations to end it', [0, END], { maxNfe: END }, 'nothing ends the solve'],
    ['steps', [0, END], { ...steady, steps: 10 }, 'ts[1] is Infinity, which needs adaptive steps: leave out steps'],
    ['dt', [0, END], { ...steady, dt: 1 }, 'ts[1] is Infinity, which needs adaptive steps: leave out dt'],
    ['a grid', [0, 1, END], { ...steady, solver: rk4 }, 'adaptive steps: take a solver with an error estimate'],
    ['no solver', [0, END], { ...steady, solver: 'dopri5' as never }, 'solver must be a tableau such as dopri5'],
    ['the start', [END, END], steady, 'ts[0] is Infinity, it must be finite'],
    ['one time', [-END], steady, 'ts[0] is -Infinity, it must be finite'],
    ['twice', [0, END, END], steady, 'ts[1] is Infinity, it must be finite'],
    ['turning back', [0, 1, -END], steady, 'ts must be monotonic, got ts[2] = -Infinity after ts[1] = 1'],
    ['turning back', [0, -1, END], steady, 'ts must be monotonic, got ts[2] = Infinity after ts[1] = -1'],
    ['NaN', [0, Number.NaN], steady, 'ts[1] is NaN, it must be finite'],
    ['NaN before', [Number.NaN, END], steady, 'ts[0] is NaN, it must be finite'],
    ['no rest', [0, 1], { stopWhenSteady: 1 as never }, 'stopWhenSteady must be true or { rtol, atol }, got 1'],
    ['no rest', [0, 1], { stopWhenSteady: null as never }, 'stopWhenSteady must be true or { rtol, atol }, got null'],
    ['rtol', [0, 1], { stopWhenSteady: { rtol: -1 } }, 'stopWhenSteady.rtol must be >= 0, got -1'],
    ['atol', [0, 1], { stopWhenSteady: { atol: [1, Number.NaN] } }, 'stopWhenSteady.atol[1] is NaN'],
    ['length', [0, 1], { stopWhenSteady: { atol: [1] } }, 'stopWhenSteady.atol must be one number or 2'],
    ['text', [0, 1], { stopWhenSteady: { rtol: '1' as never } }, 'stopWhenSteady.rtol must be a number or an array'],
    [
      'both 0',
      [0, 1],
      { stopWhenSteady: { rtol: 0, atol: [1, 0] } },
      'stopWhenSteady.atol must be > 0 where rtol is 0',
    ],
  ])('%s', (_, ts, options, message) => {
    const never: FieldFunction = () => {
      throw new Error('nothing was to be computed')
    }
    expect(() => odeint(never, [1, 2], ts, options)).toThrow(message)
    expect(() => odeint(never, Float32Array.of(1, 2), ts, { solver: rodas4, ...options })).toThrow(message)
    expect(() => odeint(never, [1, 2], ts, { solver: tsit5, ...options })).toThrow(message)
  })
})
