// The derivative of the dense output: its order, the field's own values where a method has them, and what it refuses.

import { describe, expect, test } from 'vitest'
import { MLP } from '../../src/program/mlp.ts'
import type { FieldFunction } from '../../src/solve/host-field.ts'
import { odeint } from '../../src/solve/odeint.ts'
import { tableaus } from '../../src/tableaus/all.ts'
import { bosh3, dopri5, rk4, tsit5 } from '../../src/tableaus/index.ts'
import { compile, type Tableau } from '../../src/tableaus/tableau.ts'
import { scatter } from '../support/gradients.ts'
import { slope } from '../support/slope.ts'

/** y = 1 / (1.25 - sin t), y' = cos(t) y^2. */
const field: FieldFunction = (t, y, dy) => {
  dy[0] = Math.cos(t) * (y[0] as number) ** 2
}
const exact = (t: number): number => 1 / (1.25 - Math.sin(t))
const rate = (t: number): number => Math.cos(t) * exact(t) ** 2

const REFINEMENTS = Array.from({ length: 9 }, (_, i) => 2 ** (i / 4))
const methods: readonly (readonly [string, Tableau])[] = Object.entries(tableaus)

describe.each([
  ['forward', 0.25, 1],
  ['backward', 4, -1],
] as const)('%s', (_, t0, direction) => {
  test.each(methods)('%s: one order below the dense output', (__, solver) => {
    const coarsest = solver.order > 6 ? 0.4 : 0.05
    const sizes = REFINEMENTS.map((r) => (direction * coarsest) / r)
    const errors = sizes.map((h) => {
      const solution = odeint(field, [exact(t0)], [t0, t0 + h], { solver, steps: 1 })
      const thetas = Array.from({ length: 17 }, (___, i) => i / 16)
      return Math.max(
        ...thetas.map((x) => Math.abs((solution.derivativeAt(t0 + x * h)[0] as number) - rate(t0 + x * h))),
      )
    })
    const found = slope(sizes, errors)
    expect(found).toBeGreaterThan(solver.order - 1 - 0.1)
    // Above order 6 the leading term does not rule alone in steps that rounding leaves to be measured.
    if (solver.order <= 6) expect(Math.abs(found - compile(solver).denseOrder)).toBeLessThan(0.1)
  })
})

test.each([bosh3, dopri5, tsit5])('$name: at the ends of steps it is the field, to rounding', (solver) => {
  for (const y0 of [[exact(0.3)], Float32Array.of(exact(0.3))]) {
    const solution = odeint(field, y0, [0.3, 2], { solver, rtol: 1e-4, atol: 1e-4 })
    const ends = [...solution.stepTimes].filter((t) => t <= 2)
    expect(ends.length).toBeGreaterThan(4)
    const bound = y0 instanceof Float32Array ? 2e-5 : 1e-13
    for (const t of ends) {
      const wanted = Math.cos(t) * (solution.at(t)[0] as number) ** 2
      expect(Math.abs((solution.derivativeAt(t)[0] as number) - wanted)).toBeLessThan(bound * (1 + Math.abs(wanted)))
    }
    // The first stage is f(t0, y0) itself.
    const start = Math.cos(0.3) * (y0[0] as number) ** 2
    expect(solution.derivativeAt(0.3)[0]).toBe(y0 instanceof Float32Array ? Math.fround(start) : start)
  }
})

test('it is what `at` changes by', () => {
  for (const solver of [dopri5, tsit5, rk4]) {
    const options = solver === rk4 ? { steps: 7 } : { rtol: 1e-6, atol: 1e-6 }
    const solution = odeint(field, [exact(2)], [2, 0.3], { solver, ...options })
    const h = 1e-5
    for (const t of [0.4, 0.71, 1.3, 1.9]) {
      const change = ((solution.at(t + h)[0] as number) - (solution.at(t - h)[0] as number)) / (2 * h)
      expect(Math.abs((solution.derivativeAt(t)[0] as number) - change)).toBeLessThan(1e-8)
    }
  }
})

test.each(['f32', 'f64'] as const)('batches of any width, %s', (dtype) => {
  for (const width of [1, 3, 5, 17]) {
    using network = new MLP([width, 7, width], { activation: 'tanh', dtype, seed: 2 })
    const x = scatter(3 * width)
    const solution = odeint(network, [...x].map(Math.fround), [0, 1])
    for (const t of [0, 0.37, 1]) {
      const wanted = network.forward(solution.at(t))
      const got = solution.derivativeAt(t)
      expect(got).toHaveLength(3 * width)
      for (const [i, v] of wanted.entries())
        expect(Math.abs((got[i] as number) - v)).toBeLessThan(dtype === 'f32' ? 2e-3 : 1e-4)
    }
  }
})

test('refused where there is none', () => {
  expect(() => odeint(field, [1], [0, 1], { dense: false }).derivativeAt(0.5)).toThrow('the solve kept no dense output')
  expect(() => odeint(field, [1], [0, 1]).derivativeAt(1.5)).toThrow('t must lie in [0, 1], got 1.5')
  expect(() => odeint(field, [1], [0, 1]).derivativeAt(Number.NaN)).toThrow('t must lie in [0, 1], got NaN')
  expect(() => odeint(field, [1], [2]).derivativeAt(2)).toThrow('the solve took no step')
})
