// Times on which steps must end, and fields that jump there.

import { describe, expect, test } from 'vitest'
import { MLP } from '../../src/program/mlp.ts'
import type { FieldFunction } from '../../src/solve/host-field.ts'
import { type OdeintOptions, odeint } from '../../src/solve/odeint.ts'
import { tableaus } from '../../src/tableaus/all.ts'
import { bosh3, dopri5, euler, rk4, tsit5 } from '../../src/tableaus/index.ts'
import type { Tableau } from '../../src/tableaus/tableau.ts'
import { adaptiveHeun, onGrid, scatter } from '../support/gradients.ts'
import { type PiecewiseProblem, piecewise } from '../support/piecewise.ts'

const methods: readonly Tableau[] = [...Object.values(tableaus), adaptiveHeun]

/** A scalar field. */
const scalar =
  (f: (t: number, y: number) => number): FieldFunction =>
  (t, y, dy) => {
    dy[0] = f(t, y[0] as number)
  }

interface Jumping {
  readonly field: FieldFunction
  readonly span: readonly [number, number]
  readonly y0: readonly number[]
  readonly y1: readonly number[]
  readonly jumps: readonly number[]
}

const middle = Math.exp(-0.25)
const half = 1 / (1 / middle - 0.5)
const halves = scalar((t, y) => (t < 0.5 ? -0.5 * y : y * y))
const detest = (name: 'F2' | 'F4'): Jumping => {
  const { field, t1, y0, y1, seams } = piecewise[name] as PiecewiseProblem
  return { field, span: [0, t1], y0, y1, jumps: seams.discontinuities ?? [] }
}
const PROBLEMS: Readonly<Record<string, Jumping>> = {
  // The problem of torchdiffeq's test of jump_t: -y/2, then y^2; closed form.
  halves: { field: halves, span: [0, 1], y0: [1], y1: [half], jumps: [0.5] },
  'halves, backward': { field: halves, span: [1, 0], y0: [half], y1: [1], jumps: [0.5] },
  F2: detest('F2'),
  F4: detest('F4'),
}

describe.each(Object.entries(PROBLEMS))('%s', (_, { field, span, y0, y1, jumps }) => {
  test.each([dopri5, tsit5, bosh3])('$name: within the tolerance, for less', (solver) => {
    for (const tol of [1e-4, 1e-6, 1e-8]) {
      const options = { solver, rtol: tol, atol: tol, maxSteps: 1e6 }
      const free = odeint(field, y0, span, options)
      const told = odeint(field, y0, span, { ...options, discontinuities: jumps })
      const [end] = y1 as readonly [number]
      expect(Math.abs((told.y[0] as number) - end)).toBeLessThan(20 * tol * (1 + Math.abs(end)))
      expect(told.stats.nfe).toBeLessThan(free.stats.nfe)
      expect([...told.stepTimes]).toEqual(expect.arrayContaining([...jumps]))
    }
  })
})

describe.each([
  ['forward', 1],
  ['backward', -1],
] as const)('a field that jumps, %s', (_, sign) => {
  // Constant on either side, so every method is exact but for rounding, if it never looks across.
  const jump = 0.3 * sign
  const seen: number[] = []
  const field: FieldFunction = (t, __, dy) => {
    seen.push(t)
    dy.set(sign * t < 0.3 ? [1, 2] : [-2, 1])
  }
  const exact = [sign * (0.3 - 2 * 0.7), sign * (0.6 + 0.7)]

  test.each(methods)('$name: is seen from the side of the step', (solver) => {
    const ways: OdeintOptions[] = [{ steps: 4 }, { dt: 0.4 }, { solver: onGrid(solver) }]
    if (solver.error) ways.push({}, { dt0: 0.5 }, { rtol: 1e-3, atol: 1e-3, dense: false })
    for (const way of ways) {
      for (const y0 of [[0, 0], Float32Array.of(0, 0)]) {
        seen.length = 0
        const ts = [0, 0.1 * sign, sign]
        const { y, stats, ys } = odeint(field, y0, ts, { solver, ...way, discontinuities: [jump] })
        // Coefficients of dopri8 reach 1000.
        const bound = y0 instanceof Float32Array ? 1e-6 : 5e-14
        expect(Math.abs((y[0] as number) - (exact[0] as number))).toBeLessThan(bound)
        expect(Math.abs((y[1] as number) - (exact[1] as number))).toBeLessThan(bound)
        expect(Math.abs((ys[1]?.[0] as number) - 0.1 * sign)).toBeLessThan(bound)
        expect(seen).toHaveLength(stats.nfe)
        expect(seen).not.toContain(jump)
        // Once across, never back.
        const across = seen.findIndex((t) => sign * t > 0.3)
        expect(seen.slice(across).every((t) => sign * t > 0.3)).toBe(true)
      }
    }
  })

  test('at the ends as well', () => {
    const inside = scalar((t) => (sign * t > 0 && sign * t < 1 ? 1 : Number.NaN))
    for (const way of [{}, { solver: rk4, steps: 3 }, { solver: euler, dt: 0.4 }, { solver: tsit5, dt0: 5 }]) {
      const { y } = odeint(inside, [0], [0, sign], { ...way, discontinuities: [sign, 0] })
      expect(Math.abs((y[0] as number) - sign)).toBeLessThan(1e-15)
    }
  })

  test('the dense output has an edge there', () => {
    const solution = odeint(field, [0, 0], [0, sign], { discontinuities: [jump] })
    expect(solution.derivativeAt(jump)[0]).toBeCloseTo(1, 12)
    expect(solution.derivativeAt(jump + sign * 1e-9)[0]).toBeCloseTo(-2, 12)
    expect(solution.at(jump)[0]).toBeCloseTo(jump, 14)
  })
})

describe('steps', () => {
  const swing = (ts: number[], options: OdeintOptions) =>
    odeint(
      (t, y, dy) => {
        dy[0] = (y[1] as number) + Math.cos(t)
        dy[1] = -(y[0] as number)
      },
      [1, 2],
      ts,
      options,
    )

  test('end on every stop, in any order given, and go on as planned', () => {
    const tStops = [2.5, 0.75, 2.5, 7]
    const free = swing([0, 8], {})
    for (const solver of methods.filter((method) => method.error)) {
      const { stepTimes, stats, y } = swing([0, 8], { solver, tStops, rtol: 1e-6, atol: 1e-6, maxSteps: 1e6 })
      expect([...stepTimes]).toEqual(expect.arrayContaining([0.75, 2.5, 7]))
      if (solver.order > 2) expect(Math.abs((y[0] as number) - (free.y[0] as number))).toBeLessThan(1e-4)
      // Three steps are cut short: each costs a step, and one more where its rest begins.
      const plain = swing([0, 8], { solver, rtol: 1e-6, atol: 1e-6, maxSteps: 1e6 }).stats
      expect(stats.steps).toBeLessThanOrEqual(plain.steps + 6 + plain.rejected)
    }
  })

  test('backward is forward of the negated field, to the bit', () => {
    const field: FieldFunction = (t, y, dy) => {
      dy[0] = t > -1 ? Math.sin(3 * t) - (y[0] as number) : 2 + t
    }
    const mirrored: FieldFunction = (t, y, dy) => {
      field(-t, y, dy)
      dy[0] = -(dy[0] as number)
    }
    for (const way of [{}, { solver: rk4, steps: 7 }, { solver: euler, dt: 0.21 }]) {
      const options = { ...way, tStops: [-0.5] }
      const back = odeint(field, [1], [0, -0.7, -2], { ...options, discontinuities: [-1] })
      const forth = odeint(mirrored, [1], [0, 0.7, 2], { ...way, tStops: [0.5], discontinuities: [1] })
      expect(back.ys).toEqual(forth.ys)
      expect(back.stats).toEqual(forth.stats)
      expect([...back.stepTimes]).toEqual([...forth.stepTimes].map((t) => 0 - t))
    }
  })

  test('of a fixed method keep their grid', () => {
    const times = (options: OdeintOptions, ts = [0, 1]): number[] => [...swing(ts, options).stepTimes]
    expect(times({ solver: rk4, steps: 4, tStops: [0.6, 0.1] })).toEqual([0, 0.1, 0.25, 0.5, 0.6, 0.75, 1])
    expect(times({ solver: rk4, dt: 0.4, tStops: [0.5] })).toEqual([0, 0.4, 0.5, 0.8, 1])
    expect(times({ solver: rk4, dt: 0.4, tStops: [-0.5] }, [0, -1])).toEqual([0, -0.4, -0.5, -0.8, -1])
    expect(times({ solver: rk4, tStops: [0.3, 0.7] }, [0, 0.5, 0.7, 0.7, 1])).toEqual([0, 0.3, 0.5, 0.7, 1])
    // 3 * 0.1 is not 0.3: one step there, not two.
    expect(times({ solver: rk4, dt: 0.1, tStops: [0.3] }, [0, 0.5])).toEqual([0, 0.1, 0.2, 0.3, 0.4, 0.5])
    expect(swing([0, 1], { solver: rk4, steps: 4, tStops: [0.6] }).stats).toMatchObject({ accepted: 5, nfe: 20 })
  })

  test('with equal adaptive steps nothing is left but a splinter', () => {
    const equal = { dt0: 0.1, dtMin: 0.1, dtMax: 0.1 }
    expect([...swing([0, 0.5], { ...equal, tStops: [0.3, 0.45] }).stepTimes].slice(0, 7)).toEqual([
      0,
      0.1,
      0.2,
      0.3,
      0.4,
      0.45,
      0.45 + 0.1,
    ])
  })

  test('a stop at the last time leaves no overshoot; one behind the start or at it is none', () => {
    const { stepTimes } = swing([0, 3], { tStops: [3] })
    expect(stepTimes[stepTimes.length - 1]).toBe(3)
    const free = swing([0, 1, 3], {})
    const behind = swing([0, 1, 3], { tStops: [-1, 0], discontinuities: [-2] })
    expect(behind.ys).toEqual(free.ys)
    expect(behind.stats).toEqual(free.stats)
    expect(swing([2], { tStops: [2, 3] }).stats.nfe).toBe(1)
    expect(swing([0, 3], { solver: rk4, steps: 3, tStops: [5, 3, 0, -1] }).stepTimes).toHaveLength(4)
    // Beyond the last time it bounds the overshoot.
    expect(Math.max(...swing([0, 3], { tStops: [3.001] }).stepTimes)).toBeLessThanOrEqual(3.001)
  })

  test.each(['f32', 'f64'] as const)('of a network, at the knots of its parameters, %s', (dtype) => {
    for (const batch of [1, 3, 5, 17]) {
      using field = new MLP([2, 6, 2], { activation: 'tanh', dtype, seed: 4, layers: 4, span: 2 })
      expect([...field.knots]).toEqual([0, 0.5, 1, 1.5])
      const x = [...scatter(2 * batch)].map(Math.fround)
      const tol = dtype === 'f32' ? 1e-4 : 1e-8
      const options = { rtol: tol, atol: tol }
      const told = odeint(field, x, [0, 2], { ...options, tStops: field.knots })
      expect([...told.stepTimes]).toEqual(expect.arrayContaining([0.5, 1, 1.5]))
      const fine = odeint(field, x, [0, 2], { solver: rk4, steps: 400, tStops: field.knots })
      for (const [i, v] of fine.y.entries()) expect(Math.abs((told.y[i] as number) - v)).toBeLessThan(20 * tol)
    }
    using plain = new MLP([2, 6, 2], { dtype })
    expect(plain.knots).toHaveLength(0)
  })

  test.each<[string, OdeintOptions, new () => Error, string]>([
    ['NaN', { tStops: [Number.NaN] }, RangeError, 'tStops[0] is NaN, it must be finite'],
    ['infinite', { discontinuities: [1, Number.POSITIVE_INFINITY] }, RangeError, 'discontinuities[1] is Infinity'],
    ['a number', { tStops: 1 as never }, TypeError, 'tStops must be an array of numbers'],
    ['text', { discontinuities: ['1'] as never }, TypeError, 'discontinuities[0] must be a number, got "1"'],
  ])('refused: %s', (_, options, type, message) => {
    expect(() => swing([0, 1], options)).toThrow(type)
    expect(() => swing([0, 1], options)).toThrow(message)
  })
})
