// Steps by sample: rows that fail, those who watch, and bad arguments.

import { describe, expect, test } from 'vitest'
import { SolveError } from '../../src/core/errors.ts'
import { Field } from '../../src/program/field.ts'
import { MLP } from '../../src/program/mlp.ts'
import type { FieldFunction } from '../../src/solve/host-field.ts'
import { type OdeintOptions, odeint } from '../../src/solve/odeint.ts'
import type { SampleSolution } from '../../src/solve/sample-solution.ts'
import { rk4 } from '../../src/tableaus/index.ts'

const sample = { control: 'sample' } as const

describe('a row that fails', () => {
  // y' = y^2: a row that starts at 1 has its pole at t = 1.
  const field: FieldFunction = (_, y, dy) => dy.set(y.map((v) => v * v))
  const network = new Field(1, (p) => p.mul(p.state, p.state), { dtype: 'f64' })

  test.each([
    ['a function', field],
    ['a network', network],
  ] as const)('leaves the others as they are: %s', (_, f) => {
    const states = [[-1], [1], [-2], [2]]
    const ts = [0, 0.25, 3]
    const run = (options: OdeintOptions): SampleSolution => odeint(f, states, ts, { ...options, ...sample })
    const partial = run({ throwOnFailure: false })
    expect(partial.rows.map(({ status }) => status === 'ok')).toEqual([true, false, true, false])
    expect(partial.rows[0]?.y[0]).toBeCloseTo(-1 / 4, 6)
    expect(partial.rows[2]?.y[0]).toBeCloseTo(-2 / 7, 6)
    expect([...partial.ts]).toEqual([0, 0.25])
    expect(partial.error?.row).toBe(1)
    expect(partial.rows[3]?.error?.row).toBe(3)
    expect(partial.status).toBe(partial.rows[1]?.status)
    expect(Math.abs(partial.t - 1)).toBeLessThan(1e-3)
    let thrown: unknown
    try {
      run({})
    } catch (error) {
      thrown = error
    }
    expect(thrown).toBeInstanceOf(SolveError)
    const { row, solution } = thrown as SolveError
    expect(row).toBe(1)
    expect((solution as SampleSolution).rows[0]?.y).toEqual(partial.rows[0]?.y)
  })

  test("maxSteps and maxNfe are a row's own", () => {
    const easy = odeint(network, [[-1], [-1], [-1]], [0, 3], { ...sample, maxNfe: 200 })
    expect(easy.stats.nfe).toBeGreaterThan(200)
    const { rows } = odeint(network, [[-1], [-1e6]], [0, 3], { ...sample, maxSteps: 15, throwOnFailure: false })
    expect(rows.map(({ status }) => status)).toEqual(['ok', 'max steps'])
  })
})

test('a field that throws in any of its calls leaves the core as it was', () => {
  const decay: FieldFunction = (_, y, dy) => dy.set(y.map((v) => -v))
  const states = [[1], [2], [3]]
  const right = odeint(decay, states, [0, 5], sample)
  const { nfe } = right.stats
  for (let k = 1; k <= nfe; k++) {
    const boom = new Error(`call ${k}`)
    let calls = 0
    const field: FieldFunction = (t, y, dy) => {
      if (++calls === k) throw boom
      return decay(t, y, dy)
    }
    let caught: unknown
    try {
      odeint(field, states, [0, 5], sample)
    } catch (error) {
      caught = error
    }
    expect(caught).toBe(boom)
    expect(odeint(decay, states, [0, 5], sample).y).toEqual(right.y)
  }
  expect(nfe).toBeGreaterThan(200)
})

test('a solve inside a field, by sample in both', () => {
  const inner: FieldFunction = (_, y, dy) => dy.set(y.map((v) => -v))
  const outer: FieldFunction = (_, y, dy) =>
    dy.set(odeint(inner, [[y[0] as number], [1]], [0, 1], sample).y.subarray(0, 1))
  const { y } = odeint(outer, [[1], [2]], [0, 1], sample)
  for (const [i, v] of y.entries()) expect(v).toBeCloseTo((i + 1) * Math.exp(Math.exp(-1)), 5)
})

describe('who watches', () => {
  const decay: FieldFunction = (_, y, dy) => dy.set(y.map((v) => -v))

  test('onStep is told the row', () => {
    const rows: (number | undefined)[] = []
    odeint(decay, [[1], [2]], [0, 1], { ...sample, onStep: ({ row }) => rows.push(row) })
    expect(new Set(rows)).toEqual(new Set([0, 1]))
    expect(rows).toEqual([...rows].sort())
  })

  test('a signal ends all rows that are left', () => {
    const controller = new AbortController()
    const onStep = ({ row }: { row?: number }): void => {
      if (row === 1) controller.abort()
    }
    const options = { ...sample, onStep, signal: controller.signal, throwOnFailure: false }
    const { rows, status } = odeint(decay, [[1], [2], [3]], [0, 1], options)
    expect(rows.map((row) => row.status)).toEqual(['ok', 'aborted', 'aborted'])
    expect(status).toBe('aborted')
    expect(rows[2]?.t).toBe(0)
  })
})

describe('arguments', () => {
  const field: FieldFunction = (_, y) => y
  const network = new MLP([2, 3, 2], { dtype: 'f64' })
  const bad: readonly (readonly [string, () => unknown])[] = [
    [
      'control must be one of batch, sample, got "row"',
      () => odeint(field, [1], [0, 1], { control: 'row' as 'batch' }),
    ],
    ['y0[1] must be like y0[0], 2 numbers in its precision, got 1', () => odeint(field, [[1, 2], [1]], [0, 1], sample)],
    ['y0[1] must be like y0[0]', () => odeint(field, [[1], Float32Array.of(1)], [0, 1], sample)],
    ['y0[1][0] is NaN', () => odeint(field, [[1], [Number.NaN]], [0, 1], sample)],
    ['y0[0] must hold 2 numbers, one row, got 4', () => odeint(network, [[1, 2, 3, 4]], [0, 1], sample)],
    [
      'ts must be one list of times, or one for each of 2 rows, got 3',
      () => odeint(field, [[1], [2]], [[0], [0], [0]], sample),
    ],
    [
      'ts[1] must be monotonic',
      () =>
        odeint(
          field,
          [[1], [2]],
          [
            [0, 1],
            [0, 1, 0.5],
          ],
          sample,
        ),
    ],
    ['y0 must hold at least one number', () => odeint(field, [], [0, 1], sample)],
    ['y0[0] must be a number', () => odeint(field, [[1]] as unknown as number[], [0, 1])],
  ]
  test.each(bad)('%s', (message, call) => {
    expect(call).toThrow(message)
  })

  test('no row is solved where one is wrong', () => {
    let calls = 0
    const counted: FieldFunction = (_, y) => {
      calls++
      return y
    }
    expect(() =>
      odeint(
        counted,
        [[1], [2]],
        [
          [0, 1],
          [0, 1, 0.5],
        ],
        sample,
      ),
    ).toThrow('ts[1]')
    expect(() =>
      odeint(
        counted,
        [[1], [2]],
        [
          [0, 1, 2],
          [0, 1],
        ],
        { ...sample, solver: rk4 },
      ),
    ).toThrow('dt or steps')
    expect(calls).toBe(0)
  })

  test('one row, and none', () => {
    expect(odeint(field, [1, 2], [0, 1], sample).rows.length).toBe(1)
    const none = odeint(network, [], [0, 1], sample)
    expect(none.rows).toEqual([])
    expect(none.ys.map(({ length }) => length)).toEqual([0, 0])
    expect(() => none.stepTimes).toThrow('rows[i].stepTimes')
  })
})
