// Solves beside their field, in JavaScript: everything that a solve says is what the core says, bit for bit.

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { writtenSteps } from '../../src/generated/direct-steps.ts'
import { hairerPI, pi, pid } from '../../src/solve/controller.ts'
import { direct } from '../../src/solve/direct/direct.ts'
import { keep } from '../../src/solve/direct/kept.ts'
import type { FieldFunction } from '../../src/solve/host-field.ts'
import { type OdeintOptions, odeint } from '../../src/solve/odeint.ts'
import type { Solution } from '../../src/solve/solution.ts'
import {
  bosh3,
  dopri5,
  dopri8,
  euler,
  fehlberg2,
  fehlberg45,
  heun21,
  rodas4,
  tsit5,
  vern7,
} from '../../src/tableaus/index.ts'
import { compile, type Tableau } from '../../src/tableaus/tableau.ts'
import { problems } from '../support/problems.ts'

const methods: readonly Tableau[] = [heun21, fehlberg2, bosh3, fehlberg45, dopri5, tsit5, vern7, dopri8]
const named = Object.fromEntries(methods.map((method) => [method.name, method]))

/** Everything that a solution says, and an error where there is one. */
function told(solution: Solution): unknown {
  const { ts, ys, stats, status, t, y, error } = solution
  const inside = stats.accepted > 0 ? [solution.at((ts[0] as number) * 0.3 + t * 0.7), solution.derivativeAt(t)] : []
  const failed = error && [error.message, error.step, error.row, error.component, error.stats, error.y, error.t]
  return { ts, ys, stats, status, t, y, inside, steps: solution.stepTimes, failed }
}

/** The calls that a solve makes, and what it says. */
function run(field: FieldFunction, y0: readonly number[], ts: readonly number[], options: OdeintOptions) {
  const calls: number[] = []
  const counted: FieldFunction = (t, y, dy) => {
    calls.push(t, ...y)
    return field(t, y, dy)
  }
  const solution = odeint(counted, y0, ts, { maxSteps: 3000, throwOnFailure: false, ...options })
  return { calls, solution }
}

function same(
  field: FieldFunction,
  y0: readonly number[],
  ts: readonly number[],
  options: OdeintOptions & { solver: Tableau },
): Solution {
  const mine = run(field, y0, ts, { ...options, solver: direct(options.solver) })
  const core = run(field, y0, ts, options)
  expect(told(mine.solution)).toEqual(told(core.solution))
  expect(mine.calls).toEqual(core.calls)
  expect(mine.calls.length).toBe(mine.solution.stats.nfe * (1 + y0.length))
  return mine.solution
}

describe.each(Object.keys(named))('%s', (name) => {
  const solver = named[name] as Tableau
  test.each(['A1', 'A3', 'A5', 'B1', 'B2', 'B5', 'C1', 'D5', 'E2', 'E5', 'LRNZ10', 'SPIRAL3', 'BRUS'])('%s', (id) => {
    const { field, y0, t1 } = problems[id] as (typeof problems)[string]
    const f = field as unknown as FieldFunction
    const start = Array.from(y0)
    for (const tol of [1e-2, 1e-5]) {
      same(f, start, [0, t1], { solver, rtol: tol, atol: tol })
      same(f, start, [0, t1 / 9, t1 / 7, t1], { solver, rtol: tol, atol: tol, controller: hairerPI })
    }
    same(f, start, [0, 0, t1 / 3, t1 / 3], { solver, controller: pid(), dt0: t1 / 5, dtMax: t1 / 4 })
    same(f, start, [0, -0.5], { solver, controller: pi(), rtol: 1e-4 })
    same(f, start, [0, t1 / 20], { solver, dtMin: t1 / 100, rtol: 1e-10 })
    same(f, start, [2], { solver })
    same(f, start, [2, 2], { solver })
  })

  test('tolerances of components, no relative tolerance, states without dense output', () => {
    const { field, y0, t1 } = problems['B1'] as (typeof problems)['B1']
    const f = field as unknown as FieldFunction
    same(f, [...y0], [0, t1], { solver, rtol: [1e-3, 0], atol: [0, 1e-7] })
    const options = { rtol: 0, atol: 1e-6, dense: false, maxSteps: 10 ** 6 }
    const mine = odeint(f, y0, [0, 1, t1], { ...options, solver: direct(solver) })
    const core = odeint(f, y0, [0, 1, t1], { ...options, solver })
    expect([mine.ys, mine.stats]).toEqual([core.ys, core.stats])
    expect(() => mine.at(0.5)).toThrow('dense: false')
  })

  test('what rests, bursts, overflows, jumps and ends', () => {
    const blowUp: FieldFunction = (_, y, dy) => {
      dy[0] = (y[0] as number) * (y[0] as number)
    }
    expect(same(blowUp, [1], [0, 2], { solver }).status).not.toBe('ok')
    same((_, _y, dy) => dy.fill(0), [1, -0], [0, 5, 7], { solver, dt0: 1 })
    same((t, _, dy) => dy.fill(Math.max(0, Math.sin(2 * Math.PI * t))), [0], [0, 3], { solver, dt0: 1 })
    same((_, y, dy) => dy.fill(1e300 * (y[0] as number)), [1e10], [0, 1], { solver })
    same((t, _, dy) => dy.fill(t > 0.5 ? Number.NaN : 1), [0, 1], [0, 1], { solver })
    same((t, _, dy) => dy.fill(t > 0.5 ? Infinity : 1), [0, 1], [0, 1], { solver })
    same((t, _, dy) => dy.fill(t > 0.5 && t < 0.500001 ? Number.NaN : 1), [0], [0, 1], { solver })
    same((_, y) => [y[1] as number], [1, 2].slice(1), [0, 1], { solver })
    same((_, _y, dy) => dy.fill(Number.NaN), [1, 2, 3], [0, 1], { solver })
    expect(same((_, y, dy) => dy.fill(-(y[0] as number)), [1], [0, 9], { solver, maxSteps: 3 }).status).toBe(
      'max steps',
    )
  })
})

test('stiffness is found where the core finds it', () => {
  const field: FieldFunction = (t, y, dy) => {
    dy[0] = -800 * ((y[0] as number) - Math.cos(t))
    dy[1] = -(y[1] as number)
  }
  for (const solver of [dopri5, dopri8])
    expect(same(field, [0, 1], [0, 3], { solver, rtol: 1e-4 }).stats.stiff).toBeGreaterThan(0)
})

test('linear systems at random', () => {
  const number = fc.double({ min: -2, max: 2, noNaN: true })
  const system = fc.oneof(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 6, max: 33 })).chain((n) =>
    fc.record({
      matrix: fc.array(number, { minLength: n * n, maxLength: n * n }),
      y0: fc.array(number, { minLength: n, maxLength: n }),
      solver: fc.constantFrom(...methods),
      tol: fc.constantFrom(1e-2, 1e-4, 1e-7),
      end: fc.double({ min: -1, max: 1, noNaN: true }),
    }),
  )
  fc.assert(
    fc.property(system, ({ matrix, y0, solver, tol, end }) => {
      const n = y0.length
      const field: FieldFunction = (t, y, dy) => {
        for (let i = 0; i < n; i++) {
          let sum = t
          for (let j = 0; j < n; j++) sum += (matrix[i * n + j] as number) * (y[j] as number)
          dy[i] = sum
        }
      }
      same(field, y0, [0, end / 3, end], { solver, rtol: tol, atol: tol })
    }),
    { numRuns: 120, seed: 5 },
  )
})

test('the steps of five methods are written out, and no others', () => {
  const written = (method: Tableau) => keep(compile(method)).written
  expect(methods.filter((method) => written(method).length > 0)).toEqual([bosh3, dopri5, tsit5, vern7, dopri8])
  const steps = [bosh3, dopri5, vern7, dopri8].map(written)
  expect(writtenSteps.map((known) => known.steps)).toEqual(steps)
})

test('a stage without a weight may be infinite', () => {
  for (const solver of [dopri5, vern7, dopri8])
    for (const n of [1, 2, 3, 4, 5]) {
      const solve = (method: Tableau) => {
        let calls = 0
        const field: FieldFunction = (_, y, dy) => {
          // Stage 1 of the first step: behind the start, and the estimate of that step.
          const infinite = calls++ === 2
          for (let i = 0; i < n; i++) dy[i] = infinite ? Infinity : -1 / (1 + (y[i] as number) ** 2)
        }
        return odeint(field, new Array(n).fill(1), [0, 1], { solver: method })
      }
      const mine = solve(direct(solver))
      expect(told(mine)).toEqual(told(solve(solver)))
      expect(mine.stats.accepted).toBeGreaterThan(0)
    }
})

test('the core does what is not for a few components: the same again', () => {
  const solver = direct(dopri5)
  const decay: FieldFunction = (_, y, dy) => {
    for (let i = 0; i < y.length; i++) dy[i] = -(y[i] as number)
  }
  const many = new Array(33).fill(1)
  for (const [y0, options] of [
    [many, {}],
    [Float32Array.of(1, 2), {}],
    [[1, 2], { steps: 7 }],
    [[1, 2], { tStops: [0.3], discontinuities: [0.4] }],
    [[1, 2], { stopWhenSteady: true }],
    [[1, 2], { maxNfe: 1000 }],
  ] as const) {
    const mine = odeint(decay, y0, [0, 1], { ...options, solver })
    const core = odeint(decay, y0, [0, 1], { ...options, solver: dopri5 })
    expect([mine.ys, mine.stats, mine.stepTimes]).toEqual([core.ys, core.stats, core.stepTimes])
  }
})

test('rows with steps of their own', () => {
  const decay: FieldFunction = (_, y, dy) => {
    dy[0] = -(y[0] as number)
  }
  const rows = [[1], [2], [100]]
  const mine = odeint(decay, rows, [0, 1], { solver: direct(tsit5), control: 'sample' })
  const core = odeint(decay, rows, [0, 1], { solver: tsit5, control: 'sample' })
  expect(mine.rows.map((row) => row.ys)).toEqual(core.rows.map((row) => row.ys))
})

describe('a field that misbehaves', () => {
  const solver = direct(dopri5)
  const decay: FieldFunction = (_, y, dy) => {
    dy[0] = -(y[0] as number)
  }
  const right = odeint(decay, [1], [0, 1]).ys

  test('throws after k calls: its error arrives, and the next solve is right', () => {
    for (let k = 0; k < 60; k++) {
      const error = new Error(`call ${k}`)
      let calls = 0
      const field: FieldFunction = (t, y, dy) => {
        if (calls++ === k) throw error
        decay(t, y, dy)
      }
      let caught: unknown
      try {
        odeint(field, [1], [0, 20], { solver })
      } catch (thrown) {
        caught = thrown
      }
      expect(caught).toBe(error)
      expect(odeint(decay, [1], [0, 1], { solver }).ys).toEqual(right)
    }
  })

  test('writes what it should read, returns what does not fit, transfers its arrays', () => {
    const writes: FieldFunction = (_, y, dy) => {
      dy[0] = -(y[0] as number)
      y.fill(7)
    }
    expect(odeint(writes, [1], [0, 1], { solver }).ys).toEqual(right)
    expect(() => odeint(() => [1, 2], [1], [0, 1], { solver })).toThrow('field returned 2 values, expected 1')
    expect(() => odeint(() => 'no' as never, [1], [0, 1], { solver })).toThrow('field returned "no"')
    const transfers: FieldFunction = (_, y) => {
      structuredClone(y, { transfer: [y.buffer as ArrayBuffer] })
    }
    expect(() => odeint(transfers, [1], [0, 1], { solver })).toThrow('field detached y or dy')
    expect(odeint(decay, [1], [0, 1], { solver }).ys).toEqual(right)
  })

  test('solves within', () => {
    const nested: FieldFunction = (t, y, dy) => {
      const inner = odeint(decay, y as Float64Array, [0, 1e-3], { solver }).ys[1] as Float64Array
      dy[0] = ((inner[0] as number) - (y[0] as number)) / 1e-3 + 0 * t
    }
    const core = odeint(nested, [1], [0, 1], { solver: dopri5 })
    expect(odeint(nested, [1], [0, 1], { solver }).ys).toEqual(core.ys)
  })
})

test('what is no such method is refused', () => {
  expect(() => direct(rodas4 as never)).toThrow('method must be an explicit method such as dopri5, got rodas4')
  expect(() => direct('dopri5' as never)).toThrow('method must be an explicit method such as dopri5, got "dopri5"')
  expect(() => direct(euler)).toThrow('method must have an error estimate, got euler')
  expect(direct(dopri5)).toBe(direct(dopri5))
  expect(direct(direct(dopri5)).name).toBe('dopri5')
})
