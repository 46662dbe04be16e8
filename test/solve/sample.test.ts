// Steps by sample: every row has its own, and the bits that it has alone.

import { describe, expect, test } from 'vitest'
import type { Vector } from '../../src/core/boundary.ts'
import type { Numbers } from '../../src/core/check.ts'
import { NeuralODE } from '../../src/models/neural-ode.ts'
import { Field } from '../../src/program/field.ts'
import { MLP } from '../../src/program/mlp.ts'
import { linearSignal } from '../../src/program/signal.ts'
import { event } from '../../src/solve/event.ts'
import type { FieldFunction } from '../../src/solve/host-field.ts'
import { type OdeintOptions, odeint } from '../../src/solve/odeint.ts'
import type { SampleSolution } from '../../src/solve/sample-solution.ts'
import type { Solution } from '../../src/solve/solution.ts'
import { bosh3, dopri5, dopri8, fehlberg45, heun21, rk4, rodas4, tsit5, vern7 } from '../../src/tableaus/index.ts'
import { scatter } from '../support/gradients.ts'

const sample = { control: 'sample' } as const

/** Everything that a solution says. */
function told(solution: Solution): unknown {
  const { ts, ys, stats, status, t } = solution
  const middle = ((ts[0] as number) + t) / 2
  const inside = stats.accepted > 0 ? [solution.at(middle), solution.derivativeAt(middle)] : []
  return { ts, ys, stats, status, t, steps: solution.stepTimes, inside }
}

/** Each row alone. */
function alone(field: Field | FieldFunction, rows: readonly Numbers[], ts: readonly Numbers[], options: OdeintOptions) {
  return rows.map((row, i) => odeint(field, row, ts[i] as Numbers, { ...options, throwOnFailure: false }))
}

/** Rows that need very different steps: from far away to near rest. */
function statesOf(dtype: 'f32' | 'f64', rows: number, dim: number): Vector[] {
  return Array.from({ length: rows }, (_, i) => {
    const state = scatter(dim, i + 1).map((v) => v * 3 ** (i % 4))
    return dtype === 'f32' ? Float32Array.from(state) : state
  })
}

const same = (solution: SampleSolution, reference: readonly Solution[]): void => {
  expect(solution.rows.map(told)).toEqual(reference.map(told))
}

describe.each(['f32', 'f64'] as const)('networks in %s', (dtype) => {
  test.each([
    [1, 1],
    [3, 5],
    [5, 3],
    [17, 2],
    [17, 17],
  ])('%i rows of width %i have the bits of each alone', (rows, dim) => {
    for (const time of ['none', 'concat'] as const) {
      const layers = [dim + (time === 'none' ? 0 : 1), 17, dim]
      using field = new MLP(layers, { activation: 'tanh', time, dtype, seed: 3 })
      const states = statesOf(dtype, rows, dim)
      for (const ts of [[0, 0.3, 2], [1, 0.5, -1], [0.5], [0, 1, 1]]) {
        const solution = odeint(field, states, ts, sample)
        same(
          solution,
          alone(
            field,
            states,
            states.map(() => ts),
            {},
          ),
        )
        // And as a batch has them.
        expect(solution.ys.length).toBe(ts.length)
        for (const [j, y] of solution.ys.entries())
          expect([...y]).toEqual(solution.rows.flatMap((row) => [...(row.ys[j] as Vector)]))
        expect(solution.y).toEqual(solution.ys.at(-1))
        expect(solution.stats.nfe).toBe(solution.rows.reduce((n, { stats }) => n + stats.nfe, 0))
      }
    }
  })

  test('each row has its own times and direction', () => {
    using field = new MLP([3, 17, 3], { activation: 'tanh', dtype, seed: 1 })
    const states = statesOf(dtype, 5, 3)
    const ts = [[0, 10], [0, 1, 2, 3], [5], [1, 0, -4], Float64Array.of(2, 2, 2.5)]
    const solution = odeint(field, states, ts, { ...sample, rtol: 1e-5, atol: 1e-5 })
    same(solution, alone(field, states, ts, { rtol: 1e-5, atol: 1e-5 }))
    expect(solution.ts).toEqual(new Float64Array(0))
    expect(solution.ys).toEqual([])
    expect(solution.y.length).toBe(15)
  })
})

describe('every way of stepping', () => {
  const ways: readonly OdeintOptions[] = [
    ...[heun21, bosh3, fehlberg45, dopri5, tsit5, vern7, dopri8].map((solver) => ({ solver, rtol: 1e-4, atol: 1e-6 })),
    { solver: rodas4 },
    { solver: rk4, steps: 20 },
    { solver: rk4, dt: 0.3 },
    { dt0: 0.01, dtMax: 0.4, dense: false },
    { tStops: [0.7, 0.9] },
    { discontinuities: [1] },
    { rtol: [1e-3, 1e-5, 1e-7] },
    { maxNfe: 1000 },
  ]
  test.each(ways.map((way) => [JSON.stringify({ ...way, solver: way.solver?.name }), way] as const))('%s', (_, way) => {
    const options = { ...way, ...sample }
    const states = statesOf('f64', 5, 3)
    const ts = states.map((_, i) => [0, 1 + i / 2, 2 + i / 2])
    using field = new MLP([4, 16, 3], { activation: 'softplus', time: 'concat', dtype: 'f64', seed: 1 })
    const host: FieldFunction = (t, y, dy) => dy.set(field.forward(y, t))
    for (const f of [field, host]) {
      const solution = odeint(f, states, ts, options)
      const reference = alone(f, states, ts, way)
      if (way.dense === false) expect(solution.rows.map(({ ys }) => ys)).toEqual(reference.map(({ ys }) => ys))
      else same(solution, reference)
    }
  })

  test('parameters that follow time', () => {
    using field = new Field(2, (p) => p.dense(p.state, 2), { dtype: 'f64', layers: 4, span: 2 })
    const states = statesOf('f64', 3, 2)
    const ts = [0, 2]
    same(odeint(field, states, ts, sample), alone(field, states, [ts, ts, ts], {}))
  })

  test('signals, each row its own path', () => {
    using field = new Field(2, (p) => p.add(p.dense(p.state, 2), p.input(2)), { dtype: 'f64', seed: 1 })
    const states = statesOf('f64', 3, 2)
    const knots = [0, 0.5, 1.2, 2]
    const values = scatter(3 * 4 * 2, 8)
    const path = (i: number, stops: boolean) => linearSignal(knots, values.slice(8 * i, 8 * (i + 1)), { stops })
    for (const stops of [true, false]) {
      const input = linearSignal(knots, values, { rows: 3, stops })
      for (const watch of [{}, { maxNfe: 1e6 }]) {
        const solution = odeint(field, states, [0, 2], { ...sample, ...watch, input })
        same(
          solution,
          states.map((row, i) => odeint(field, row, [0, 2], { ...watch, input: path(i, stops) })),
        )
        const node = new NeuralODE(field, { t: [0, 2], ...sample, input })
        expect(node.forward(states.flatMap((row) => [...row]))).toEqual(solution.y)
      }
      expect(() => odeint(field, states.slice(1), [0, 2], { ...sample, input })).toThrow('input has paths for 3 rows')
    }
  })

  test.each(['locate', 'auto'] as const)('kinks, each row its own: %s', (kinks) => {
    using field = new MLP([2, 16, 2], { activation: 'relu', dtype: 'f64', seed: 2 })
    const states = statesOf('f64', 5, 2)
    const ts = [0, 1, 3]
    const way = { kinks, rtol: 1e-7, atol: 1e-7 }
    const solution = odeint(field, states, ts, { ...sample, ...way })
    same(
      solution,
      alone(
        field,
        states,
        states.map(() => ts),
        way,
      ),
    )
    expect(solution.stats.kinks).toBe(solution.rows.reduce((sum, { stats }) => sum + stats.kinks, 0))
    expect(solution.stats.kinks).toBeGreaterThan(0)
  })

  test('events, each row its own', () => {
    const fall: FieldFunction = (_, y, dy) => dy.set([y[1] as number, -9.8])
    const ground = event((_, y) => y[0] as number, { direction: -1, terminal: true })
    const heights = [1, 5, 20]
    const { rows } = odeint(
      fall,
      heights.map((h) => [h, 0]),
      [0, 1.5],
      { ...sample, events: [ground] },
    )
    expect(rows.map(({ terminatedBy }) => terminatedBy)).toEqual([0, 0, -1])
    for (const [i, h] of [1, 5].entries()) expect(rows[i]?.t1).toBeCloseTo(Math.sqrt((2 * h) / 9.8), 8)
  })
})

test('each row ends where it rests', () => {
  using field = new Field(1, (p) => p.dense(p.state, 1), { dtype: 'f64' })
  field.parameters = [-1, 2]
  const host: FieldFunction = (_, y, dy) => dy.set(field.forward(y))
  const states = [[1], [1000], [2.001]]
  const ts = [0, 1, Infinity]
  const rest = { stopWhenSteady: { rtol: 1e-4, atol: 1e-4 } } as const
  for (const f of [field, host]) {
    const solution = odeint(f, states, ts, { ...sample, ...rest })
    same(solution, alone(f, states, [ts, ts, ts], rest))
    expect(solution.status).toBe('steady')
    expect(solution.t).toBe(Number.NaN)
    expect(solution.ts.length).toBe(Math.min(...solution.rows.map((row) => row.ts.length)))
    expect(new Set(solution.rows.map(({ t }) => t)).size).toBe(3)
    for (const y of solution.y) expect(y).toBeCloseTo(2, 2)
  }
  const common = odeint(field, states, [0, 1], sample)
  expect([common.status, common.t]).toEqual(['ok', 1])
})

describe('what it saves', () => {
  test('an easy row does not pay for a hard one', () => {
    // y' = k (cos t - y): k is the first component, and rests.
    const field: FieldFunction = (t, y, dy) => dy.set([0, (y[0] as number) * (Math.cos(t) - (y[1] as number))])
    const { rows } = odeint(
      field,
      [
        [1, 0],
        [100, 0],
      ],
      [0, 10],
      { ...sample, rtol: 1e-6, atol: 1e-6 },
    )
    const [easy, hard] = rows.map(({ stats }) => stats.nfe) as [number, number]
    expect(hard).toBeGreaterThan(5 * easy)
  })

  test('calls are counted', () => {
    let calls = 0
    const field: FieldFunction = (_, y, dy) => {
      calls++
      dy.set(y.map((v) => -v * v))
    }
    const { stats } = odeint(field, [[1], [50], [1e-3]], [0, 3], sample)
    expect(calls).toBe(stats.nfe)
  })
})
