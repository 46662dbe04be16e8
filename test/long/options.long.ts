// Options at random, sound ones and bad ones together: a result, or an error that names what is wrong; never a number that is none with
// a good status, and never more than two seconds.

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { SolveError } from '../../src/core/errors.ts'
import { MLP } from '../../src/program/mlp.ts'
import { event } from '../../src/solve/event.ts'
import type { FieldFunction } from '../../src/solve/host-field.ts'
import { type OdeintOptions, odeint } from '../../src/solve/odeint.ts'
import * as methods from '../../src/tableaus/index.ts'

const { NaN: nan, POSITIVE_INFINITY: inf } = Number
/** What may stand where a number should. */
const odd = fc.constantFrom<unknown>(nan, inf, -inf, -1, 0, -0, 5e-324, 1e-300, 1e300, '1', null, [], {}, true)
const small = fc.double({ min: 1e-14, max: 1, noNaN: true })
const either = (sound: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> => fc.oneof({ weight: 60, arbitrary: sound }, odd)
/** Of two options that exclude each other. */
const rarely = (sound: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> =>
  fc.oneof({ weight: 8, arbitrary: fc.constant(undefined) }, either(sound))
const several = (one: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> => fc.array(one, { maxLength: 4 })
const tolerance = fc.oneof(either(small), fc.array(either(small), { minLength: 2, maxLength: 2 }))
const time = fc.double({ min: -3, max: 3, noNaN: true })

/** Counts and lengths of steps stay where a sound solve ends in time. */
const OPTIONS = fc.record(
  {
    solver: either(
      fc.constantFrom(
        ...Object.values(methods as Readonly<Record<string, unknown>>).filter((method) => typeof method === 'object'),
      ),
    ),
    rtol: tolerance,
    atol: tolerance,
    dt: rarely(fc.double({ min: 1e-4, max: 10, noNaN: true })),
    steps: rarely(fc.integer({ min: 1, max: 20_000 })),
    dt0: either(small),
    dtMin: either(fc.double({ min: 1e-14, max: 1e-6, noNaN: true })),
    dtMax: either(fc.double({ min: 1e-6, max: 10, noNaN: true })),
    maxSteps: either(fc.integer({ min: 1, max: 20_000 })),
    maxNfe: either(fc.integer({ min: 1, max: 100_000 })),
    maxMs: either(fc.double({ min: 1, max: 1000, noNaN: true })),
    tStops: either(several(either(time))),
    discontinuities: either(several(either(time))),
    dense: either(fc.boolean()),
    throwOnFailure: either(fc.boolean()),
    controller: either(fc.constant(undefined)),
    onStep: either(fc.constant(() => {})),
    events: either(fc.constant([event({ a: [1, 0], b: -0.5 })])),
    signal: either(fc.constant(new AbortController().signal)),
  },
  { requiredKeys: [] },
)

const network = new MLP([2, 5, 2], { dtype: 'f64', seed: 3 })
const FIELDS: Readonly<Record<string, FieldFunction | MLP>> = {
  decay: (_, y) => Array.from(y, (v) => -v),
  swing: (t, y) => Array.from(y, (v, i) => Math.cos(t * (i + 1)) - v * v * v),
  pole: (_, y) => Array.from(y, (v) => v * v),
  stiff: (t, y) => Array.from(y, (v) => 1e5 * (Math.cos(t) - v)),
  hole: (t, y) => Array.from(y, () => (t > 0.7 ? nan : 1)),
  jump: (t, y) => Array.from(y, () => (t > 0.3 ? 1 : -1)),
  rest: (_, y) => Array.from(y, () => 0),
  network,
}
const STATES = either(fc.array(either(fc.double({ min: -3, max: 3, noNaN: true })), { minLength: 2, maxLength: 2 }))
const TIMES = either(
  fc.oneof(
    several(either(time)),
    several(time).map((ts) => (ts as number[]).sort((a, b) => a - b)),
  ),
)
/** What an error may be about: an argument, or two that do not go together. */
const NAMES =
  /\b(y0|ts|t1|rtol|atol|dt|steps|dt0|dtMin|dtMax|maxSteps|maxNfe|maxMs|tStops|discontinuities|solver|dense)\b/
const OTHERS = /\b(throwOnFailure|controller|onStep|events|signal|jac|dfdt|tableau)\b|rk|euler|heun|midpoint|ralston/

test('a result, a status, or an error that names its argument', () => {
  const outcomes = { ok: 0, status: 0, thrown: 0, refused: 0 }
  let slowest = 0
  const property = fc.property(
    fc.constantFrom(...Object.keys(FIELDS)),
    STATES,
    fc.boolean(),
    fc.oneof({ weight: 5, arbitrary: fc.constant([0, 0.5, 1]) }, TIMES),
    OPTIONS,
    (name, y0, single, ts, options) => {
      const state = single && Array.isArray(y0) && y0.every((v) => typeof v === 'number') ? Float32Array.from(y0) : y0
      const before = performance.now()
      try {
        const { ys, status } = odeint(
          FIELDS[name] as FieldFunction,
          state as never,
          ts as never,
          options as OdeintOptions,
        )
        expect(ys.every((y) => y.every(Number.isFinite))).toBe(true)
        outcomes[status === 'ok' ? 'ok' : 'status']++
        if (status === 'ok') expect(ys).toHaveLength((ts as number[]).length)
      } catch (error) {
        if (error instanceof SolveError) {
          outcomes.thrown++
          expect(error.y.every(Number.isFinite)).toBe(true)
        } else {
          outcomes.refused++
          if (!(error instanceof RangeError || error instanceof TypeError)) throw error
          if (!NAMES.test(error.message) && !OTHERS.test(error.message)) throw error
        }
      }
      const ms = performance.now() - before
      slowest = Math.max(slowest, ms)
      expect(ms).toBeLessThan(2000)
    },
  )
  fc.assert(property, { numRuns: 10_000, seed: 1 })
  console.log(outcomes, `slowest ${slowest.toFixed(0)} ms`)
  for (const count of Object.values(outcomes)) expect(count).toBeGreaterThan(100)
})
