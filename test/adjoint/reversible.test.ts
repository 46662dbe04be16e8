import { describe, expect, test } from 'vitest'
import { reversible } from '../../src/adjoint/reversible.ts'
import { vjp } from '../../src/adjoint/vjp.ts'
import { SolveError } from '../../src/core/errors.ts'
import { NeuralODE, type NeuralODEOptions } from '../../src/models/neural-ode.ts'
import { Field } from '../../src/program/field.ts'
import { tableaus } from '../../src/tableaus/all.ts'
import { dopri5, dopri8, rk4 } from '../../src/tableaus/index.ts'
import type { Tableau } from '../../src/tableaus/tableau.ts'
import { compare, EQUAL, gradient, network } from '../support/compare.ts'
import { differences, inner, onGrid, relative, scatter } from '../support/gradients.ts'
import { cotangents, REFERENCE_GRADIENTS } from '../support/reference-gradients.ts'
import { type ReferenceField, rkStep } from '../support/reference-rk.ts'
import { slope } from '../support/slope.ts'

const methods = Object.values(tableaus)
const adjoint = reversible()

describe.each([
  ['forward', [0.1, 0.85, 0.96, 1.45]],
  ['backward', [1.2, 0.7, 0.62, -0.35]],
] as const)('against differences, %s', (_, times) => {
  const t = [...times]
  const ends = [t[0] as number, t[3] as number]
  const x = scatter(9)

  describe.each(methods)('$name', (solver) => {
    test.each([
      ['two times, equal steps', { t: ends, solver, steps: 3 }],
      ['four times, equal steps, all outputs', { t, solver, steps: 3 }],
      ['steps of a length', { t, solver, dt: 0.4 }],
      ['a grid, all outputs', { t, solver: onGrid(solver) }],
      ['a grid, the last output', { t, solver: onGrid(solver), output: 'last' as const }],
    ])('%s', (__, options) => {
      using field = network()
      compare(field, { ...options, adjoint }, x)
      compare(field, { ...options, adjoint: reversible({ lambda: 0.9 }) }, x)
    })

    test.runIf(solver.error)('adaptive', () => {
      using field = network()
      compare(field, { t, solver, ...EQUAL, adjoint }, x)
      compare(field, { t: ends, solver, ...EQUAL, adjoint }, x)
      compare(field, { t, solver, ...EQUAL, output: 'last', tStops: [0.5, 0.53], adjoint }, x)
    })
  })
})

test.each(methods.filter(({ error }) => error))(
  '$name: an adaptive gradient is that of its steps as a grid',
  (solver) => {
    using field = network()
    const even = reversible({ lambda: 0.9 }) // the default is another one for fixed steps
    const options = { solver, rtol: 1e-2, atol: 1e-2, dt0: 0.05, t: [0.1, 1.3], tStops: [1.3], adjoint: even }
    const one = gradient(new NeuralODE(field, { ...options, dtMin: 0.15, dtMax: 0.15 }), scatter(9))
    const grid = [0.1, 0.25, 0.4, 0.55, 0.7, 0.85, 1, 1.15, 1.3]
    const two = gradient(
      new NeuralODE(field, { t: grid, output: 'last', solver: onGrid(solver), adjoint: even }),
      scatter(9),
    )
    expect(relative(one.dx, two.dx)).toBeLessThan(1e-12)
    expect(relative(one.dparams, two.dparams)).toBeLessThan(1e-12)
  },
)

describe.each([1, 3, 5, 17])('width %i', (width) => {
  test.each([1, 3, 5, 17])('batch %i', (batch) => {
    using field = network(width, width)
    const node = new NeuralODE(field, { t: [0, 0.4, 1], solver: dopri5, ...EQUAL, adjoint })
    const x = scatter(width * batch)
    const { dx } = gradient(node, x)
    const along = scatter(x.length, 11)
    const by = differences(
      ([s]) => {
        const y = node.forward(x.map((v, i) => v + (s as number) * (along[i] as number)))
        return inner(y, scatter(y.length, 3))
      },
      [0],
    )
    expect(relative([inner(dx, along)], by)).toBeLessThan(1e-7)
    // The same in f32.
    using single = network(width, width, 'f32')
    const low = gradient(new NeuralODE(single, { t: [0, 0.4, 1], solver: dopri5, ...EQUAL, adjoint }), Array.from(x))
    expect(relative(low.dx, dx)).toBeLessThan(1e-5)
    expect(low.trusted).toBe(true)
  })
})

const rotation = (): Field => {
  const field = new Field(2, (p) => p.dense(p.state, 2, { bias: false }), { dtype: 'f64' })
  field.parameters = [0, -1, 1, 0]
  return field
}

describe('the formulas of the paper', () => {
  const f: ReferenceField = (_, [u, v]) => [-(v as number), u as number]

  /** McCallum, Foster 2024, (2): one solution is the output. */
  function reference(solver: Tableau, count: number, t1: number, lambda: (i: number) => number): number[] {
    const h = t1 / count
    let [y, z] = [
      [1, 0.5],
      [1, 0.5],
    ]
    for (let i = 0; i < count; i++) {
      const ahead = rkStep(solver, f, 0, z as number[], h).y
      const [yOld, zOld] = [y as number[], z as number[]]
      y = yOld.map((v, j) => {
        const zj = zOld[j] as number
        return lambda(i) * v + (1 - lambda(i)) * zj + ((ahead[j] as number) - zj)
      })
      const back = rkStep(solver, f, 0, y, -h).y
      z = zOld.map((v, j) => v - ((back[j] as number) - ((y as number[])[j] as number)))
    }
    return y as number[]
  }

  test.each(methods)('$name', (solver) => {
    using field = rotation()
    for (const [options, lambda] of [
      [{}, () => 7 / 17],
      [{ lambda: 0.8 }, () => 0.8],
      [{ lambda: 1 }, () => 1],
    ] as const) {
      const node = new NeuralODE(field, { t: [0, 2], solver, steps: 7, adjoint: reversible(options) })
      expect(relative(node.forward([1, 0.5]), reference(solver, 7, 2, lambda))).toBeLessThan(1e-14)
    }
  })

  // y' = y - y^2, y(0) = 1/10. The two solutions are nearly each other's mirror in time, so that an odd order is hard to see in a
  // slope: part of the error has one order more. What it must do is fall like n^-p, from not much more
  // than the method's own error.
  test.each(methods)('$name: the order is that of the method', (solver) => {
    using field = new Field(1, (p) => p.dense(p.concat(p.state, p.mul(p.state, p.state)), 1, { bias: false }), {
      dtype: 'f64',
    })
    field.parameters = [1, -1]
    const { order } = solver
    const counts = [0, 1, 2, 3, 4, 5, 6].map((i) => Math.round((order > 5 ? 8 : 64 / order) * 2 ** (i / 2)))
    const errors = (options: NeuralODEOptions): number[] =>
      counts.map((steps) => {
        const [y] = new NeuralODE(field, { t: [0, 2], solver, steps, ...options }).forward([0.1])
        return Math.abs((y as number) - 1 / (1 + 9 * Math.exp(-2)))
      })
    const C = Math.max(...errors({}).map((error, i) => error * (counts[i] as number) ** order))
    for (const way of [adjoint, reversible({ lambda: 0.9 })]) {
      const found = errors({ adjoint: way })
      for (const [i, error] of found.entries())
        expect(error).toBeLessThan(2 * C * (counts[i] as number) ** -order + 1e-15)
      if (order === 2 || order === 4) expect(Math.abs(-slope(counts, found) - order)).toBeLessThan(0.1)
    }
  })
})

describe('reconstruction', () => {
  test('is rounding, and what rounding grows to is told', () => {
    using field = rotation()
    const at = (lambda: number | undefined, steps: number) =>
      gradient(
        new NeuralODE(field, { t: [0, 4], solver: rk4, steps, adjoint: reversible(lambda ? { lambda } : {}) }),
        [1, 0.5],
      )
    // In units of 1e-6.
    for (const steps of [10, 100, 1000, 10_000, 100_000]) {
      const { reconstruction, trusted } = at(undefined, steps)
      expect(reconstruction).toBeLessThan(1e-9 * Math.exp(10))
      expect(trusted).toBe(true)
    }
    expect(at(0.99, 1000).trusted).toBe(true)
    // 0.99^-10000 is 1e43.
    expect(at(0.99, 10_000)).toMatchObject({ trusted: false })
    expect(at(1, 10_000)).toMatchObject({ trusted: true })
  })

  test('takes no state from the way forth', () => {
    using field = network()
    const options = { t: [0, 1, 2], solver: dopri5, rtol: 1e-10, atol: 1e-10, adjoint }
    const { reconstruction, trusted } = gradient(new NeuralODE(field, options), scatter(9))
    expect(reconstruction).toBeGreaterThan(0)
    expect(reconstruction).toBeLessThan(0.1)
    expect(trusted).toBe(true)
  })
})

// y' = -rate (y - 1). The difference of the two solutions grows like exp(rate t), and no stage of a step sees it.
describe('where the field contracts', () => {
  const at = (rate: number, way = adjoint) => {
    using field = new Field(1, (p) => p.dense(p.state, 1), { dtype: 'f64' })
    field.parameters = [-rate, rate]
    const node = new NeuralODE(field, { t: [0, 1], adjoint: way })
    const y = node.forward([2])[0] as number
    return { ...gradient(node, [2]), off: Math.abs(y - 1 - Math.exp(-rate)) }
  }

  test('the steps are as short as it takes', () => {
    for (const rate of [1, 3, 10]) {
      const { off, dparams, trusted } = at(rate)
      expect(off).toBeLessThan(5e-6)
      const db = (1 - Math.exp(-rate)) / rate
      expect(Math.abs((dparams[1] as number) / (scatter(1, 3)[0] as number) - db)).toBeLessThan(1e-5)
      expect(trusted).toBe(true)
    }
    expect(at(20, reversible({ lambda: 0.5 })).trusted).toBe(true)
  })

  test('fixed steps that are too long for the second solution say so', () => {
    const told = (rate: number, steps: number) => {
      using field = new Field(1, (p) => p.dense(p.state, 1), { dtype: 'f64' })
      field.parameters = [-rate, rate]
      const node = new NeuralODE(field, { t: [0, 1], solver: rk4, steps, adjoint: reversible({ lambda: 0.99 }) })
      const [, pullback] = vjp(node, [2])
      const off = Math.abs((node.forward([2])[0] as number) - 1 - Math.exp(-rate))
      const [first, second] = [pullback([1]), pullback([1])]
      pullback.dispose()
      expect(second.trusted).toBe(first.trusted)
      return { off, trusted: first.trusted }
    }
    expect(told(20, 40).off).toBeGreaterThan(1)
    expect(told(20, 40).trusted).toBe(false)
    expect(told(2, 40)).toMatchObject({ trusted: true })
  })

  test('what cannot be taken back says so', () => {
    expect(() => at(40)).toThrow(SolveError)
    const { off, trusted } = at(40, reversible({ lambda: 0.5 }))
    expect(off).toBeLessThan(5e-6)
    expect(trusted).toBe(false)
  })
})

test.each(REFERENCE_GRADIENTS)('reference gradient: $name', (problem) => {
  using field = problem.field()
  const { dx, dparams } = cotangents(problem, field, { solver: dopri8, rtol: 1e-13, atol: 1e-13, adjoint })
  expect(relative(dx, problem.dx)).toBeLessThan(1e-9)
  expect(relative(problem.parameters(dparams), problem.dp)).toBeLessThan(1e-9)
})
