// Which component holds the step of a solve that gives up.

import { describe, expect, test } from 'vitest'
import { SolveError } from '../../src/core/errors.ts'
import { MLP } from '../../src/program/mlp.ts'
import { event } from '../../src/solve/event.ts'
import type { FieldFunction } from '../../src/solve/host-field.ts'
import { type OdeintOptions, odeint } from '../../src/solve/odeint.ts'
import { tableaus } from '../../src/tableaus/all.ts'
import { dopri8, tsit5 } from '../../src/tableaus/index.ts'
import type { Tableau } from '../../src/tableaus/tableau.ts'

function failure(run: () => unknown): SolveError {
  try {
    run()
  } catch (error) {
    if (error instanceof SolveError) return error
    throw error
  }
  throw new Error('the solve was expected to fail')
}

/** y_j' = -r_j (y_j - cos t), r_j = 1 but for one component. */
const following =
  (fast: number, sign = 1): FieldFunction =>
  (t, y, dy) => {
    for (let j = 0; j < y.length; j++) dy[j] = -sign * (j === fast ? 40 : 1) * ((y[j] as number) - Math.cos(t))
  }

const adaptive: readonly Tableau[] = Object.values(tableaus).filter((method) => method.error)

describe.each(adaptive)('$name', (solver) => {
  test.each([0, 1, 4])('max steps: y[%d]', (fast) => {
    for (const y0 of [new Float64Array(5), new Float32Array(5)]) {
      for (const way of [{}, { dense: false }, { dt0: 0.3 }, { tStops: [0.01, 0.05] }] as OdeintOptions[]) {
        // The error of an estimated first step may be all rounding.
        for (let maxSteps = way.dt0 ? 1 : 3; maxSteps <= 12; maxSteps++) {
          const sign = maxSteps % 2 ? 1 : -1
          const options = { solver, ...way, rtol: 1e-4, atol: 1e-4, maxSteps, tStops: way.tStops ? [sign * 0.01] : [] }
          const error = failure(() => odeint(following(fast, sign), y0, [0, sign * 50], options))
          expect(error).toMatchObject({ status: 'max steps', row: 0, component: fast })
          expect(error.message).toContain(`of ${sign * 50}; the step is held by y[${fast}]. Loosen`)
        }
      }
    }
  })

  test.each(['f32', 'f64'] as const)('the row of a batch, %s', (dtype) => {
    using field = new MLP([3, 3], { dtype })
    field.parameters = [-1, 0, 0, 0, -30, 0, 0, 0, -2, 0, 0, 0]
    for (const batch of [1, 3, 5, 17]) {
      // Where every row but one is nearly at rest.
      const row = batch - 1 - (batch >> 2)
      const x = Array.from({ length: 3 * batch }, (_, i) => (Math.floor(i / 3) === row ? 1 : 2 ** -20))
      const error = failure(() => odeint(field, x, [0, 100], { solver, maxSteps: 4, atol: 1e-3 }))
      expect(error).toMatchObject({ status: 'max steps', row, component: 1 })
      expect(error.message).toContain(`the step is held by y[1]${row ? ` of row ${row}` : ''}. Loosen`)
    }
  })

  test('step underflow: the component with the pole', () => {
    for (const fast of [0, 2]) {
      const field: FieldFunction = (_, y, dy) => {
        for (let j = 0; j < 3; j++) dy[j] = j === fast ? (y[j] as number) ** 2 : -(y[j] as number)
      }
      for (const y0 of [[1, 1, 1], Float32Array.of(1, 1, 1)]) {
        const error = failure(() => odeint(field, y0, [0, 2], { solver, maxSteps: 1e6, dense: false }))
        expect(error).toMatchObject({ row: 0, component: fast })
        if (error.status === 'step underflow')
          expect(error.message).toMatch(new RegExp(`too small to advance; the step is held by y\\[${fast}\\]\\. The`))
      }
    }
  })
})

test('of two error rows the one that the step follows', () => {
  // A quadrature of t^4 has no error of order 5; the lower estimate, which only scales, would name it.
  const field: FieldFunction = (t) => [1e3 * t ** 4, Math.cos(3 * t)]
  for (let maxSteps = 2; maxSteps < 6; maxSteps++) {
    const options = { solver: dopri8, dt0: 0.1, dtMax: 1, rtol: 1e-12, atol: 1e-12, maxSteps }
    expect(failure(() => odeint(field, [1, 0], [0, 50], options)).component).toBe(1)
  }
})

test('with events, and in a later piece', () => {
  const kick = event((t) => t - 0.5, { apply: (_, y) => y })
  const options = { solver: tsit5, rtol: 1e-6, atol: 1e-6, events: [kick] }
  for (const maxSteps of [4, 60]) {
    const error = failure(() => odeint(following(1), [0, 0, 0], [0, 90], { ...options, maxSteps }))
    expect(error).toMatchObject({ status: 'max steps', row: 0, component: 1 })
    expect(error.t > 0.5).toBe(maxSteps === 60)
  }
})

test('none where no step was tried, or another limit ended the solve', () => {
  for (const options of [{ maxNfe: 20 }, { signal: AbortSignal.abort() }]) {
    const error = failure(() => odeint(following(1), [0, 0], [0, 90], options))
    expect(error).toMatchObject({ row: -1, component: -1 })
    expect(error.message).not.toContain('held by')
  }
  // The very first step is lost in t.
  const error = failure(() => odeint(following(1), [0, 0], [1e20, 2e20], { dt0: 1e-3 }))
  expect(error).toMatchObject({ status: 'step underflow', row: -1, component: -1 })
  expect(error.message).toContain('too small to advance. The')
})

test('a model that runs out of steps names it, too', () => {
  using field = new MLP([3, 3], { dtype: 'f64' })
  field.parameters = [-1, 0, 0, 0, -30, 0, 0, 0, -2, 0, 0, 0]
  const error = failure(() => odeint(field, [1, 1, 1], [0, 9], { maxSteps: 5, dense: false }))
  expect(error).toMatchObject({ component: 1, row: 0 })
})
