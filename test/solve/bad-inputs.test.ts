// Bad input in every way of stepping, either precision, either direction: an error that names the argument, or a status; within two
// seconds, never a number that is none with a good status, and a core that is as good as before. `misuse.test.ts` has the
// messages one by one, `fields.test.ts` and `failure.test.ts` what fields do.

import { afterEach, describe, expect, test } from 'vitest'
import { core } from '../../src/core/boundary.ts'
import { SolveError } from '../../src/core/errors.ts'
import { MLP } from '../../src/program/mlp.ts'
import { pi } from '../../src/solve/controller.ts'
import type { FieldFunction } from '../../src/solve/host-field.ts'
import { type OdeintOptions, odeint } from '../../src/solve/odeint.ts'
import { bosh3, dopri8, heun, rk4, tsit5 } from '../../src/tableaus/index.ts'

const decay: FieldFunction = (_, y, dy) => {
  for (let i = 0; i < y.length; i++) dy[i] = -(y[i] as number)
}

/** Every way to step, for times that are three or more. */
const WAYS: Readonly<Record<string, OdeintOptions>> = {
  'adaptive steps': {},
  'adaptive steps, watched': { solver: bosh3, onStep: () => {} },
  'adaptive steps with stages of their own': { solver: dopri8, rtol: 1e-5 },
  'adaptive steps with stops': { solver: tsit5, tStops: [0.25], discontinuities: [0.5], dt0: 0.1 },
  'equal steps': { solver: rk4, steps: 6 },
  'steps of a length, with stops': { solver: heun, dt: 0.3, tStops: [0.4], discontinuities: [0.5] },
  'a grid': { solver: rk4 },
}

afterEach(() => {
  for (const options of Object.values(WAYS)) {
    const { y, status } = odeint(decay, [1], [0, 0.5, 1], options)
    expect(status).toBe('ok')
    expect(Math.abs((y[0] as number) - Math.exp(-1))).toBeLessThan(0.01)
  }
})

/** Runs it within two seconds; what it threw, or the solution. */
function outcome(run: () => unknown): unknown {
  const before = performance.now()
  try {
    return run()
  } catch (error) {
    return error
  } finally {
    expect(performance.now() - before).toBeLessThan(2000)
  }
}

/** What JavaScript has besides numbers: neither text nor BigInt stands for one, and some of these cannot even be made into text. */
const NO_NUMBERS = [1n, Symbol('x'), Object.create(null), () => 1, '1', [1n], true]
const NUMBERS = 'rtol atol dt steps dt0 dtMin dtMax maxSteps maxNfe maxMs'.split(' ')
const OTHERS = 'solver controller control kinks tStops discontinuities signal onStep input events'.split(' ')

test.each([...NUMBERS, ...OTHERS])('%s that is of no fitting type is named', (name) => {
  for (const bad of NO_NUMBERS) {
    if (name === 'onStep' && typeof bad === 'function') continue
    const error = outcome(() => odeint(decay, [1], [0, 0.5, 1], { [name]: bad }))
    expect(error, typeof bad).toBeInstanceOf(Error)
    expect((error as Error).message).toMatch(name === 'solver' ? /solver|tableau/ : name)
  }
})

test('numbers of a controller, likewise', () => {
  for (const name of ['betaRejected', 'safety', 'factorMin', 'factorMax', 'eager'])
    for (const bad of NO_NUMBERS.filter((value) => value !== true))
      expect(() => odeint(decay, [1], [0, 1], { controller: { ...pi(), [name]: bad } as never })).toThrow(name)
})

describe.each(Object.entries(WAYS))('%s', (_, way) => {
  const TIMES = [0, 0.5, 1]
  const tolerant = way.steps === undefined && way.dt === undefined && way.solver !== rk4

  test('arguments: named before the field is asked', () => {
    let calls = 0
    const counted: FieldFunction = (t, y, dy) => {
      calls++
      decay(t, y, dy)
    }
    const [nan, inf] = [Number.NaN, Number.POSITIVE_INFINITY]
    const cases: readonly (readonly [string, unknown, unknown, object?])[] = [
      ['y0[1]', [1, nan], TIMES],
      ['y0[0]', Float32Array.of(inf, 1), TIMES],
      ['y0[1]', [1, null], TIMES],
      ['y0[0]', ['x', 1], TIMES],
      ['y0', [], TIMES],
      ['y0', null, TIMES],
      ['ts[2]', [1, 1], [0, 0.5, nan]],
      ['ts[2]', [1, 1], [0, 0.5, inf]],
      ['ts[2]', [1, 1], [1, 0.5, -inf]],
      ['ts[0]', [1, 1], [nan, 0.5, 1]],
      ['ts[2]', [1, 1], [0, 0.5, 0.4, 1]],
      ['ts[2]', [1, 1], [0, -0.5, -0.4, -1]],
      ['ts[1]', [1, 1], [0, 2, 1]],
      ['ts', [1, 1], []],
      ['rtol', [1, 1], TIMES, { rtol: -1e-3 }],
      ['rtol[1]', [1, 1], TIMES, { rtol: [1, nan] }],
      ['atol[0]', [1, 1], TIMES, { atol: [-1, 1] }],
      ['atol', [1, 1], TIMES, { atol: nan }],
      ['atol[0]', [1, 1], TIMES, { rtol: 0, atol: 0 }],
      ['maxSteps', [1, 1], TIMES, { maxSteps: 0 }],
      ['maxNfe', [1, 1], TIMES, { maxNfe: -1 }],
      ['maxMs', [1, 1], TIMES, { maxMs: nan }],
      ['tStops[1]', [1, 1], TIMES, { tStops: [0.1, nan] }],
      ['discontinuities[0]', [1, 1], TIMES, { discontinuities: [inf] }],
      ['dtMin', [1, 1], TIMES, { dtMin: nan }],
      ['dtMax', [1, 1], TIMES, { dtMax: -1 }],
      ['controller', [1, 1], TIMES, { controller: {} }],
      ['solver', [1, 1], TIMES, { solver: 'rk4' }],
      ['signal', [1, 1], TIMES, { signal: 1 }],
      ['onStep', [1, 1], TIMES, { onStep: {} }],
    ]
    for (const [name, y0, ts, options] of cases) {
      const error = outcome(() => odeint(counted, y0 as never, ts as never, { ...way, ...options } as OdeintOptions))
      expect(error, name).toBeInstanceOf(Error)
      expect(error, name).not.toBeInstanceOf(SolveError)
      expect((error as Error).message).toContain(name)
    }
    expect(calls).toBe(0)
  })

  test('a number that is none from the field is never a result', () => {
    for (const bad of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, undefined]) {
      for (const from of [-1, 0, 0.3, 0.5, 0.99]) {
        for (const ts of [TIMES, [1, 0.5, 0]]) {
          for (const y0 of [[1, 1], Float32Array.of(1, 1)]) {
            const broken: FieldFunction = (t, y) => {
              const gone = ts[0] === 0 ? t >= from : t <= 1 - from
              return [-(y[0] as number), gone ? (bad as number) : 1]
            }
            const error = outcome(() => odeint(broken, y0, ts, way)) as SolveError
            expect(error).toBeInstanceOf(SolveError)
            expect(error.status).toMatch(/^non-finite|^step underflow/)
            expect(error.stats.rejected).toBeLessThanOrEqual(120)
            expect(error.y.every(Number.isFinite)).toBe(true)
            expect(error.solution?.ys.every((y) => y.every(Number.isFinite))).toBe(true)
          }
        }
      }
    }
  })

  test('a solution without end, and one that is too large', () => {
    const fields: FieldFunction[] = [
      (_, y) => Array.from(y, (v) => 3 * v * v),
      (_, y) => Array.from(y, (v) => Math.exp(10 * v)),
      (_, y) => Array.from(y, (v) => 1e200 * v),
      (t) => [1 / (t - 0.7) ** 3, 1e308],
    ]
    for (const field of fields) {
      for (const y0 of [[1, 1], Float32Array.of(1, 1)]) {
        const options = { ...way, throwOnFailure: false, maxSteps: 2000 }
        const solution = outcome(() => odeint(field, y0, TIMES, options)) as ReturnType<typeof odeint>
        expect(solution.ys.every((y) => y.every(Number.isFinite))).toBe(true)
        if (tolerant) expect(solution.status).not.toBe('ok')
        if (solution.status === 'ok') expect(solution.ys).toHaveLength(3)
        else expect(solution.t).toBeLessThan(1)
      }
    }
  })

  test('nothing to do', () => {
    for (const ts of [[3, 3, 3], [0], [0, 0, 0]]) {
      if (ts.length === 1 && way.solver === rk4 && way.steps === undefined) continue
      const { ys, stats, status } = odeint(decay, [1, 2], ts, way)
      expect(ys.map((y) => [...y])).toEqual(ts.map(() => [1, 2]))
      expect(stats.nfe).toBeLessThanOrEqual(1)
      expect(status).toBe('ok')
    }
    using network = new MLP([2, 3, 2])
    expect(odeint(network, [], TIMES, way).ys.map((y) => y.length)).toEqual([0, 0, 0])
  })

  test('scales of zero and of nothing', () => {
    if (!tolerant) return
    for (const y0 of [
      [0, 0],
      [0, 1],
      [5e-324, 1],
      [1e300, -1e300],
    ]) {
      for (const tolerances of [{ atol: 0 }, { rtol: 0, atol: 1e-300 }, { rtol: 0, atol: 1e-9 }, { rtol: 1e-30 }]) {
        const options = { ...way, ...tolerances, throwOnFailure: false, maxSteps: 2000 }
        const solution = outcome(() => odeint(decay, y0, TIMES, options)) as ReturnType<typeof odeint>
        expect(solution.ys.every((y) => y.every(Number.isFinite))).toBe(true)
        if (solution.status === 'ok') {
          const error = Math.abs((solution.y[1] as number) - (y0[1] as number) * Math.exp(-1))
          expect(error).toBeLessThan(1e-3 * Math.abs(y0[1] as number) + 1e-8)
        }
      }
    }
  })
})

test('memory stays flat over solves that end in every way', () => {
  const ways = Object.values(WAYS)
  const once = (i: number): void => {
    const way = ways[i % ways.length] as OdeintOptions
    odeint(decay, [1, 2, 3], [0, 0.5, 1], way)
    odeint((_, y) => Array.from(y, (v) => 1e200 * v * v), [1, 2], [0, 0.5, 1], { ...way, throwOnFailure: false })
    const thrower: FieldFunction = (t, y, dy) => {
      if (t > 0.6) throw way
      decay(t, y, dy)
    }
    expect(outcome(() => odeint(thrower, [1, 2], [0, 0.5, 1], way))).toBe(way)
    outcome(() => odeint(decay, [1, Number.NaN], [0, 0.5, 1], way))
  }
  for (let i = 0; i < 100; i++) once(i)
  const before = core().memory.buffer.byteLength
  for (let i = 0; i < 1500; i++) once(i)
  expect(core().memory.buffer.byteLength).toBe(before)
})
