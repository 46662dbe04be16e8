import { describe, expect, test } from 'vitest'
import { backsolve } from '../../src/adjoint/backsolve.ts'
import type { Cotangents } from '../../src/adjoint/model.ts'
import { vjp } from '../../src/adjoint/vjp.ts'
import { NeuralODE, type NeuralODEOptions } from '../../src/models/neural-ode.ts'
import { Field } from '../../src/program/field.ts'
import { MLP } from '../../src/program/mlp.ts'
import { bosh3, dopri5, dopri8, rk4, tsit5, vern7 } from '../../src/tableaus/index.ts'
import { gradient, network } from '../support/compare.ts'
import { onGrid, relative, scatter } from '../support/gradients.ts'
import { cotangents, cubicSpiral, REFERENCE_GRADIENTS } from '../support/reference-gradients.ts'
import { slope } from '../support/slope.ts'

const tight = { solver: dopri5, rtol: 1e-12, atol: 1e-12 }
// The transpose of steps so short that they are the equation, outputs between them included.
const fine = { solver: dopri8, steps: 300 }

/** How far two gradients are apart. */
function apart(a: Cotangents, b: Cotangents): number {
  return Math.max(relative(a.dx, b.dx), relative(a.dparams, b.dparams), relative(a.dt, b.dt))
}

describe.each([
  ['forward', [0.1, 0.85, 0.96, 1.45]],
  ['backward', [1.2, 0.7, 0.62, -0.35]],
] as const)('against the exact gradient, %s', (_, times) => {
  const t = [...times]
  const x = scatter(9)

  test.each<[string, NeuralODEOptions]>([
    ['all outputs', {}],
    ['the last output', { output: 'last' }],
    ['repeated times', { t: [t[0], t[0], t[1], t[1], ...t.slice(2)] as number[] }],
    ['stops', { tStops: [0.5, 0.85] }],
    ['parameters in the norm', { adjoint: backsolve({ norm: 'all' }) }],
    ['a method of its own', { adjoint: backsolve({ solver: vern7, rtol: 1e-12, atol: 1e-12 }) }],
    ['fixed steps backwards', { adjoint: backsolve({ solver: dopri8, steps: 200 }) }],
  ])('%s', (__, options) => {
    using field = network()
    const { t: own = t, output = 'all' } = options
    const exact = gradient(new NeuralODE(field, { ...fine, t: own, output }), x)
    const found = gradient(new NeuralODE(field, { t, ...tight, output, adjoint: backsolve(), ...options }), x)
    expect(apart(found, exact)).toBeLessThan(1e-9)
    expect(found).toMatchObject({ trusted: true })
  })

  test.each([bosh3, tsit5, dopri5])('$name: as exact as its tolerances', (solver) => {
    using field = network()
    const exact = gradient(new NeuralODE(field, { t, ...fine }), x)
    const sizes = [1e-4, 1e-5, 1e-6, 1e-7, 1e-8, 1e-9]
    const errors = sizes.map((size) =>
      apart(gradient(new NeuralODE(field, { t, solver, rtol: size, atol: size, adjoint: backsolve() }), x), exact),
    )
    expect(slope(sizes, errors)).toBeGreaterThan(0.75)
    for (const [i, error] of errors.entries()) expect(error).toBeLessThan(100 * (sizes[i] as number))
  })

  test.each([
    ['equal steps', { solver: rk4 }, (steps: number) => ({ steps })],
    ['steps of a length', { solver: rk4 }, (steps: number) => ({ dt: 1.6 / steps })],
    [
      'a grid',
      {},
      (steps: number) => ({ solver: rk4, t: Array.from({ length: steps + 1 }, (__, i) => 1.3 * (i / steps)) }),
    ],
  ])('%s: of the order of the method', (name, common, way) => {
    using field = network()
    const counts = [16, 32, 64, 128]
    const errors = counts.map((steps) => {
      const options = { t, ...common, ...way(steps), output: 'last' as const }
      const exact = gradient(new NeuralODE(field, { ...fine, t: options.t, output: 'last' }), x)
      const found = gradient(new NeuralODE(field, { ...options, adjoint: backsolve() }), x)
      return apart({ ...found, dt: exact.dt }, exact)
    })
    expect(-slope(counts, errors), name).toBeGreaterThan(3.8)
  })
})

describe.each([1, 3, 5, 17])('width %i', (width) => {
  test.each([1, 3, 5, 17])('batch %i', (batch) => {
    using field = network(width, width)
    const x = scatter(width * batch)
    const exact = gradient(new NeuralODE(field, { t: [0, 0.4, 1], ...fine }), x)
    const found = gradient(new NeuralODE(field, { t: [0, 0.4, 1], ...tight, adjoint: backsolve() }), x)
    expect(apart(found, exact)).toBeLessThan(1e-9)
    // The same in f32.
    using single = network(width, width, 'f32')
    const options = { t: [0, 0.4, 1], rtol: 1e-5, atol: 1e-6, adjoint: backsolve() }
    const low = gradient(new NeuralODE(single, options), Array.from(x))
    expect(apart(low, exact)).toBeLessThan(1e-3)
    expect(low.trusted).toBe(true)
  })
})

test.each(REFERENCE_GRADIENTS)('reference gradient: $name', (problem) => {
  using field = problem.field()
  const options = { solver: dopri8, rtol: 1e-13, atol: 1e-13, adjoint: backsolve() }
  const { dx, dparams, trusted } = cotangents(problem, field, options)
  expect(relative(dx, problem.dx)).toBeLessThan(1e-9)
  expect(relative(problem.parameters(dparams), problem.dp)).toBeLessThan(1e-9)
  // The spiral contracts: its states come back further off than 100 of these tolerances.
  expect(trusted).toBe(problem.name === 'Lotka-Volterra')
})

// tests/gradient_tests.py of torchdiffeq 0.2.5: the adjoint against backpropagation through the solver, at rtol 1e-9, atol 1e-12.
describe('what torchdiffeq asks of its adjoint', () => {
  const options = { rtol: 1e-9, atol: 1e-12, solver: dopri5 }
  const linspace = (a: number, b: number, n: number): number[] =>
    Array.from({ length: n }, (_, i) => a + ((b - a) * i) / (n - 1))

  test('linear, of ten components: 1e-5', () => {
    using field = new Field(10, (p) => p.dense(p.state, 10, { bias: false }), { dtype: 'f64' })
    const u = scatter(100, 5).map((v) => 0.1 * v)
    field.parameters = u.map((v, i) => 2 * v - (v + (u[(i % 10) * 10 + Math.floor(i / 10)] as number)))
    const t = linspace(1, 8, 10)
    const exact = gradient(new NeuralODE(field, { ...options, t }), scatter(10))
    const found = gradient(new NeuralODE(field, { ...options, t, adjoint: backsolve() }), scatter(10))
    expect(apart(found, exact)).toBeLessThan(1e-5)
  })

  test('the spiral from 0 to 25: 3e-4, 1e-4, 2e-3', () => {
    using field = cubicSpiral()
    const t = linspace(0, 25, 10)
    const [, pullback] = vjp(new NeuralODE(field, { ...options, t }), [2, 0])
    const [y, adjoint] = vjp(new NeuralODE(field, { ...options, t, adjoint: backsolve() }), [2, 0])
    const g = scatter(y.length).map((v) => 0.05 * (v + 1))
    const [exact, found] = [pullback(g), adjoint(g)]
    const distance = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
      Math.max(...Array.from(a, (v, i) => Math.abs(v - (b[i] as number))))
    expect(distance(found.dx, exact.dx)).toBeLessThan(3e-4)
    expect(distance(found.dt, exact.dt)).toBeLessThan(1e-4)
    expect(distance(found.dparams, exact.dparams)).toBeLessThan(2e-3)
    pullback.dispose()
    adjoint.dispose()
  })

  test('parameters that are not used have a gradient of zero', () => {
    using field = new MLP([2, 3, 2], { dtype: 'f64', seed: 1 })
    field.parameters = field.parameters.map((p, i) => (i < 9 ? -Math.abs(p) : p)) // units that never fire for x > 0
    const { dparams } = gradient(new NeuralODE(field, { ...options, t: [0, 0.1], adjoint: backsolve() }), [5, 5])
    expect([...dparams.subarray(0, 9)]).toEqual(new Array(9).fill(0))
  })
})

describe('the quadrature', () => {
  /** The same field, with `idle` units that no weight leads away from: their outgoing weights have gradients all the same. */
  function padded(idle: number): MLP {
    const core = new MLP([2, 8, 2], { activation: 'tanh', dtype: 'f64', seed: 3 })
    const field = new MLP([2, 8 + idle, 2], { activation: 'tanh', dtype: 'f64', seed: 4 })
    const [small, large] = [core.tensors(), field.tensors()]
    for (const [name, { data, shape }] of large) {
      const from = small.get(name)?.data as Float64Array
      const out = name.includes('weight') && shape[0] === 2
      for (let i = 0; i < data.length; i++) {
        if (out) data[i] = i % (8 + idle) < 8 ? (from[Math.floor(i / (8 + idle)) * 8 + (i % (8 + idle))] as number) : 0
        else if (i < from.length) data[i] = from[i] as number
        else data[i] = 100 * (data[i] as number)
      }
    }
    field.load(large)
    core.dispose()
    return field
  }
  const options = { t: [0, 3], solver: dopri5, rtol: 1e-7, atol: 1e-7 }

  test('is not in the norm: the steps do not know how many parameters there are', () => {
    const runs = [0, 1, 16, 500].map((idle) => {
      using field = padded(idle)
      return gradient(new NeuralODE(field, { ...options, adjoint: backsolve() }), scatter(6))
    })
    for (const { nfe, dx } of runs) {
      expect(nfe).toBe(runs[0]?.nfe)
      expect(relative(dx, (runs[0] as Cotangents).dx)).toBeLessThan(1e-12)
    }
  })

  test('is in it on request', () => {
    using field = padded(500)
    const nfe = (norm: 'state' | 'all'): number =>
      gradient(new NeuralODE(field, { ...options, adjoint: backsolve({ norm }) }), scatter(6)).nfe
    expect(nfe('all')).not.toBe(nfe('state'))
  })
})

describe('states backwards', () => {
  /** y' = -rate y: backwards it grows. */
  function contracting(rate: number): Field {
    const field = new Field(1, (p) => p.dense(p.state, 1, { bias: false }), { dtype: 'f64' })
    field.parameters = [-rate]
    return field
  }

  test('where they are lost, the gradient says so', () => {
    using field = contracting(40)
    const found = gradient(new NeuralODE(field, { t: [0, 1], adjoint: backsolve() }), [1])
    expect(found.reconstruction).toBeGreaterThan(1e6)
    expect(found.trusted).toBe(false)
    using mild = contracting(1)
    expect(gradient(new NeuralODE(mild, { t: [0, 1], adjoint: backsolve() }), [1])).toMatchObject({ trusted: true })
  })

  test('the unit is the larger tolerance of both ways', () => {
    using field = contracting(1)
    const at = (forth: number, back: number) =>
      gradient(
        new NeuralODE(field, { t: [0, 1], rtol: forth, atol: forth, adjoint: backsolve({ rtol: back, atol: back }) }),
        [1],
      )
    for (const [forth, back] of [
      [1e-4, 1e-10],
      [1e-10, 1e-4],
    ] as const)
      expect(at(forth, back)).toMatchObject({ trusted: true })
  })

  test('at output times they begin anew', () => {
    using field = contracting(40)
    const t = Array.from({ length: 21 }, (_, i) => i / 20)
    expect(gradient(new NeuralODE(field, { t, adjoint: backsolve() }), [1])).toMatchObject({ trusted: true })
  })

  test('where the equation cannot be solved, that is an error', () => {
    // y' = -y^3 from far away: backwards it blows up before t0.
    using field = new Field(1, (p) => p.scale(p.mul(p.mul(p.state, p.state), p.state), -1), { dtype: 'f64' })
    const node = new NeuralODE(field, { t: [0, 1], adjoint: backsolve() })
    expect(() => gradient(node, [1e6])).toThrow(/backwards in time: use checkpoint\(\) where it cannot be solved/)
  })
})

test('a grid of its own, and times that are no steps', () => {
  using field = network()
  const t = [0, 0.2, 0.3, 0.7, 1]
  const node = new NeuralODE(field, { t, solver: onGrid(rk4), output: 'last', adjoint: backsolve() })
  expect(gradient(node, scatter(9)).nfe).toBe(4 * 4 + 2)
})
