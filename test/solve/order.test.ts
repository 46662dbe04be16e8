// Orders of convergence as `odeint` shows them: the core's own steps, with its own times and its own dense output.
// test/tableaus does the same with a plain reference integrator, and says why nine sizes so close together.

import { describe, expect, test } from 'vitest'
import type { FieldFunction } from '../../src/solve/host-field.ts'
import { odeint } from '../../src/solve/odeint.ts'
import { tableaus } from '../../src/tableaus/all.ts'
import { compile, type Tableau } from '../../src/tableaus/tableau.ts'
import { rkStep } from '../support/reference-rk.ts'
import { slope } from '../support/slope.ts'

/** y = 1 / (1.25 - sin t): nonlinear, and in time, so that the nodes c are seen. */
const field: FieldFunction = (t, y, dy) => {
  dy[0] = Math.cos(t) * (y[0] as number) ** 2
}
const exact = (t: number): number => 1 / (1.25 - Math.sin(t))

const REFINEMENTS = Array.from({ length: 9 }, (_, i) => 2 ** (i / 4))
// By order: small enough for the leading term to rule, large enough for rounding to stay below.
const COARSEST = [2048, 512, 256, 1024, 256]
const methods: readonly (readonly [string, Tableau])[] = Object.entries(tableaus)
const low = methods.filter(([, { order }]) => order <= 6)
const high = methods.filter(([, { order }]) => order > 6)

describe.each([
  ['forward', 0.25, 7],
  ['backward', 7, 0.25],
] as const)('%s', (_, t0, t1) => {
  test.each(low)('%s: equal steps of order p', (__, solver) => {
    const counts = REFINEMENTS.map((r) => Math.round((COARSEST[solver.order - 1] as number) * r))
    const errors = counts.map((steps) => {
      const { y, stats } = odeint(field, [exact(t0)], [t0, t1], { solver, steps })
      expect(stats).toMatchObject({ accepted: steps, rejected: 0 })
      return (y[0] as number) - exact(t1)
    })
    expect(Math.abs(-slope(counts, errors) - solver.order)).toBeLessThan(0.1)
  })

  test.each(low)('%s: dense output of order q', (__, solver) => {
    const direction = Math.sign(t1 - t0)
    const sizes = REFINEMENTS.map((r) => (direction * 0.03) / r)
    const errors = sizes.map((h) => {
      const solution = odeint(field, [exact(t0)], [t0, t0 + h], { solver, steps: 1 })
      const thetas = [1, 3, 5, 7, 9, 11, 13, 15].map((i) => i / 16)
      return Math.max(
        ...thetas.map((theta) => Math.abs((solution.at(t0 + theta * h)[0] as number) - exact(t0 + theta * h))),
      )
    })
    expect(Math.abs(slope(sizes, errors) - (compile(solver).denseOrder + 1))).toBeLessThan(0.1)
  })

  // Orders above 6 show in doubles only where the solution is simple, as here the rotation.
  test.each(high)('%s: equal steps of order p', (__, solver) => {
    const rotation: FieldFunction = (_t, [u, v], dy) => {
      dy[0] = -(v as number)
      dy[1] = u as number
    }
    const counts = REFINEMENTS.map((r) => Math.round((solver.order === 8 ? 12 : 24) * r))
    const errors = counts.map((steps) => {
      const { y } = odeint(rotation, [1, 0], [0, Math.sign(t1 - t0) * 8], { solver, steps })
      return Math.hypot((y[0] as number) - Math.cos(8), (y[1] as number) - Math.sign(t1 - t0) * Math.sin(8))
    })
    expect(Math.abs(-slope(counts, errors) - solver.order)).toBeLessThan(0.1)
  })

  // So the core is compared with the reference, whose orders test/tableaus measures in multiple precision.
  test.each(high)('%s: steps and dense output of the reference', (__, solver) => {
    const h = Math.sign(t1 - t0) * 0.3
    const solution = odeint(field, [exact(t0)], [t0, t0 + h], { solver, steps: 1 })
    const step = rkStep(solver, (t, [y]) => [Math.cos(t) * (y as number) ** 2], t0, [exact(t0)], t0 + h - t0)
    expect(Math.abs((solution.y[0] as number) - (step.y[0] as number))).toBeLessThan(1e-14)
    for (const theta of [1, 3, 5, 7, 9, 11, 13, 15].map((i) => i / 16)) {
      const [mine, other] = [solution.at(t0 + theta * h)[0] as number, step.at(theta)[0] as number]
      // Dense coefficients reach 1207 and cancel.
      expect(Math.abs(mine - other)).toBeLessThan(1e-13)
    }
  })

  // A quadrature, y' = g(t), of a polynomial of degree p - 1 is exact: what is left is rounding.
  test.each(methods)('%s: exact for polynomials of degree p', (__, solver) => {
    const p = solver.order
    const power: FieldFunction = (t, _y, dy) => {
      dy[0] = p * t ** (p - 1)
    }
    const { y } = odeint(power, [0.25 ** p], [0.25, t1], { solver, steps: 7 })
    expect(Math.abs((y[0] as number) - t1 ** p)).toBeLessThan(Math.max(t1 ** p, 1) * 1e-14)
  })
})

test.each(methods)('%s: float32 converges until rounding', (_, solver) => {
  const error = (steps: number): number => {
    const { y } = odeint(field, Float32Array.of(exact(0.25)), [0.25, 7], { solver, steps })
    expect(y).toBeInstanceOf(Float32Array)
    return Math.abs((y[0] as number) - exact(7))
  }
  // 2^-24 for each of the steps' roundings, amplified by the field; euler is still far above that.
  expect(error(2048)).toBeLessThan(solver.order === 1 ? 0.05 : 3e-5)
})
