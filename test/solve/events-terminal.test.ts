// Events that end a solve, and what is left of it; event functions that misbehave; arguments that are none.

import { afterEach, describe, expect, test } from 'vitest'
import { SolveError } from '../../src/core/errors.ts'
import { MLP } from '../../src/program/mlp.ts'
import { event, type StateEvent } from '../../src/solve/event.ts'
import type { FieldFunction } from '../../src/solve/host-field.ts'
import { type OdeintOptions, odeint } from '../../src/solve/odeint.ts'
import { tableaus } from '../../src/tableaus/all.ts'
import { rk4 } from '../../src/tableaus/index.ts'
import type { Tableau } from '../../src/tableaus/tableau.ts'
import { adaptiveHeun, scatter } from '../support/gradients.ts'

const spin: FieldFunction = (_, y, dy) => {
  dy[0] = y[1] as number
  dy[1] = -(y[0] as number)
}
const first = (_: number, y: ArrayLike<number>): number => y[0] as number
const methods: readonly Tableau[] = [...Object.values(tableaus), adaptiveHeun]
const ts = [0, 1, 2, 3, 4, 5, 6, 7, 8]
const options = { rtol: 1e-9, atol: 1e-9 }
const plain = odeint(spin, [1, 0], ts, options)
const untyped = (value: unknown): never => value as never

afterEach(() => {
  // Whatever went wrong, the next solve is right.
  expect(odeint(spin, [1, 0], ts, options).ys).toEqual(plain.ys)
})

describe('a terminal event', () => {
  test('ends the solve, its outputs and its dense output', () => {
    const solution = odeint(spin, [1, 0], ts, { ...options, events: [event(first, { terminal: true })] })
    expect(solution.terminatedBy).toBe(0)
    expect(solution.events.length).toBe(1)
    expect(solution.t1).toBeCloseTo(Math.PI / 2, 8)
    expect(solution.events[0]).toEqual({ event: 0, t: solution.t1, y: solution.y1 })
    expect([...solution.ts]).toEqual([0, 1])
    expect(solution.ys).toEqual(plain.ys.slice(0, 2))
    expect([solution.t, solution.y]).toEqual([solution.t1, solution.y1])
    expect(solution.at(1)).toEqual(plain.at(1))
    expect(solution.at(1.3)).toEqual(plain.at(1.3))
    expect(solution.at(solution.t1)).toEqual(solution.y1)
    expect(() => solution.at(1.6)).toThrow(`t must lie between 0 and ${solution.t1}, got 1.6`)
    expect(() => solution.at(-1e-9)).toThrow('t must lie between 0 and')
    expect(solution.stepTimes.at(-1)).toBe(solution.t1)
    expect(solution.stepTimes.slice(0, -1)).toEqual(plain.stepTimes.slice(0, solution.stepTimes.length - 1))
  })

  test('costs the steps up to the one it lies in, and not one more', () => {
    for (const solver of methods.filter((method) => method.error)) {
      const calls = { plain: 0, watched: 0 }
      const counted =
        (which: keyof typeof calls): FieldFunction =>
        (t, y, dy) => {
          calls[which]++
          spin(t, y, dy)
        }
      const all = odeint(spin, [1, 0], [0, 50], { solver, maxSteps: 1e6 })
      const watched = { solver, maxSteps: 1e6, events: [event(first, { count: 3 })] }
      const { stats, t1 } = odeint(counted('watched'), [1, 0], [0, 50], watched)
      expect(Math.round(t1 / Math.PI - 0.5)).toBe(2)
      const step = all.stepTimes.findIndex((t) => t >= t1)
      expect(stats.accepted).toBe(step)
      expect(stats.nfe).toBe(calls.watched)
      let thrown: unknown
      try {
        odeint(counted('plain'), [1, 0], [0, 50], { solver, maxSteps: stats.steps })
      } catch (error) {
        thrown = error
      }
      expect(thrown).toMatchObject({ status: 'max steps', t: all.stepTimes[step], stats })
      expect(calls.plain).toBe(calls.watched)
    }
  })

  test('keeps a solve from what lies beyond', () => {
    // Blows up at t = 1.
    const square: FieldFunction = (_, y) => [(y[0] as number) ** 2]
    const events = [event((_, y) => 100 - (y[0] as number), { terminal: true })]
    expect(() => odeint(square, [1], [0, 2])).toThrow(SolveError)
    expect(odeint(square, [1], [0, 2], { events, ...options }).t1).toBeCloseTo(0.99, 8)
  })

  test.each(['dense', 'not dense'])('of a fixed and of a backward solve, %s', (how) => {
    const dense = how === 'dense'
    const fixed = odeint(spin, [1, 0], [0, 8], { solver: rk4, steps: 800, dense, events: [event(first, { count: 2 })] })
    expect([fixed.t1 / Math.PI, fixed.terminatedBy]).toEqual([expect.closeTo(1.5, 8), 0])
    expect(fixed.stats).toMatchObject({ accepted: 472, nfe: 4 * 472 })
    const back = odeint(spin, [1, 0], [0, -1, -8], { ...options, dense, events: [event(first, { terminal: true })] })
    expect(back.t1 / Math.PI).toBeCloseTo(-0.5, 8)
    expect([...back.ts]).toEqual([0, -1])
    if (dense) expect(back.at(-1.5)[0]).toBeCloseTo(Math.cos(1.5), 8)
    else expect(() => back.at(-1.5)).toThrow('the solve kept no dense output')
  })

  test('at an output time: the output is there', () => {
    const at = (root: number): StateEvent => event((t) => t - root, { terminal: true })
    expect([...odeint(spin, [1, 0], ts, { ...options, events: [at(2)] }).ts]).toEqual([0, 1, 2])
    const last = odeint(spin, [1, 0], ts, { ...options, events: [at(8)] })
    expect([last.t1, last.terminatedBy, last.ts.length]).toEqual([8, 0, 9])
    const none = odeint(spin, [1, 0], ts, { ...options, events: [at(9)] })
    expect([none.t1, none.terminatedBy, none.stats]).toEqual([8, -1, plain.stats])
  })

  test('among others: what is simultaneous still happens, what comes later does not', () => {
    const at = (root: number, terminal = false): StateEvent => event((t) => t - root, { terminal })
    const events = [at(2.1), at(2, true), at(2), at(1.9), at(2.0000001, true)]
    const { events: found, terminatedBy } = odeint(spin, [1, 0], [0, 8], { steps: 3, events })
    expect(found.map(({ event, t }) => [event, t])).toEqual([
      [3, expect.closeTo(1.9, 14)],
      [1, 2],
      [2, 2],
    ])
    expect(terminatedBy).toBe(1)
  })

  test.each(methods)('$name: a solve that begins where it ended does not end at once', (solver) => {
    const stepping = solver.error ? { rtol: 1e-7, atol: 1e-7 } : { dt: 0.01 }
    for (const [y0, tol] of [
      [[1, 0], 1e-3],
      [Float32Array.of(1, 0), 1e-2],
    ] as const) {
      const events = [event(first, { terminal: true })]
      const once = odeint(spin, y0, [0, 8], { solver, ...stepping, events })
      // On as it was, and reflected.
      for (const [next, wait] of [
        [once.y1, Math.PI],
        [once.y1.map((v, i) => (i === 1 ? -v : v)), Math.PI],
      ] as const) {
        const again = odeint(spin, next, [once.t1, once.t1 + 8], { solver, ...stepping, events })
        const error = Math.abs(again.t1 - once.t1 - wait)
        expect(error).toBeLessThan(solver.order === 1 ? 0.1 : tol)
      }
    }
  })
})

describe('an event function', () => {
  test('that throws: the same error object, at whatever call', () => {
    for (let k = 1; k < 40; k++) {
      const error = new Error(`call ${k}`)
      let calls = 0
      const broken = event((t, y) => {
        if (++calls === k) throw error
        return first(t, y)
      })
      let thrown: unknown
      try {
        odeint(spin, [1, 0], ts, { ...options, events: [broken] })
      } catch (caught) {
        thrown = caught
      }
      expect(thrown).toBe(error)
    }
  })

  test.each([
    ['NaN', Number.NaN],
    ['undefined', undefined],
    ['an array', [1]],
    ['text', '1'],
  ])('that returns %s is named, with the time', (_, value) => {
    const odd = event((t) => (t > 1 ? untyped(value) : 1))
    const solve = () => odeint(spin, [1, 0], ts, { ...options, events: [event(first), odd] })
    expect(solve).toThrow(RangeError)
    expect(solve).toThrow(/^events\[1\] must be a number everywhere along the solution, got .+ at t = 1\.\d+/)
  })

  test('may be infinite', () => {
    const { events } = odeint(spin, [1, 0], ts, {
      ...options,
      events: [event((t) => (t < 2.5 ? -Infinity : Infinity))],
    })
    expect(events.length).toBe(1)
    expect(Math.abs((events[0]?.t as number) - 2.5)).toBeLessThanOrEqual(4 * Number.EPSILON * 2.5)
  })

  test('sees a copy of the state, and may solve in turn', () => {
    let grown = 0
    const scribbler = event((t, y) => {
      const value = first(t, y)
      y.fill(7)
      if (grown++ % 50 === 0) odeint((_, __, dy) => void dy.fill(1), new Float64Array(50_000), [0, 1], { steps: 2 })
      return odeint((_, u) => u, [value], [0, 0.1], { steps: 1 }).y[0] as number
    })
    const solution = odeint(spin, [1, 0], ts, { ...options, events: [scribbler] })
    expect(solution.ys).toEqual(plain.ys)
    expect(solution.events.length).toBe(3)
  })

  test('cannot transfer it away', () => {
    const thief = event((_, y) => {
      structuredClone(y.buffer, { transfer: [y.buffer as ArrayBuffer] })
      return 1
    })
    expect(() => odeint(spin, [1, 0], ts, { ...options, events: [thief] })).toThrow('events[0] detached y')
  })
})

test('a linear form is the function that it is, over all rows of a batch', () => {
  for (const dim of [1, 3, 5, 17]) {
    for (const batch of [1, 3]) {
      for (const dtype of ['f32', 'f64'] as const) {
        using network = new MLP([dim, 8, dim], { dtype, activation: 'tanh', seed: dim })
        const n = dim * batch
        const a = scatter(n, 3).map((v) => Math.fround(v))
        const y0 = Array.from(scatter(n), (v) => Math.fround(v))
        const value = (_: number, y: ArrayLike<number>): number =>
          a.reduce((sum, v, i) => sum + v * (y[i] as number), 0)
        const start = value(0, y0)
        const forms = [event({ a, b: -2, c: 0.5 - start }), event((t, y) => value(t, y) - 2 * t + 0.5 - start)]
        const { events } = odeint(network, y0, [0, 2], { rtol: 1e-5, events: forms })
        const [form, own] = [0, 1].map((i) => events.find((e) => e.event === i)?.t as number) as [number, number]
        expect(form).toBeGreaterThan(0)
        expect(Math.abs(form - own)).toBeLessThan(dtype === 'f32' ? 1e-5 * n : 1e-13 * n)
      }
    }
  }
})

test('nothing happens where there is nothing to solve', () => {
  using network = new MLP([2, 4, 2], { dtype: 'f64' })
  const events = [event(() => 1, { terminal: true })]
  expect(odeint(spin, [0, 1], [3, 3], { events })).toMatchObject({ events: [], t1: 3, terminatedBy: -1 })
  expect(odeint(spin, [0, 1], [3], { events }).at(3)).toEqual(Float64Array.of(0, 1))
  expect(odeint(network, [], [0, 1], { events })).toMatchObject({
    events: [],
    t1: 1,
    ys: [new Float64Array(0), new Float64Array(0)],
  })
})

describe('arguments', () => {
  test.each<[string, () => unknown, new (message: string) => Error, string]>([
    [
      'g missing',
      () => event(untyped(undefined)),
      TypeError,
      'g must be a function (t, y) or a linear form { a, b, c }',
    ],
    ['a missing', () => event(untyped({ b: 1 })), TypeError, 'a must be an array of numbers'],
    ['c text', () => event(untyped({ a: [1], c: '1' })), RangeError, 'c must be a finite number, got "1"'],
    ['b NaN', () => event({ a: [1], b: Number.NaN }), RangeError, 'b must be a finite number, got NaN'],
    ['direction', () => event(first, { direction: untyped(2) }), RangeError, 'direction must be -1, 0 or 1, got 2'],
    ['terminal', () => event(first, { terminal: untyped(1) }), TypeError, 'terminal must be a boolean, got 1'],
    ['count', () => event(first, { count: 0 }), RangeError, 'count must be an integer from 1'],
    ['sampling', () => event(first, { sampling: 1.5 }), RangeError, 'sampling must be an integer from 1'],
    ['apply', () => event(first, { apply: untyped([0]) }), TypeError, 'apply must be a function (t, y), got object'],
  ])('of event: %s', (_, call, error, message) => {
    expect(call).toThrow(error)
    expect(call).toThrow(message)
  })

  test.each<[string, unknown, string]>([
    ['none', [], 'events must be made by event()'],
    ['a function', first, 'events must be made by event()'],
    ['null', null, 'events must be made by event()'],
    ['functions', [first], 'events must be made by event()'],
    ['one among others', [event(first), first], 'events[1] must be made by event()'],
    ['another length', [event({ a: [1] })], 'events[0].a must hold 2 numbers, one per component, got 1'],
  ])('of odeint: %s', (_, events, message) => {
    let calls = 0
    const counted: FieldFunction = (t, y, dy) => {
      calls++
      spin(t, y, dy)
    }
    expect(() => odeint(counted, [1, 0], ts, { events: untyped(events) } as OdeintOptions)).toThrow(message)
    expect(calls).toBe(0)
  })
})
