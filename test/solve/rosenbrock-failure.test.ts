// What can go wrong with a Rosenbrock solve: matrices without an inverse, derivatives that are no numbers, misuse.

import { afterEach, describe, expect, test } from 'vitest'
import { SolveError } from '../../src/core/errors.ts'
import type { FieldFunction } from '../../src/solve/host-field.ts'
import { type OdeintOptions, odeint } from '../../src/solve/odeint.ts'
import { rodas4, rosenbrock, tsit5 } from '../../src/tableaus/index.ts'

const growth: FieldFunction = (_, y, dy) => {
  for (let i = 0; i < y.length; i++) dy[i] = 4 * (y[i] as number)
}
const jac: OdeintOptions['jac'] = (_, y, J) => {
  for (let i = 0; i < y.length; i++) J[i * y.length + i] = 4
}

afterEach(() => {
  expect(odeint(growth, [1], [0, 1], { solver: rodas4 }).y[0]).toBeCloseTo(Math.exp(4), 2)
})

function failure(field: FieldFunction, y0: number[], ts: number[], options: OdeintOptions = {}): SolveError {
  const before = performance.now()
  let thrown: unknown
  try {
    odeint(field, y0, ts, { solver: rodas4, ...options })
  } catch (caught) {
    thrown = caught
  }
  expect(performance.now() - before).toBeLessThan(2000)
  expect(thrown).toBeInstanceOf(SolveError)
  return thrown as SolveError
}

describe('statuses', () => {
  // I / gamma - h J = 4 - 4 h: nothing at h = 1.
  test('a singular matrix: rejected, and the next step is shorter', () => {
    const { y, stats, stepTimes } = odeint(growth, [1, 2], [0, 2], {
      solver: rodas4,
      dt0: 1,
      jac,
      rtol: 1e-8,
      atol: 1e-8,
    })
    expect(stats.rejected).toBeGreaterThan(0)
    expect(stepTimes[1]).toBeLessThan(0.3)
    expect(Math.abs((y[0] as number) / Math.exp(8) - 1)).toBeLessThan(1e-6)
    expect(y[1]).toBeCloseTo(2 * (y[0] as number), 6)
  })

  test('a singular matrix that cannot be avoided', () => {
    const second: OdeintOptions['jac'] = (_, __, J) => {
      J[0] = 1
      J[3] = 4
    }
    expect(failure(growth, [1, 1], [0, 2], { dt: 1, jac: second })).toMatchObject({
      status: 'non-finite state',
      t: 0,
      component: 1,
    })
  })

  test('derivatives that are not finite: the component is named', () => {
    for (const bad of [Number.NaN, Number.POSITIVE_INFINITY]) {
      for (const steps of [{}, { dt0: 0.1 }]) {
        const later: OdeintOptions['jac'] = (t, y, J) => {
          jac(t, y, J)
          if (t > 0.5) J[3] = bad
        }
        const error = failure(growth, [1, 1], [0, 2], { jac: later, ...steps })
        expect(error).toMatchObject({ status: 'non-finite field', component: 1 })
        expect(error.t).toBeGreaterThan(0.5)
        expect(error.stats.rejected).toBeLessThanOrEqual(60)
        expect(error.message).toContain('the derivative of y[1] is not finite')
        const rate = failure(growth, [1, 1], [0, 2], {
          dfdt: (_t, _y, dfdt) => {
            dfdt[0] = bad
          },
        })
        expect(rate).toMatchObject({ status: 'non-finite field', t: 0, component: 0 })
      }
    }
  })

  test('a field that is not finite from some time on', () => {
    const hole: FieldFunction = (t, y) => [1, t > 0.5 ? Number.NaN : (y[0] as number)]
    const error = failure(hole, [0, 0], [0, 1])
    expect(error).toMatchObject({ status: 'non-finite field', component: 1 })
    expect(error.t).toBeLessThanOrEqual(0.5)
    expect(error.t).toBeCloseTo(0.5, 5)
    const start: FieldFunction = () => [Number.NaN]
    expect(failure(start, [1], [0, 1])).toMatchObject({ status: 'non-finite field', t: 0, component: 0 })
  })

  test('a solution that blows up', () => {
    // A pole at 1.
    const error = failure((_, [u]) => [(u as number) ** 2], [1], [0, 2], { rtol: 1e-8, atol: 1e-8 })
    expect(['step underflow', 'non-finite state', 'non-finite field', 'max steps']).toContain(error.status)
    expect(Math.abs(error.t - 1)).toBeLessThan(1e-5)
  })

  test('steps run out', () => {
    expect(failure(growth, [1], [0, 10], { maxSteps: 3 })).toMatchObject({ status: 'max steps' })
  })

  test('no tolerance for a component at 0', () => {
    const { y } = odeint((_, [u]) => [1 - (u as number)], [0], [0, 1], { solver: rodas4, atol: 0 })
    expect(y[0]).toBeCloseTo(1 - Math.exp(-1), 5)
  })

  test('a state beyond the range of a difference', () => {
    const { y } = odeint((_, [u]) => [-(u as number)], [1e300], [0, 1], { solver: rodas4 })
    expect((y[0] as number) / 1e300).toBeCloseTo(Math.exp(-1), 5)
  })
})

describe('functions beside the field', () => {
  test('what they throw passes', () => {
    const own = new Error('own')
    const thrower = (): never => {
      throw own
    }
    for (const options of [{ jac: thrower }, { dfdt: thrower }]) {
      expect(() => odeint(growth, [1], [0, 1], { solver: rodas4, ...options })).toThrow(own)
    }
  })

  test('they may return arrays, and another solver does not call them', () => {
    const options = { jac: () => [4], dfdt: () => [0] } as unknown as OdeintOptions
    const wanted = odeint(growth, [1], [0, 1], { solver: rodas4, jac, dfdt: () => {} })
    expect(odeint(growth, [1], [0, 1], { solver: rodas4, ...options }).y).toEqual(wanted.y)
    const never = (): never => {
      throw new Error('called')
    }
    expect(odeint(growth, [1], [0, 1], { solver: tsit5, jac: never, dfdt: never }).y[0]).toBeCloseTo(Math.exp(4), 3)
  })

  test('a solve inside', () => {
    const nested: OdeintOptions['jac'] = (t, y, J) => {
      jac(t, y, J)
      expect(odeint(growth, [1], [0, 1], { solver: rodas4, jac }).y[0]).toBeCloseTo(Math.exp(4), 2)
    }
    const plain = odeint(growth, [1, 2], [0, 1], { solver: rodas4, jac })
    expect(odeint(growth, [1, 2], [0, 1], { solver: rodas4, jac: nested }).y).toEqual(plain.y)
  })

  test.each<[string, object, string]>([
    ['jac no function', { jac: 3 }, 'jac must be a function (t, y, J), got number'],
    ['dfdt no function', { dfdt: [1] }, 'dfdt must be a function (t, y, dfdt), got object'],
    ['rows too short', { jac: () => [1, 2] }, 'field returned 2 values, expected 4'],
  ])('%s', (_, options, message) => {
    expect(() => odeint(growth, [1, 2], [0, 1], { solver: rodas4, ...options })).toThrow(TypeError)
    expect(() => odeint(growth, [1, 2], [0, 1], { solver: rodas4, ...options })).toThrow(message)
  })
})

test('the core for inference has no such steps', () => {
  expect(() => rodas4.allow(false, false)).toThrow('rodas4 needs the whole core: import from relode')
  expect(() => rodas4.allow(true, false)).not.toThrow()
})

test('a tableau of one`s own', () => {
  // Linearly implicit Euler, embedded in itself with half a step of error: order 1, L-stable.
  const euler = rosenbrock({
    name: 'linearly implicit Euler',
    order: 1,
    source: 'Hairer, Wanner II, IV.9',
    gamma: 1,
    c: [0, 1],
    gammas: [1, 0],
    a: [[], [1]],
    C: [[], [-1]],
    b: [1, 0],
    error: [0, 1],
    dense: { order: 1, rows: [[1], [0]] },
  })
  const error = (steps: number): number =>
    (odeint(growth, [1], [0, 0.5], { solver: euler, steps }).y[0] as number) - Math.exp(2)
  expect(error(2000) / error(1000)).toBeCloseTo(0.5, 2)
  const { y } = odeint((_, [u]) => [-1e6 * ((u as number) - 1)], [0], [0, 1], { solver: euler })
  expect(y[0]).toBeCloseTo(1, 3)
})
