import { describe, expect, test } from 'vitest'
import { vjp } from '../../src/adjoint/vjp.ts'
import { NeuralODE, type NeuralODEOptions } from '../../src/models/neural-ode.ts'
import { type Activation, activationIds } from '../../src/program/builder.ts'
import { MLP } from '../../src/program/mlp.ts'
import { odeint } from '../../src/solve/odeint.ts'
import { tableaus } from '../../src/tableaus/all.ts'
import { bosh3, rk4 } from '../../src/tableaus/index.ts'
import { compare, EQUAL, gradient, loss } from '../support/compare.ts'
import { adaptiveHeun, at, differences, inner, onGrid, relative, scatter } from '../support/gradients.ts'

const TOLERANCE = 1e-7
const activations = Object.keys(activationIds) as Activation[]
const methods = Object.values(tableaus)
const adaptive = [...methods.filter((method) => method.error), adaptiveHeun]
// Their derivative jumps at 0; elu's second one does.
const kinky: readonly Activation[] = ['relu', 'leaky_relu', 'elu']

/** A field in time, so that the times' cotangents see df/dt as well. */
function network(activation: Activation, dim = 3, hidden = 5): MLP {
  const field = new MLP([dim + 1, hidden, dim], { activation, time: 'concat', dtype: 'f64', seed: 7 })
  // Twice PyTorch's initialisation: units work on both sides of 0. Not where it would make the solution explode.
  if (activation !== 'exp') field.parameters = field.parameters.map((p) => 2 * p)
  return field
}

describe.each(activations)('%s', (activation) => {
  const smooth = !kinky.includes(activation)

  test.each(methods)('$name, fixed steps', (solver) => {
    using field = network(activation)
    compare(field, { t: [0.1, 1.3], solver, steps: 4 }, scatter(9), { smooth })
  })

  // An adaptive gradient is that of the steps that were taken: their lengths are constants. Differences of an adaptive solve
  // would also see the lengths change, and a kink moves them the more (a step that ends at another place sees the kink
  // elsewhere). So the steps are frozen: their times, taken from the solution, become the grid of a fixed solve. Its gradient
  // must be the adaptive one to the bit, and may be compared with differences.
  test.each(adaptive)('$name, adaptive: frozen steps', (solver) => {
    using field = network(activation)
    const x = scatter(9)
    const tolerances = { rtol: 1e-2, atol: 1e-2, dt0: 0.05 }
    const { stepTimes: steps } = odeint(field, x, [0.1, 1.3], { solver, ...tolerances })
    expect(steps.length).toBeGreaterThan(3)
    const free = new NeuralODE(field, { t: [0.1, steps[steps.length - 1] as number], solver, ...tolerances })
    const frozen = { t: [...steps], output: 'last', solver: onGrid(solver) } as const
    const one = gradient(free, x)
    const two = gradient(new NeuralODE(field, frozen), x)
    expect(one.dx).toEqual(two.dx)
    expect(one.dparams).toEqual(two.dparams)
    compare(field, frozen, x, { smooth })
  })
})

describe.each([
  ['forward', [0.1, 0.85, 0.96, 1.45]],
  ['backward', [1.2, 0.7, 0.62, -0.35]],
] as const)('outputs and times, %s', (_, times) => {
  const t = [...times]
  const ends = [t[0] as number, t[3] as number]
  const x = scatter(9)

  describe.each(methods)('$name', (solver) => {
    test.each([
      ['two times, equal steps', { t: ends, solver, steps: 3 }],
      ['four times, equal steps, all outputs', { t, solver, steps: 3 }],
      ['four times, equal steps, the last output', { t, solver, steps: 3, output: 'last' as const }],
      ['two times, steps of a length', { t: ends, solver, dt: 0.4 }],
      ['four times, steps of a length', { t, solver, dt: 0.4 }],
      ['a grid, all outputs', { t, solver: onGrid(solver) }],
      ['a grid, the last output', { t, solver: onGrid(solver), output: 'last' as const }],
    ])('%s', (__, options) => {
      using field = network('tanh')
      compare(field, options, x)
    })
  })

  test.each(adaptive)('$name: adaptive, dense outputs', (solver) => {
    using field = network('silu')
    compare(field, { t, solver, ...EQUAL }, x)
    compare(field, { t, solver, ...EQUAL, output: 'last' }, x)
    compare(field, { t: ends, solver, ...EQUAL }, x)
  })
})

describe('widths and batches', () => {
  const sizes = [1, 3, 5, 17]
  const pairs = sizes.flatMap((width) => sizes.map((batch) => [width, batch] as const))

  test.each(pairs)('width %i, batch %i', (width, batch) => {
    using field = network('tanh', width, width)
    const node = new NeuralODE(field, { t: [0, 1], solver: rk4, steps: 2 })
    const x = scatter(width * batch)
    const { dx, dparams } = gradient(node, x)
    // Along a few directions: one difference each, whatever the number of parameters.
    for (const seed of [11, 12, 13]) {
      const [u, v] = [scatter(x.length, seed), scatter(field.parameterCount, seed)]
      const along = (base: Float64Array, d: Float64Array, s: number): Float64Array =>
        base.map((b, i) => b + s * (d[i] as number))
      const byX = differences(([s]) => loss(node, along(x, u, s as number)), [0])
      const p = field.parameters as Float64Array
      const byP = differences(([s]) => at(field, along(p, v, s as number), () => loss(node, x)), [0])
      expect(relative([inner(dx, u)], byX)).toBeLessThan(TOLERANCE)
      expect(relative([inner(dparams, v)], byP)).toBeLessThan(TOLERANCE)
    }
  })
})

describe('times that repeat', () => {
  const x = scatter(9)
  const block = (seed: number): Float64Array => scatter(9, seed)
  const joined = (blocks: Float64Array[]): Float64Array => Float64Array.from(blocks.flatMap((b) => [...b]))
  const pulled = (t: number[], options: NeuralODEOptions, blocks: Float64Array[]) => {
    using field = network('tanh')
    const [, pullback] = vjp(new NeuralODE(field, { ...options, t, output: 'all' }), x)
    try {
      return pullback(joined(blocks))
    } finally {
      pullback.dispose()
    }
  }

  test.each<[string, NeuralODEOptions]>([
    ['equal steps', { solver: rk4, steps: 5 }],
    ['steps of a length', { dt: 0.3 }],
    ['a grid', { solver: onGrid(bosh3) }],
    ['adaptive', { rtol: 1e-4, atol: 1e-4 }],
  ])('%s: their cotangents add up', (_, options) => {
    const blocks = [1, 2, 3, 4, 5, 6, 7].map(block)
    const sum = (...at: number[]): Float64Array =>
      block(1).map((_v, i) => at.reduce((s, b) => s + ((blocks[b] as Float64Array)[i] as number), 0))
    const many = pulled([0, 0, 0.55, 0.55, 0.55, 1, 1], options, blocks)
    const few = pulled([0, 0.55, 1], options, [sum(0, 1), sum(2, 3, 4), sum(5, 6)])
    expect(relative(many.dx, few.dx)).toBeLessThan(1e-14)
    expect(relative(many.dparams, few.dparams)).toBeLessThan(1e-14)
    const [a, b, c, d, e, f, g] = many.dt as unknown as number[] as [
      number,
      number,
      number,
      number,
      number,
      number,
      number,
    ]
    expect(relative([a + b, c + d + e, f + g], few.dt)).toBeLessThan(1e-13)
  })

  test('no step at all: the outputs are the inputs', () => {
    for (const t of [[2], [2, 2], [2, 2, 2]]) {
      const { dx, dparams, dt } = pulled(
        t,
        { steps: 3 },
        t.map((_, i) => block(i)),
      )
      expect(
        relative(
          dx,
          block(0).map((_, i) => t.reduce((s, _t, j) => s + (block(j)[i] as number), 0)),
        ),
      ).toBeLessThan(1e-15)
      expect([...dparams, ...dt].every((v) => v === 0)).toBe(true)
    }
  })

  test('no rows at all', () => {
    using field = network('tanh')
    const [y, pullback] = vjp(new NeuralODE(field), [])
    expect(y).toHaveLength(0)
    expect(pullback([])).toMatchObject({ dx: new Float64Array(0), dparams: new Float64Array(field.parameterCount) })
    pullback.dispose()
  })
})

test('an output on the end of a step inside moves along the step before it', () => {
  using field = network('tanh')
  const x = scatter(9)
  for (const solver of methods) {
    const at = (t: number): number => loss(new NeuralODE(field, { t: [0, t, 1], solver, steps: 2 }), x)
    const h = 1e-4
    const left = (3 * at(0.5) - 4 * at(0.5 - h) + at(0.5 - 2 * h)) / (2 * h)
    const { dt } = gradient(new NeuralODE(field, { t: [0, 0.5, 1], solver, steps: 2 }), x)
    expect(Math.abs((dt[1] as number) - left), solver.name).toBeLessThan(1e-7)
  }
})

test('float32 gradients are those of float64 but for rounding', () => {
  for (const activation of activations) {
    using single = new MLP([4, 5, 3], { activation, time: 'concat', seed: 7 })
    using double = new MLP([4, 5, 3], { activation, time: 'concat', seed: 7, dtype: 'f64' })
    double.parameters = single.parameters
    const x = Float32Array.from(scatter(9))
    const options = { t: [0, 0.4, 1], steps: 10 }
    const [, one] = vjp(new NeuralODE(single, options), x)
    const [, two] = vjp(new NeuralODE(double, options), Float64Array.from(x))
    const dy = Float32Array.from(scatter(27, 3))
    const [a, b] = [one(dy), two(Float64Array.from(dy))]
    expect(a.dx).toBeInstanceOf(Float32Array)
    expect(relative(a.dx, b.dx), activation).toBeLessThan(3e-6)
    expect(relative(a.dparams, b.dparams), activation).toBeLessThan(3e-6)
    expect(relative(a.dt, b.dt), activation).toBeLessThan(3e-6)
    one.dispose()
    two.dispose()
  }
})
