// Fields that go wrong and solutions that blow up: no hang, no number that is not finite with a good status, and a core that
// can be used again. `fields.test.ts`: what else a field may do.

import { afterEach, describe, expect, test } from 'vitest'
import { SolveError } from '../../src/core/errors.ts'
import { MLP } from '../../src/program/mlp.ts'
import type { FieldFunction } from '../../src/solve/host-field.ts'
import { type OdeintOptions, odeint } from '../../src/solve/odeint.ts'
import { bosh3, dopri5, midpoint, rk4, tsit5 } from '../../src/tableaus/index.ts'

let calls = 0

/** A scalar field that counts its calls. */
const scalar =
  (f: (t: number, y: number) => number): FieldFunction =>
  (t, y, dy) => {
    calls++
    dy[0] = f(t, y[0] as number)
  }

const good = scalar((_, y) => -y)

afterEach(() => {
  expect(odeint(good, [1], [0, 1]).y[0]).toBeCloseTo(Math.exp(-1), 6)
  calls = 0
})

function failure(
  field: FieldFunction,
  y0: number[] | Float32Array,
  ts: number[],
  options: OdeintOptions = {},
): SolveError {
  calls = 0
  const before = performance.now()
  let thrown: unknown
  try {
    odeint(field, y0, ts, options)
  } catch (caught) {
    thrown = caught
  }
  expect(thrown).toBeInstanceOf(SolveError)
  const error = thrown as SolveError
  expect(performance.now() - before).toBeLessThan(2000)
  expect(error.name).toBe('SolveError')
  expect(error.message).toContain(error.status)
  expect(error.message).toContain(`t = ${error.t}`)
  expect(error.stats.nfe).toBe(calls)
  return error
}

describe('statuses', () => {
  test('not finite at the start: two evaluations at most', () => {
    for (const options of [{}, { solver: rk4, steps: 5 }, { solver: tsit5, dt0: 0.1 }]) {
      const zero: FieldFunction = (t, y) => {
        calls++
        return [1, t / (y[1] as number)]
      }
      const error = failure(zero, [1, 0], [0, 1], options)
      expect(error).toMatchObject({ status: 'non-finite field', t: 0, row: 0, component: 1 })
      expect(error.stats.nfe).toBeLessThanOrEqual(2)
      expect(error.message).toContain('the derivative of y[1] is not finite')
    }
  })

  test('a component that is never written', () => {
    const half: FieldFunction = (_, __, dy) => {
      calls++
      dy[0] = 1
    }
    const error = failure(half, [1, 1], [0, 1])
    expect(error).toMatchObject({ status: 'non-finite field', component: 1 })
  })

  test('not finite from some time on: the last good time, in few rejections', () => {
    for (const bad of [Number.NaN, Number.POSITIVE_INFINITY]) {
      const error = failure(
        scalar((t) => (t > 0.5 ? bad : 1)),
        [0],
        [0, 1],
      )
      expect(error).toMatchObject({ status: 'non-finite field', row: 0, component: 0 })
      expect(error.t).toBeCloseTo(0.5, 6)
      expect(error.t).toBeLessThanOrEqual(0.5)
      expect(error.stats.rejected).toBeLessThanOrEqual(60)
      // The state there comes with the error: y' = 1.
      expect(error.y).toHaveLength(1)
      expect(error.y[0]).toBeCloseTo(error.t, 14)
    }
  })

  test('not finite for a moment only: the steps go around it', () => {
    // The step across shrinks until no stage falls into the hole.
    const { y } = odeint(
      scalar((t) => (Math.abs(t - 0.5) < 1e-4 ? Number.NaN : 1)),
      [0],
      [0, 0.4999],
    )
    expect(y[0]).toBeCloseTo(0.4999, 12)
  })

  test.each([dopri5, tsit5, bosh3])('$name: a solution that blows up', (solver) => {
    // y' = y^2 and y' = e^y have a pole at 1.
    for (const f of [(_: number, y: number) => y * y, (_: number, y: number) => Math.exp(y)]) {
      const start = f(0, 1) === 1 ? 1 : 0
      const error = failure(scalar(f), [start], [0, 2], { solver })
      expect(['step underflow', 'non-finite state', 'non-finite field']).toContain(error.status)
      expect(Math.abs(error.t - 1)).toBeLessThan(1e-5)
    }
    const early = failure(
      scalar((_, y) => y * y),
      [1],
      [0, 2],
      { solver, rtol: 1e-9, atol: 1e-9 },
    )
    expect(Math.abs(early.t - 1)).toBeLessThan(1e-7)
  })

  test('steps run out', () => {
    const error = failure(good, [1], [0, 10], { maxSteps: 5 })
    expect(error).toMatchObject({ status: 'max steps', row: 0, component: 0 })
    expect(error.stats.steps).toBe(5)
    expect(error.message).toMatch(
      /5 steps reached t = [\d.]+ of 10; the step is held by y\[0\]\. Loosen rtol\/atol, raise maxSteps/,
    )
    // A stiff field: lambda h is bounded by stability, so 1e6 time units take some 3e8 steps.
    expect(
      failure(
        scalar((t, y) => -1000 * (y - Math.cos(t))),
        [0],
        [0, 1e6],
      ).status,
    ).toBe('max steps')
  })

  test('a state beyond the largest number is not a result', () => {
    // No derivative is at fault here, and an infinite state would have no error: its scale is infinite as well.
    for (const options of [
      { dt0: 1 },
      { solver: bosh3, dt0: 0.5 },
      { solver: rk4, steps: 10 },
      { solver: dopri5, dt: 0.7 },
    ]) {
      const error = failure(
        scalar(() => 1e308),
        [0],
        [0, 10],
        options,
      )
      expect(error).toMatchObject({ status: 'non-finite state', component: 0 })
      expect(error.t).toBeGreaterThanOrEqual(1)
      // Where y passes the largest number, but for the rounding of a sum of some forty steps.
      expect(error.t).toBeLessThan((Number.MAX_VALUE / 1e308) * (1 + 1e-14))
    }
    expect(() =>
      odeint(
        scalar(() => 1e38),
        Float32Array.of(0),
        [0, 10],
        { dt0: 1 },
      ),
    ).toThrow(SolveError)
  })

  test.each([bosh3, midpoint, dopri5])('$name: a stage that only dense output uses', (solver) => {
    // bosh3 and dopri5 evaluate the end of a step without using it for the step; midpoint does so with the start.
    const hole = solver === midpoint ? 0.75 : 1
    const error = failure(
      scalar((t) => (t === hole ? Number.NaN : 1)),
      [0],
      [0, 0.9, 1],
      { solver, steps: 4 },
    )
    expect(error.status).toMatch(/^non-finite/)
  })

  test('a scale of zero', () => {
    expect(odeint(good, [0], [0, 1], { atol: 0 }).y[0]).toBe(0)
    // The component leaves 0, where no error at all was allowed: a status or a result, but no hang and no NaN.
    expect(
      odeint(
        scalar((_, y) => 1 - y),
        [0],
        [0, 1],
        { atol: 0 },
      ).y[0],
    ).toBeCloseTo(1 - Math.exp(-1), 6)
    expect(
      odeint(
        scalar(() => 1e-20),
        [0],
        [0, 1],
        { atol: 0 },
      ).y[0],
    ).toBeCloseTo(1e-20, 30)
    const fromNothing: FieldFunction = (_, y) => {
      calls++
      return [1e-20, y[1] as number]
    }
    expect(failure(fromNothing, [0, 1], [0, 1], { atol: 0 }).status).toBe('step underflow')
  })

  test('a row of a batch is named', () => {
    using field = new MLP([1, 1], { outputActivation: 'exp', dtype: 'f64' })
    field.parameters = [1, 0]
    let thrown: unknown
    try {
      odeint(field, [-5, -5, 1, -5], [0, 3])
    } catch (error) {
      thrown = error
    }
    expect(thrown).toBeInstanceOf(SolveError)
    expect((thrown as SolveError).t).toBeCloseTo(Math.exp(-1), 5)
    const all = new Float64Array(4).fill(-5)
    all[2] = 800
    expect(() => odeint(field, all, [0, 3])).toThrow('the derivative of y[0] of row 2 is not finite')
  })
})
