// Stages that only dense output takes: what they cost, when, and that they change nothing else.

import { describe, expect, test } from 'vitest'
import { checkpoint } from '../../src/adjoint/checkpoint.ts'
import { vjp } from '../../src/adjoint/vjp.ts'
import { NeuralODE, type NeuralODEOptions } from '../../src/models/neural-ode.ts'
import { MLP } from '../../src/program/mlp.ts'
import type { FieldFunction } from '../../src/solve/host-field.ts'
import { type OdeintOptions, odeint } from '../../src/solve/odeint.ts'
import { dopri8, fehlberg45, vern7 } from '../../src/tableaus/index.ts'
import { compile, type Tableau } from '../../src/tableaus/tableau.ts'
import { scatter } from '../support/gradients.ts'

/** Stages of the step, and extra ones. */
const countsOf = (solver: Tableau): [number, number] => {
  const { stages, denseStages } = compile(solver)
  return [stages, denseStages - stages]
}

let calls = 0
const swirl: FieldFunction = (t, y, dy) => {
  calls++
  const [u, v] = [y[0] as number, y[1] as number]
  dy[0] = Math.sin(3 * t) - u * v
  dy[1] = u - 0.3 * v + 0.1 * t
}

function run(ts: number[], options: OdeintOptions) {
  calls = 0
  const solution = odeint(swirl, [1, 2], ts, options)
  expect(solution.stats.nfe).toBe(calls)
  return solution
}

describe.each([fehlberg45, vern7, dopri8])('$name', (solver) => {
  const [stages, extra] = countsOf(solver)

  test('fixed steps: none for outputs at their ends, all for dense output', () => {
    const plain = run([0, 2], { solver, steps: 5, dense: false })
    expect(plain.stats.nfe).toBe(5 * stages)
    const grid = run([0, 0.5, 1, 1.5, 2], { solver, dt: 0.5, dense: false })
    expect(grid.stats.nfe).toBe(4 * stages)
    // The first of them is the next step's first stage.
    const dense = run([0, 2], { solver, steps: 5 })
    expect(dense.stats.nfe).toBe(1 + 5 * (stages - 1 + extra))
    expect(dense.ys).toEqual(plain.ys)
    const one = run([0, 1.1, 1.15, 2], { solver, steps: 5, dense: false })
    expect(one.stats.nfe).toBe(5 * stages + extra - 1)
    expect(one.y).toEqual(plain.y)
    expect(one.ys[2]).toEqual(dense.at(1.15))
  })

  test('adaptive steps: in those where an output lies', () => {
    const options = { solver, rtol: 1e-7, atol: 1e-7 }
    const dense = run([0, 3], options)
    const times = [...dense.stepTimes]
    const { accepted, steps } = dense.stats
    expect(accepted).toBeGreaterThan(5)
    expect(dense.stats.nfe).toBe(2 + (stages - 1) * steps + extra * accepted)
    // The last step passes t1, so it is looked into.
    const last = run([0, 3], { ...options, dense: false })
    expect(last.stats.nfe).toBe(2 + (stages - 1) * steps + (accepted - 1) + extra)
    const middle = ((times[2] as number) + (times[3] as number)) / 2
    const inside = run([0, middle, times[4] as number, 3], { ...options, dense: false })
    expect(inside.stats.nfe).toBe(last.stats.nfe + extra - 1)
    expect(inside.ys[1]).toEqual(dense.at(middle))
    expect(inside.y).toEqual(dense.y)
    expect(last.y).toEqual(dense.y)
  })

  test('a gradient takes them where an output is charged, and nowhere else', () => {
    using field = new MLP([2, 5, 2], { activation: 'tanh', dtype: 'f64', seed: 3 })
    const nfe = (options: NeuralODEOptions): number => {
      // Room for the states, and none for a tape.
      const adjoint = checkpoint({ budget: 21 * 32 })
      const [y, pullback] = vjp(new NeuralODE(field, { solver, steps: 4, adjoint, ...options }), scatter(4))
      try {
        return pullback(scatter(y.length)).nfe
      } finally {
        pullback.dispose()
      }
    }
    expect(nfe({ t: [0, 1] })).toBe(4 * stages)
    expect(nfe({ t: [0, 1], output: 'all' })).toBe(4 * stages)
    expect(nfe({ t: [0, 0.6, 1] })).toBe(4 * stages + extra)
    expect(nfe({ t: [0, 0.6, 0.65, 0.9, 1] })).toBe(4 * stages + 2 * extra)
  })

  // That of fehlberg45 is at the end of the step, where a stage of the step is as well.
  test.runIf(solver !== fehlberg45)('a value that is not finite in one of them is no number with a good status', () => {
    const node = solver === vern7 ? 0.79 : 0.1
    const hole = (t: number, y: ArrayLike<number>): number[] => [
      Math.abs(t - node) < 1e-9 ? Number.NaN : -(y[0] as number),
    ]
    const options = { solver, steps: 1 }
    expect(() => odeint(hole, [1], [0, 1], options)).toThrow('non-finite field')
    expect(odeint(hole, [1], [0, 1], { ...options, dense: false }).y[0]).toBeCloseTo(Math.exp(-1), 3)
    const { y, stats } = odeint(hole, [1], [0, 1.5], { solver, dt0: 1, rtol: 1e-2, atol: 1e-2 })
    expect(stats.rejected).toBeGreaterThan(0)
    expect(y[0]).toBeCloseTo(Math.exp(-1.5), 1)
  })

  test('float32: dense output as good as the steps', () => {
    const single = odeint(swirl, Float32Array.of(1, 2), [0, 2], { solver, steps: 40 })
    const exact = odeint(swirl, [1, 2], [0, 2], { solver, rtol: 1e-12, atol: 1e-12 })
    for (let t = 0; t < 2; t += 0.037) {
      for (const i of [0, 1])
        expect(Math.abs((single.at(t)[i] as number) - (exact.at(t)[i] as number))).toBeLessThan(3e-6)
    }
  })
})
