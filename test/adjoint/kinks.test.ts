// Gradients through located kinks: exact for the steps that were taken, and the true ones at the order of the method.

import { describe, expect, test } from 'vitest'
import { checkpoint } from '../../src/adjoint/checkpoint.ts'
import { vjp } from '../../src/adjoint/vjp.ts'
import { NeuralODE, type NeuralODEOptions } from '../../src/models/neural-ode.ts'
import { Field } from '../../src/program/field.ts'
import { MLP } from '../../src/program/mlp.ts'
import { bosh3, dopri5, dopri8, tsit5, vern7 } from '../../src/tableaus/index.ts'
import { at, differences, inner, relative, scatter } from '../support/gradients.ts'
import { apart, NET_START, net282, PARABOLA_START, parabola, randomField } from '../support/kinks.ts'

const methods = [bosh3, dopri5, tsit5, vern7, dopri8]

const model = (field: Field, tol: number, options: NeuralODEOptions = {}): NeuralODE =>
  new NeuralODE(field, { t: [0, 2], kinks: 'locate', rtol: tol, atol: tol, ...options })

/** Outputs, and the pullback of `dy`. */
function pulled(node: NeuralODE, x: ArrayLike<number>, dy: (n: number) => ArrayLike<number> = (n) => scatter(n, 3)) {
  const [y, pullback] = vjp(node, node.dtype === 'f32' ? Float32Array.from(x) : Float64Array.from(x))
  try {
    const g = Array.from(dy(y.length))
    const [first, second] = [pullback(g), pullback(g)]
    // The second one has solved again.
    expect(second).toMatchObject({ dx: first.dx, dparams: first.dparams, dt: first.dt })
    return { y, ...first }
  } finally {
    pullback.dispose()
  }
}

/** y' = W2 act(W1 y), without biases: y(t) is homogeneous in y(0), of degree 1. */
function homogeneous(
  dim: number,
  width: number,
  activation: 'relu' | 'leaky_relu',
  dtype: 'f32' | 'f64' = 'f64',
): Field {
  const field = new Field(
    dim,
    (p) => p.dense(p.dense(p.state, width, { activation, bias: false }), dim, { bias: false }),
    { dtype, seed: width },
  )
  field.parameters = field.parameters.map((v) => 3 * v)
  return field
}

describe('the transpose of the steps', () => {
  // The lengths of steps and the pattern are constants, so what was computed is linear in y(0) where the field is homogeneous: y(t) is
  // its derivative times y(0), however loose the tolerance.
  test.each(methods)('$name: Euler on homogeneous functions', (solver) => {
    for (const activation of ['relu', 'leaky_relu'] as const) {
      for (const [dim, width, rows] of [
        [2, 3, 5],
        [3, 17, 1],
        [5, 9, 3],
      ] as const) {
        using field = homogeneous(dim, width, activation)
        const x = scatter(dim * rows, width)
        const node = model(field, 1e-2, { solver, t: [0, 0.7, 1.1, 3] })
        expect(node.solve(x, [0, 3]).stats.kinks).toBeGreaterThan(0)
        const w = scatter(3 * dim * rows + dim * rows, 5)
        const { y, dx } = pulled(node, x, () => w)
        expect(Math.abs(inner(dx, x) - inner(w, y))).toBeLessThan(1e-12 * (1 + Math.abs(inner(w, y))))
      }
    }
  })

  test('f32, to its rounding', () => {
    for (const solver of methods) {
      using field = homogeneous(3, 17, 'relu', 'f32')
      const x = scatter(9, 1)
      const { y, dx } = pulled(model(field, 1e-3, { solver }), x)
      expect(Math.abs(inner(dx, x) - inner(scatter(9, 3), y))).toBeLessThan(1e-5 * (1 + Math.max(...y)))
    }
  })

  test.each(methods)('$name: the same bits for every budget', (solver) => {
    using field = randomField(3, 20, 4)
    const x = scatter(9, 4)
    const states = (n: number): NeuralODEOptions => ({
      solver,
      t: [0, 0.9, 2],
      adjoint: checkpoint({ budget: n * 72 }),
    })
    const whole = pulled(model(field, 1e-7, states(4096)), x)
    for (const n of [2, 3, 5, 9, 17, 40]) {
      const { dx, dparams, dt } = pulled(model(field, 1e-7, states(n)), x)
      expect([dx, dparams, dt]).toEqual([whole.dx, whole.dparams, whole.dt])
    }
  })
})

describe('the true gradient', () => {
  test.each([dopri5, tsit5, vern7, dopri8])('$name: differences of exact solutions, 2-8-2', (solver) => {
    using field = net282()
    const exact = (x: ArrayLike<number>, t = [0, 0.6, 3]): number => {
      const y = model(field, 1e-13, { solver: dopri8, t }).forward(Float64Array.from(x))
      return inner(y, scatter(y.length, 3))
    }
    const { dx, dparams, dt } = pulled(model(field, 1e-10, { solver, t: [0, 0.6, 3] }), NET_START)
    expect(relative(dx, differences(exact, NET_START, false))).toBeLessThan(1e-7)
    const p = field.parameters as Float64Array
    expect(
      relative(
        dparams,
        differences((there) => at(field, there, () => exact(NET_START)), p, false),
      ),
    ).toBeLessThan(1e-7)
    expect(
      relative(
        dt,
        differences((t) => exact(NET_START, [...t]), [0, 0.6, 3], false),
      ),
    ).toBeLessThan(1e-7)
  })

  test('its error follows the tolerance, where that of plain steps does not', () => {
    for (const seed of [1, 2, 3]) {
      using field = randomField(4, 64, seed)
      const x = [1, -0.5, 0.3, 0.2]
      const exact = pulled(model(field, 1e-14, { solver: dopri8 }), x).dparams
      const error = (tol: number, options: NeuralODEOptions = {}): number =>
        relative(pulled(model(field, tol, options), x).dparams, exact)
      expect(error(1e-5)).toBeLessThan(1e-4)
      expect(error(1e-7)).toBeLessThan(2e-6)
      expect(error(1e-9)).toBeLessThan(2e-8)
      expect(error(1e-7, { kinks: 'ignore' })).toBeGreaterThan(100 * error(1e-7))
    }
  })

  test('two kinks within one step', () => {
    const gap = 1e-2
    using field = parabola(gap)
    // u(2) = 2 (1/3 - gap + 2/3 gap^1.5), and gap = -b of the unit.
    const { dparams } = pulled(model(field, 1e-9, { dt0: 2 }), PARABOLA_START, () => [1, 0, 0])
    expect(apart([dparams[1] as number], [2 * (1 - Math.sqrt(gap))])).toBeLessThan(1e-9)
  })

  test('time inputs and parameters that follow time', () => {
    const options = { dtype: 'f64', seed: 3 } as const
    for (const make of [
      () => new MLP([3, 9, 2], { ...options, time: 'concat' }),
      () => new MLP([2, 9, 2], { ...options, layers: 3, span: 3 }),
    ]) {
      using field = make()
      field.parameters = field.parameters.map((v) => 2 * v)
      const x = scatter(4, 2)
      const knots = { discontinuities: [...field.knots] }
      const exact = (): number => inner(model(field, 1e-12, { solver: dopri8, ...knots }).forward(x), scatter(4, 3))
      const { dparams } = pulled(model(field, 1e-9, { solver: tsit5, ...knots }), x)
      const p = field.parameters as Float64Array
      expect(
        relative(
          dparams,
          differences((there) => at(field, there, exact), p, false),
        ),
      ).toBeLessThan(1e-6)
    }
  })
})

test('a model keeps the option, and fits with it', () => {
  using field = net282()
  const node = model(field, 1e-6)
  const again = NeuralODE.from(node.save())
  expect(again.solverOptions.kinks).toBe('locate')
  expect(again.forward(Float64Array.from(NET_START))).toEqual(node.forward(Float64Array.from(NET_START)))
  again.field.dispose()
})

// Kinks that crowd: at a loose tolerance 'auto' gives locating up on the way.
describe("kinks: 'auto'", () => {
  test('gives up where they crowd, locates where they are few, and is exact either way', () => {
    for (const solver of methods) {
      using field = homogeneous(4, 60, 'leaky_relu')
      const x = scatter(8, 2)
      const nfe = (kinks: 'auto' | 'locate' | 'ignore', tol: number): number => {
        const { stats } = new NeuralODE(field, { solver, rtol: tol, atol: tol }).solve(x, [0, 4], {
          kinks,
          maxSteps: 1e5,
        })
        return stats.nfe
      }
      expect(nfe('auto', 1e-2)).toBeLessThan(nfe('locate', 1e-2) / 2)
      if (solver.order > 3) expect(nfe('auto', 1e-10)).toBe(nfe('locate', 1e-10))
      const budgets = [4096, 2, 7].map((n) => {
        const options: NeuralODEOptions = {
          solver,
          kinks: 'auto',
          t: [0, 1.1, 4],
          adjoint: checkpoint({ budget: n * 64 }),
        }
        return pulled(model(field, 1e-2, options), x)
      })
      for (const { y, dx, dparams } of budgets) {
        expect(Math.abs(inner(dx, x) - inner(scatter(y.length, 3), y))).toBeLessThan(
          1e-11 * (1 + Math.max(...y.map(Math.abs))),
        )
        expect([dx, dparams]).toEqual([budgets[0]?.dx, budgets[0]?.dparams])
      }
    }
  })
})
