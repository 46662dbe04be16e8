// A field that throws at its k-th call, for every k up to 200, in every method and way of stepping: the same object comes out, no
// call follows, and the next solve has the bits it would have had.

import { describe, expect, test } from 'vitest'
import { event } from '../../src/solve/event.ts'
import type { FieldFunction } from '../../src/solve/host-field.ts'
import { type OdeintOptions, odeint } from '../../src/solve/odeint.ts'
import * as methods from '../../src/tableaus/index.ts'
import type { Method } from '../../src/tableaus/tableau.ts'

const spin: FieldFunction = (t, y, dy) => {
  dy[0] = (y[1] as number) + Math.cos(t)
  dy[1] = -(y[0] as number)
}

const isMethod = (entry: [string, unknown]): entry is [string, Method] =>
  typeof entry[1] === 'object' && entry[1] !== null && 'order' in entry[1]
const solvers = Object.entries(methods as Readonly<Record<string, unknown>>).filter(isMethod)

const WAYS: Readonly<Record<string, OdeintOptions>> = {
  adaptive: { rtol: 1e-9, atol: 1e-9, maxSteps: 1e7 },
  'adaptive, watched': { rtol: 1e-9, atol: 1e-9, maxSteps: 1e7, onStep: () => {} },
  'adaptive, with events': { rtol: 1e-9, atol: 1e-9, maxSteps: 1e7, events: [event({ a: [1, 0] })] },
  'adaptive, with stops': { rtol: 1e-9, atol: 1e-9, maxSteps: 1e7, tStops: [0.5], discontinuities: [0.7] },
  'equal steps': { steps: 300 },
  'steps of a length': { dt: 0.05, dense: false },
}

/** A method without an estimate has fixed steps only, a Rosenbrock method adaptive ones only. */
const takes = (solver: Method, { rtol }: OdeintOptions): boolean =>
  rtol === undefined ? solver !== methods.rodas4 : solver === methods.rodas4 || 'error' in solver

describe.each(solvers)('%s', (_, solver) => {
  test.each(Object.entries(WAYS).filter(([, options]) => takes(solver, options)))('%s', (way, options) => {
    for (const [y0, t1] of [
      [Float64Array.of(1, 2), 20],
      [Float32Array.of(1, 2), -20],
    ] as const) {
      const wide = y0 instanceof Float64Array
      const stepping: OdeintOptions = { ...options, solver, ...(!wide && options.rtol && { rtol: 1e-5, atol: 1e-7 }) }
      let calls = 0
      let last = Number.POSITIVE_INFINITY
      const error = new Error(way)
      const field: FieldFunction = (t, y, dy) => {
        if (++calls === last) throw error
        spin(t, y, dy)
      }
      const clean = odeint(field, y0, [0, t1 / 20, t1], stepping)
      const all = Math.min(200, calls)
      expect(all).toBeGreaterThan(wide ? 199 : 100)
      for (let k = 1; k <= all; k++) {
        calls = 0
        last = k
        let thrown: unknown
        try {
          odeint(field, y0, [0, t1 / 20, t1], stepping)
        } catch (caught) {
          thrown = caught
        }
        expect(thrown).toBe(error)
        expect(calls).toBe(k)
      }
      last = Number.POSITIVE_INFINITY
      expect(odeint(field, y0, [0, t1 / 20, t1], stepping).ys).toEqual(clean.ys)
    }
  })
})
