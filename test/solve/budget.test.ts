// What ends a solve early, and who watches it: the same bits with and without.

import { afterEach, describe, expect, test } from 'vitest'
import { SolveError } from '../../src/core/errors.ts'
import { NeuralODE } from '../../src/models/neural-ode.ts'
import { MLP } from '../../src/program/mlp.ts'
import type { StepInfo } from '../../src/solve/budget.ts'
import type { FieldFunction } from '../../src/solve/host-field.ts'
import { type OdeintOptions, odeint } from '../../src/solve/odeint.ts'
import { tableaus } from '../../src/tableaus/all.ts'
import { dopri5, rk4, tsit5 } from '../../src/tableaus/index.ts'
import type { Tableau } from '../../src/tableaus/tableau.ts'
import { adaptiveHeun, scatter } from '../support/gradients.ts'

const methods: readonly Tableau[] = [...Object.values(tableaus), adaptiveHeun]

const swirl: FieldFunction = (t, y, dy) => {
  const [u, v] = [y[0] as number, y[1] as number]
  dy[0] = Math.sin(3 * t) - u * v
  dy[1] = u - 0.3 * v + 0.1 * t
}
const TS = [0, 1, 4, 9]
const clean = odeint(swirl, [1, 2], TS)

afterEach(() => expect(odeint(swirl, [1, 2], TS).ys).toEqual(clean.ys))

/** The error of a solve that must fail, for a reason that was asked for. */
function ended(options: OdeintOptions, field = swirl, ts: readonly number[] = TS): SolveError {
  try {
    odeint(field, [1, 2], ts, options)
  } catch (error) {
    expect(error).toBeInstanceOf(SolveError)
    return error as SolveError
  }
  throw new Error('the solve was expected to fail')
}

describe('onStep', () => {
  test.each(methods)('$name: sees every step, and changes no bit', (solver) => {
    const ways: OdeintOptions[] = [{ steps: 30 }, { dt: 0.7, tStops: [2.5], discontinuities: [3] }]
    if (solver.error)
      ways.push({ rtol: 1e-5, atol: 1e-5, maxSteps: 1e6 }, { tStops: [2.5], rtol: 1e-4, discontinuities: [3] })
    for (const way of ways) {
      for (const y0 of [[1, 2], Float32Array.of(1, 2)]) {
        const options = { solver, rtol: 1e-4, atol: 1e-4, ...way }
        const alone = odeint(swirl, y0, TS, options)
        const steps: StepInfo[] = []
        const watched = odeint(swirl, y0, TS, { ...options, onStep: (step) => void steps.push(step), maxMs: 1e9 })
        expect(watched.ys).toEqual(alone.ys)
        expect(watched.stats).toEqual(alone.stats)
        expect(watched.at(3.3)).toEqual(alone.at(3.3))
        const good = steps.filter(({ accepted }) => accepted)
        expect([0, ...good.map(({ t }) => t)]).toEqual([...alone.stepTimes])
        expect(steps).toHaveLength(alone.stats.steps)
        expect(steps.map((step) => step.steps)).toEqual(steps.map((_, i) => i + 1))
        expect(steps[steps.length - 1]?.nfe).toBe(alone.stats.nfe)
        for (const [i, { t, h }] of good.entries()) {
          expect(Math.abs(t - (alone.stepTimes[i] as number) - h)).toBeLessThan(1e-14 * (1 + t))
        }
        const adaptive = way.steps === undefined && way.dt === undefined
        for (const { accepted, error } of steps) {
          if (!adaptive) expect(error).toBeUndefined()
          else if (accepted) expect(error).toBeLessThanOrEqual(1)
          else expect(error).toBeGreaterThan(1)
        }
      }
    }
  })

  test('backward, on a network, and with rejected steps', () => {
    using field = new MLP([3, 9, 3], { activation: 'relu', seed: 1 })
    const steps: StepInfo[] = []
    const options = { rtol: 1e-5, atol: 1e-5, dt0: 3 }
    const x = [...scatter(15)].map(Math.fround)
    const alone = odeint(field, x, [2, -2], options)
    const watched = odeint(field, x, [2, -2], { ...options, onStep: (step) => void steps.push(step) })
    expect(watched.ys).toEqual(alone.ys)
    expect(steps.every(({ h }) => h < 0)).toBe(true)
    expect(steps.filter(({ accepted }) => !accepted)).toHaveLength(alone.stats.rejected)
    expect(alone.stats.rejected).toBeGreaterThan(0)
  })

  test('what it throws arrives as it is, at any step', () => {
    for (const way of [{}, { solver: rk4, steps: 40 }]) {
      for (let k = 1; k <= 20; k++) {
        const error = new Error(`step ${k}`)
        let calls = 0
        const onStep = (): void => {
          if (++calls === k) throw error
        }
        expect(() => odeint(swirl, [1, 2], TS, { ...way, onStep })).toThrow(error)
        expect(calls).toBe(k)
      }
    }
  })

  test('may solve something itself', () => {
    const onStep = (): void => void odeint(swirl, [3, 4], [0, 0.1], { solver: rk4, steps: 2, onStep: () => {} })
    expect(odeint(swirl, [1, 2], TS, { onStep }).ys).toEqual(clean.ys)
  })

  test('no step, no call; an empty batch neither', () => {
    const never = (): void => {
      throw new Error('called')
    }
    expect(odeint(swirl, [1, 2], [3, 3], { onStep: never }).y).toEqual(Float64Array.of(1, 2))
    using field = new MLP([2, 3, 2])
    expect(odeint(field, [], [0, 1], { onStep: never, maxNfe: 1 }).y).toHaveLength(0)
  })
})

describe('maxNfe', () => {
  test('no step begins after so many evaluations', () => {
    for (const way of [{ solver: dopri5 }, { solver: tsit5, dt0: 0.1 }, { solver: rk4, steps: 100 }]) {
      for (const maxNfe of [1, 5, 50, 99]) {
        const error = ended({ ...way, maxNfe })
        expect(error).toMatchObject({ status: 'max evaluations', row: -1, component: -1 })
        expect(error.message).toContain(`${error.stats.nfe} evaluations reached t = ${error.t} of 9.`)
        expect(error.stats.nfe).toBeGreaterThanOrEqual(maxNfe)
        expect(error.stats.nfe).toBeLessThan(maxNfe + 8)
      }
    }
    expect(odeint(swirl, [1, 2], TS, { maxNfe: clean.stats.nfe }).ys).toEqual(clean.ys)
    expect(odeint(swirl, [1, 2], TS, { maxNfe: Number.POSITIVE_INFINITY }).ys).toEqual(clean.ys)
  })

  test('of a model', () => {
    using field = new MLP([2, 5, 2], { seed: 1 })
    const node = new NeuralODE(field, { maxNfe: 3, rtol: 1e-6 })
    expect(() => node.forward([1, 2])).toThrow(/^max evaluations: /)
    expect(new NeuralODE(field, { maxNfe: 1000 }).forward([1, 2])).toEqual(new NeuralODE(field).forward([1, 2]))
  })
})

describe('maxMs', () => {
  test('ends a solve that would go on', () => {
    const stiff: FieldFunction = (t, y, dy) => {
      dy[0] = -1e5 * ((y[0] as number) - Math.cos(t))
      dy[1] = 0
    }
    const before = performance.now()
    const error = ended({ maxMs: 40, maxSteps: 2 ** 30 }, stiff, [0, 1e6])
    const after = performance.now() - before
    expect(error).toMatchObject({ status: 'time over' })
    expect(error.message).toContain(`t = ${error.t} of 1000000`)
    expect(after).toBeGreaterThanOrEqual(39)
    expect(after).toBeLessThan(2000)
    // As far as it came, it is the solve without a limit.
    const { solution, t } = error
    const again = odeint(stiff, [1, 2], [0, t / 2], { maxSteps: 2 ** 30 })
    expect(solution?.at(t / 2)).toEqual(again.y)
  })
})

describe('signal', () => {
  test('aborted by onStep or by the field: the solve ends before its next step', () => {
    for (const way of [{}, { solver: rk4, steps: 40 }]) {
      const controller = new AbortController()
      const reason = new Error('enough')
      let steps = 0
      const onStep = (): void => {
        if (++steps === 7) controller.abort(reason)
      }
      const error = ended({ ...way, signal: controller.signal, onStep })
      expect(error).toMatchObject({ status: 'aborted', cause: reason })
      expect(error.stats.steps).toBe(7)
      expect(steps).toBe(7)
      const other = new AbortController()
      const field: FieldFunction = (t, y, dy) => {
        if (t > 2) other.abort()
        swirl(t, y, dy)
      }
      expect(ended({ ...way, signal: other.signal }, field)).toMatchObject({ status: 'aborted' })
    }
  })

  test('aborted beforehand: nothing is evaluated', () => {
    let calls = 0
    const field: FieldFunction = (t, y, dy) => {
      calls++
      swirl(t, y, dy)
    }
    const error = ended({ signal: AbortSignal.abort() }, field)
    expect(error).toMatchObject({ status: 'aborted', t: 0, stats: { nfe: 0, steps: 0 } })
    expect(calls).toBe(0)
    expect([...error.y]).toEqual([1, 2])
    expect(error.solution?.ts).toEqual(Float64Array.of(0))
    expect(error.solution?.ys).toEqual([Float64Array.of(1, 2)])
    expect(error.solution?.at(0)).toEqual(Float64Array.of(1, 2))
  })

  test('one that is never aborted changes nothing', () => {
    expect(odeint(swirl, [1, 2], TS, { signal: new AbortController().signal }).ys).toEqual(clean.ys)
  })
})

test.each<[string, object, new () => Error, string]>([
  ['maxNfe 0', { maxNfe: 0 }, RangeError, 'maxNfe must be an integer from 1'],
  ['maxNfe NaN', { maxNfe: Number.NaN }, RangeError, 'maxNfe must be an integer from 1'],
  ['maxNfe 1.5', { maxNfe: 1.5 }, RangeError, 'maxNfe must be an integer from 1'],
  ['maxMs 0', { maxMs: 0 }, RangeError, 'maxMs must be a finite number > 0, got 0'],
  ['maxMs NaN', { maxMs: Number.NaN }, RangeError, 'maxMs must be a finite number > 0, got NaN'],
  ['maxMs infinite', { maxMs: Number.POSITIVE_INFINITY }, RangeError, 'maxMs must be a finite number > 0'],
  ['signal true', { signal: true }, TypeError, 'signal must be an AbortSignal, got true'],
  ['signal null', { signal: null }, TypeError, 'signal must be an AbortSignal, got null'],
  ['its controller', { signal: new AbortController() }, TypeError, 'signal must be an AbortSignal'],
  ['onStep text', { onStep: 'log' }, TypeError, 'onStep must be a function, got string'],
  ['throwOnFailure 0', { throwOnFailure: 0 }, RangeError, 'throwOnFailure must be one of true, false, got 0'],
])('refused: %s', (_, options, type, message) => {
  let calls = 0
  const field: FieldFunction = (t, y, dy) => {
    calls++
    swirl(t, y, dy)
  }
  expect(() => odeint(field, [1, 2], TS, options)).toThrow(type)
  expect(() => odeint(field, [1, 2], TS, options)).toThrow(message)
  expect(calls).toBe(0)
})
