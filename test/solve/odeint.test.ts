import { describe, expect, test } from 'vitest'
import { MLP } from '../../src/program/mlp.ts'
import type { FieldFunction } from '../../src/solve/host-field.ts'
import { odeint } from '../../src/solve/odeint.ts'
import { tableaus } from '../../src/tableaus/all.ts'
import { dopri5, rk4, tsit5 } from '../../src/tableaus/index.ts'
import type { Tableau } from '../../src/tableaus/tableau.ts'
import { adaptiveHeun, onGrid, scatter } from '../support/gradients.ts'

const methods: readonly Tableau[] = [...Object.values(tableaus), adaptiveHeun]
const stepping = (solver: Tableau) => (solver.error ? { rtol: 1e-5, atol: 1e-7 } : { steps: 40 })

const decay: FieldFunction = (_, y, dy) => {
  for (let i = 0; i < y.length; i++) dy[i] = -(y[i] as number)
}

/** A field without symmetry, of time and of both components. */
const swirl: FieldFunction = (t, y, dy) => {
  const [u, v] = [y[0] as number, y[1] as number]
  dy[0] = Math.sin(3 * t) - u * v
  dy[1] = u - 0.3 * v + 0.1 * t
}

describe('closed forms', () => {
  test.each(methods)('$name: exponential', (solver) => {
    const options = solver.error ? { rtol: 1e-8, atol: 1e-10 } : { steps: 4000 }
    const { ys } = odeint(decay, [1, 2], [0, 0.5, 3], { solver, ...options, maxSteps: 1e6 })
    const bound = solver.order === 1 ? 1e-3 : 1e-6
    expect([...(ys[0] as Float64Array)]).toEqual([1, 2])
    for (const [j, t] of [0, 0.5, 3].entries()) {
      expect(Math.abs((ys[j]?.[0] as number) - Math.exp(-t))).toBeLessThan(bound)
      expect(Math.abs((ys[j]?.[1] as number) - 2 * Math.exp(-t))).toBeLessThan(bound)
    }
  })

  test('a constant field is followed exactly, whatever the step', () => {
    const constant: FieldFunction = (_, __, dy) => {
      dy[0] = 0.5
    }
    expect(odeint(constant, [1], [0, 8, 64]).ys.map(([v]) => v)).toEqual([1, 5, 33])
    expect(odeint(constant, Float32Array.of(1), [0, 8, 64]).ys.map(([v]) => v)).toEqual([1, 5, 33])
  })

  test('a field may return its derivative', () => {
    const written = odeint(swirl, [1, 2], [0, 1, 2])
    const returned = odeint(
      (t, y) => [
        Math.sin(3 * t) - (y[0] as number) * (y[1] as number),
        (y[0] as number) - 0.3 * (y[1] as number) + 0.1 * t,
      ],
      [1, 2],
      [0, 1, 2],
    )
    expect(returned.ys).toEqual(written.ys)
  })
})

test.each([
  ['f32', 3],
  ['f32', 17],
  ['f64', 8],
  ['f64', 9],
] as const)('the outputs are one behind the other, in %s with %d components as with one', (dtype, n) => {
  const y0 = Array.from({ length: n }, (_, i) => i + 1)
  const times = [0, 0.5, 1, 1.5]
  const { ys, y } = odeint(decay, dtype === 'f32' ? Float32Array.from(y0) : y0, times, { solver: rk4, steps: 9 })
  for (const [j, state] of ys.entries()) {
    expect(state).toHaveLength(n)
    for (const [i, value] of state.entries())
      expect(Math.abs(value - (i + 1) * Math.exp(-(times[j] as number)))).toBeLessThan(1e-4 * n)
  }
  expect(y).toEqual(ys[3])
  // None of them stands where another does.
  ;(ys[1] as Float64Array).fill(-1)
  expect([...ys.keys()].filter((j) => ys[j]?.includes(-1))).toEqual([1])
})

describe('times', () => {
  test.each(methods)('$name: backward is forward of the negated field, to the bit', (solver) => {
    const mirrored: FieldFunction = (t, y, dy) => {
      swirl(-t, y, dy)
      for (let i = 0; i < dy.length; i++) dy[i] = -(dy[i] as number)
    }
    const ts = [0.7, 0.1, -0.4, -2.3]
    for (const y0 of [[1, 2], Float32Array.of(1, 2)]) {
      const back = odeint(swirl, y0, ts, { solver, ...stepping(solver) })
      const forth = odeint(
        mirrored,
        y0,
        ts.map((t) => -t),
        { solver, ...stepping(solver) },
      )
      expect(back.ys).toEqual(forth.ys)
      expect(back.stats).toEqual(forth.stats)
      expect(back.at(-1)).toEqual(forth.at(1))
    }
  })

  test('t0 = t1, one time, repeated times', () => {
    for (const options of [{}, { solver: rk4, steps: 3 }, { solver: rk4, dt: 0.1 }, { solver: rk4 }]) {
      for (const ts of [[2], [2, 2], [2, 2, 2]]) {
        if (ts.length === 2 && options.solver && Object.keys(options).length === 1) continue
        const solution = odeint(swirl, [3, 4], ts, options)
        expect(solution.ys.map((y) => [...y])).toEqual(ts.map(() => [3, 4]))
        expect(solution.stats).toMatchObject({ nfe: 1, steps: 0, dtMin: 0, dtMax: 0 })
        expect([...solution.at(2)]).toEqual([3, 4])
        expect([...solution.y]).toEqual([3, 4])
      }
    }
  })

  test.each(methods)('$name: a repeated time repeats its value and changes nothing else', (solver) => {
    const fixed = solver.error ? {} : { steps: 40 }
    const once = odeint(swirl, [1, 2], [0, 0.3, 1.1, 2], { solver, ...fixed })
    const twice = odeint(swirl, [1, 2], [0, 0, 0.3, 0.3, 0.3, 1.1, 2, 2], { solver, ...fixed })
    expect(twice.ys).toEqual([0, 0, 1, 1, 1, 2, 3, 3].map((j) => once.ys[j]))
    expect(twice.stats).toEqual(once.stats)
    const grid = { solver: onGrid(solver) }
    const [a, b] = [
      odeint(swirl, [1, 2], [0, 0.3, 1.1, 2], grid),
      odeint(swirl, [1, 2], [0, 0, 0.3, 1.1, 1.1, 2, 2], grid),
    ]
    expect(b.ys).toEqual([0, 0, 1, 2, 2, 3, 3].map((j) => a.ys[j]))
    expect(a.stats.accepted).toBe(3)
  })

  test.each(methods)('$name: an output at the end of a step is the state there, as the field sees it', (solver) => {
    const seen: number[][] = []
    const watched: FieldFunction = (t, y, dy) => {
      if (t === 0.7) seen.push([...y])
      swirl(t, y, dy)
    }
    const { ys } = odeint(watched, [1, 2], [0, 0.7, 1.9], { solver: onGrid(solver) })
    // The last evaluation there is the first stage of the next step.
    expect(seen[seen.length - 1]).toEqual([...(ys[1] as Float64Array)])
  })

  test('outputs do not change the steps', () => {
    const few = odeint(swirl, [1, 2], [0, 2])
    const many = odeint(
      swirl,
      [1, 2],
      Float64Array.from({ length: 201 }, (_, i) => i / 100),
    )
    expect(many.y).toEqual(few.y)
    expect(many.stats).toEqual(few.stats)
    expect(many.stepTimes).toEqual(few.stepTimes)
  })
})

describe('the solution', () => {
  test.each(methods)('$name: at(t) is the output at an output, and continuous between', (solver) => {
    const ts = [0.2, 0.9, 1, 2.2]
    const solution = odeint(swirl, [1, 2], ts, { solver, ...stepping(solver) })
    const dense = odeint(swirl, [1, 2], [0.2, 0.55, 2.2], { solver, ...stepping(solver) })
    for (const [j, t] of ts.entries()) expect(solution.at(t)).toEqual(solution.ys[j])
    // An output between steps is the same polynomial.
    expect(solution.at(0.55)).toEqual(dense.ys[1])
    // Both ends of every step are met.
    for (const t of solution.stepTimes.slice(1, -1)) {
      const [before, here, after] = [t * (1 - 1e-12), t, t * (1 + 1e-12)].map((time) => solution.at(time))
      for (const i of [0, 1]) {
        expect(Math.abs((before?.[i] as number) - (here?.[i] as number))).toBeLessThan(1e-10)
        expect(Math.abs((after?.[i] as number) - (here?.[i] as number))).toBeLessThan(1e-10)
      }
    }
    expect(() => solution.at(2.3)).toThrow('t must lie in [0.2, 2.2], got 2.3')
    expect(() => solution.at(0.1)).toThrow('t must lie in')
    expect(() => solution.at(Number.NaN)).toThrow('got NaN')
  })

  test('is a value: it survives other solves, and changing it changes nothing', () => {
    const solution = odeint(swirl, [1, 2], [0, 1, 2])
    const kept = solution.at(0.5)
    for (let i = 0; i < 50; i++) odeint(swirl, scatter(2, i), [0, 1])
    expect(solution.at(0.5)).toEqual(kept)
    const output = solution.at(1)
    const copy = output.slice()
    output[0] = 77
    solution.stepTimes[0] = 77
    expect(solution.at(1)).toEqual(copy)
    expect(solution.ys[1]).toEqual(copy)
    expect(solution.stepTimes[0]).toBe(0)
  })

  test('without dense output it has no steps', () => {
    const solution = odeint(swirl, [1, 2], [0, 1, 2], { dense: false })
    expect(solution.ys).toEqual(odeint(swirl, [1, 2], [0, 1, 2]).ys)
    expect(() => solution.at(0.5)).toThrow('the solve kept no dense output')
    expect(() => solution.stepTimes).toThrow('the solve kept no dense output')
  })
})

describe('steps', () => {
  test('steps and dt: where they are, and the last one ends at t1', () => {
    const equal = odeint(decay, [1], [1, 2.5], { solver: rk4, steps: 6 })
    expect([...equal.stepTimes]).toEqual([1, 1.25, 1.5, 1.75, 2, 2.25, 2.5])
    const long = odeint(decay, [1], [1, 2.5], { solver: dopri5, dt: 0.4 })
    expect([...long.stepTimes]).toEqual([1, 1.4, 1.8, 1 + 3 * 0.4, 2.5])
    expect([...odeint(decay, [1], [2.5, 1], { solver: dopri5, dt: 0.5 }).stepTimes]).toEqual([2.5, 2, 1.5, 1])
    // 0.1 is not a binary fraction: ten of them are one, not ten and a splinter.
    expect(odeint(decay, [1], [0, 1], { dt: 0.1 }).stats.accepted).toBe(10)
    expect(odeint(decay, [1], [0, 30], { solver: rk4, dt: 0.003 }).stats.accepted).toBe(10000)
    expect(odeint(decay, [1], [0, 1], { dt: 50 }).stats.accepted).toBe(1)
  })

  test.each(methods)('$name: a stage at the end of a step is at its end, to the bit', (solver) => {
    // a + (b - a) is not b here: the next step, and the gradient's recomputation, would start at another time.
    const ts = [0.001, 0.01, 2]
    expect(0.001 + (0.01 - 0.001)).not.toBe(0.01)
    const times = new Set<number>()
    const watched: FieldFunction = (t, y, dy) => {
      times.add(t)
      decay(t, y, dy)
    }
    odeint(watched, [1], ts, { solver: onGrid(solver) })
    const near = [...times].filter((t) => Math.abs(t - 0.01) < 1e-12)
    expect(near).toEqual([0.01])
  })

  test('dt0, dtMin, dtMax', () => {
    const { stepTimes: steps, stats } = odeint(decay, [1], [0, 2], { dt0: 0.01, dtMax: 0.05 })
    expect(steps[1]).toBe(0.01)
    expect(stats.dtMax).toBeCloseTo(0.05, 14)
    for (let i = 1; i < steps.length; i++)
      expect((steps[i] as number) - (steps[i - 1] as number)).toBeLessThan(0.0500001)
    // At dtMin a step is taken whatever its error.
    const coarse = odeint(decay, [1], [0, 2], { dt0: 0.5, dtMin: 0.5, dtMax: 0.5, rtol: 1e-12, atol: 1e-12 })
    expect(coarse.stats).toMatchObject({ accepted: 4, rejected: 0, dtMin: 0.5, dtMax: 0.5 })
  })

  test('tolerances per component: only the accurate one is', () => {
    const two: FieldFunction = (_, y, dy) => {
      dy[0] = -3 * (y[0] as number)
      dy[1] = -(y[1] as number)
    }
    const steps = (rtol: number[], atol: number[]): number => odeint(two, [1, 1], [0, 5], { rtol, atol }).stats.accepted
    expect(steps([1e-9, 1e-2], [1e-9, 1e-2])).toBeGreaterThan(2 * steps([1e-2, 1e-9], [1e-2, 1]))
    const same = odeint(two, [1, 1], [0, 5], { rtol: 1e-5, atol: 1e-7 })
    expect(odeint(two, [1, 1], [0, 5], { rtol: Float64Array.of(1e-5, 1e-5), atol: [1e-7, 1e-7] }).ys).toEqual(same.ys)
  })

  test('rtol 0 is as good as it gets', () => {
    const { y } = odeint(decay, [1], [0, 1], { rtol: 0, atol: 1e-12 })
    expect(Math.abs((y[0] as number) - Math.exp(-1))).toBeLessThan(1e-12)
  })
})

describe('batches', () => {
  test.each(['relu', 'tanh'] as const)('%s: fixed steps give a row the same bits in any batch', (activation) => {
    for (const dtype of ['f32', 'f64'] as const) {
      using field = new MLP([3, 17, 5, 3], { activation, dtype, seed: 5 })
      const row = (i: number): number[] => [...scatter(3, i)].map(Math.fround)
      for (const solver of methods) {
        const options = { solver, steps: 5 }
        const alone = Array.from({ length: 17 }, (_, i) => odeint(field, row(i), [0, 0.7, 1], options).ys)
        for (const n of [1, 3, 4, 5, 17]) {
          const { ys } = odeint(field, Array.from({ length: n }, (_, i) => row(i)).flat(), [0, 0.7, 1], options)
          for (let i = 0; i < n; i++) {
            expect(ys.map((y) => y.slice(3 * i, 3 * i + 3))).toEqual(alone[i])
          }
        }
      }
    }
  })

  test('adaptive rows share their steps', () => {
    using field = new MLP([2, 8, 2], { activation: 'tanh', dtype: 'f64', seed: 5 })
    const { stats, stepTimes: steps, ys } = odeint(field, [1, 2, 3, 4, 5, 6], [0, 3], { solver: tsit5 })
    expect(ys[1]).toHaveLength(6)
    expect(steps).toHaveLength(stats.accepted + 1)
    expect(stats.nfe).toBe(2 + 6 * stats.steps)
    // The norm is a mean over rows: three equal ones are controlled as one.
    const [three, one] = [
      [1, 2, 1, 2, 1, 2],
      [1, 2],
    ].map((y0) => odeint(field, y0, [0, 3], { solver: tsit5 }).stats)
    expect(three).toMatchObject({ nfe: one?.nfe, accepted: one?.accepted, rejected: one?.rejected })
  })
})
