// Gradients of solves with a signal: exact, also in the times, which move along it.

import { describe, expect, test } from 'vitest'
import { NeuralODE } from '../../src/models/neural-ode.ts'
import { Field } from '../../src/program/field.ts'
import { cubicSignal, linearSignal, type Signal, type SignalOptions } from '../../src/program/signal.ts'
import { bosh3, dopri5, dopri8, rk4, tsit5 } from '../../src/tableaus/index.ts'
import { compare, EQUAL, gradient, sameForEveryBudget } from '../support/compare.ts'
import { adaptiveHeun, at, differences, inner, onGrid, relative, scatter } from '../support/gradients.ts'

const TOLERANCE = 1e-7
const KNOTS = [-0.7, -0.2, 0.31, 0.77, 1.08, 1.6]

type Reads = 'input' | 'inputRate' | 'both'

/** A field of `dim` components that reads a signal of `width`. */
function reading(reads: Reads, dim = 3, width = 2, dtype: 'f32' | 'f64' = 'f64'): Field {
  return new Field(
    dim,
    (p) => {
      const from = reads === 'inputRate' ? p.inputRate(width) : p.input(width)
      const f = p.dense(p.dense(p.concat(p.state, from), 5, { activation: 'tanh' }), dim)
      // The rate as a factor too, of what depends on the state.
      const gate = p.dense(p.mul(p.dense(p.state, width), reads === 'both' ? p.inputRate(width) : from), dim)
      return p.add(f, gate)
    },
    { dtype, seed: 8 },
  )
}

const signal = (make: typeof linearSignal, width: number, options?: SignalOptions): Signal =>
  make(KNOTS, scatter(KNOTS.length * width * (options?.rows ?? 1), 9), options)

const READS: readonly Reads[] = ['input', 'inputRate', 'both']

describe.each([
  ['linear', linearSignal],
  ['cubic', cubicSignal],
] as const)('%s', (_, make) => {
  // From before the first knot to behind the last one, and within; no step and no output within 0.004 of a knot by chance.
  describe.each([
    ['forward', [-0.9, 0.12, 0.85, 1.75]],
    ['backward', [1.75, 0.9, 0.2, -0.9]],
    ['within', [-0.14, 0.21, 0.97, 1.24]],
  ] as const)('against differences, %s', (__, times) => {
    const t = [...times]
    const ends = [t[0] as number, t[3] as number]

    test.each([rk4, dopri5, tsit5, bosh3, dopri8, adaptiveHeun])('$name', (solver) => {
      for (const reads of READS) {
        using field = reading(reads)
        const input = signal(make, 2)
        const x = scatter(9)
        compare(field, { t: ends, solver, steps: 3, input }, x)
        compare(field, { t, solver, dt: 0.4, output: 'all', input }, x)
        compare(field, { t, solver: onGrid(solver), output: 'all', input }, x)
        if (!solver.error) continue
        compare(field, { t, solver, ...EQUAL, output: 'all', input }, x)
        compare(field, { t: ends, solver, ...EQUAL, tStops: [0.5], input: signal(make, 2, { rows: 3 }) }, x)
      }
    })

    test('widths and batches, one path or one for each row', () => {
      for (const width of [1, 3, 5, 17]) {
        using field = reading('both', width, width)
        for (const batch of [1, 3, 5, 17]) {
          for (const rows of [1, batch]) {
            const node = new NeuralODE(field, { t: ends, solver: rk4, steps: 4, input: signal(make, width, { rows }) })
            const from = scatter(width * batch)
            const along = scatter(from.length, 11)
            const { dx, dparams } = gradient(node, from)
            const loss = (x: Float64Array): number => inner(node.forward(x), scatter(from.length, 3))
            const byX = differences(([s]) => loss(from.map((v, i) => v + (s as number) * (along[i] as number))), [0])
            expect(relative([inner(dx, along)], byX)).toBeLessThan(TOLERANCE)
            const here = field.parameters
            const way = scatter(here.length, 12)
            const byParameters = differences(
              ([s]) => {
                const there = Float64Array.from(here, (v, i) => v + (s as number) * (way[i] as number))
                return at(field, there, () => loss(from))
              },
              [0],
            )
            expect(relative([inner(dparams, way)], byParameters)).toBeLessThan(TOLERANCE)
          }
        }
      }
    })
  })

  test('stops or none, the bits do not depend on the checkpoints, nor on how often one asks', () => {
    for (const stops of [true, false]) {
      for (const way of [
        { rtol: 1e-8, atol: 1e-8 },
        { solver: tsit5, steps: 97 },
        { solver: rk4, dt: 0.01 },
      ]) {
        using field = reading('both')
        const options = { t: [-0.9, 0.5, 1.75], ...way, input: signal(make, 2, { stops }) }
        const x = scatter(9)
        sameForEveryBudget(field, options, x)
      }
    }
  })

  test('without stops too, exact between the knots', () => {
    using field = reading('both')
    const input = signal(make, 2, { stops: false })
    compare(field, { t: [-0.9, 0.12, 1.75], solver: rk4, steps: 7, output: 'all', input }, scatter(9))
  })

  test('f32 agrees with f64 to rounding', () => {
    using single = reading('both', 3, 2, 'f32')
    using double = reading('both')
    double.parameters = [...single.parameters]
    const x = Float32Array.from(scatter(15))
    const way = { t: [-0.9, 1.75], solver: rk4, steps: 9, input: signal(make, 2, { rows: 5 }) }
    const a = gradient(new NeuralODE(single, way), x)
    const b = gradient(new NeuralODE(double, way), Float64Array.from(x))
    for (const name of ['dx', 'dparams', 'dt'] as const) expect(relative(a[name], b[name])).toBeLessThan(1e-5)
  })
})

test('a layer for each step, and parameters that follow time, beside a signal', () => {
  const write = (p: Parameters<ConstructorParameters<typeof Field>[1]>[0]) =>
    p.dense(p.concat(p.state, p.concat(p.input(2), p.inputRate(2))), 3, { activation: 'tanh' })
  for (const options of [{ layers: 4 }, { layers: 4, span: 1.3 }]) {
    using field = new Field(3, write, { dtype: 'f64', seed: 2, ...options })
    for (const make of [linearSignal, cubicSignal]) {
      const way = { solver: rk4, steps: 7, output: 'all', input: signal(make, 2) } as const
      // Parameters that follow time bend at knots of their own.
      compare(field, { t: [0.05, 0.6, 1.33], ...way }, scatter(9), { smoothTimes: false })
    }
  }
})

test('an output on a knot moves along the side of its step', () => {
  using field = reading('both')
  for (const make of [linearSignal, cubicSignal]) {
    const input = signal(make, 2)
    const node = (t: number[]): NeuralODE => new NeuralODE(field, { t, solver: dopri5, ...EQUAL, input })
    const [knot, x] = [KNOTS[3] as number, scatter(9)]
    const { dt } = gradient(node([0, knot, 1]), x)
    const loss = (t: number): number => {
      const y = node([0, t, 1]).forward(x)
      return inner(y, scatter(y.length, 3))
    }
    // From before the knot alone, of order 4: behind it the rate is another.
    const h = 2e-3
    const [a, b, c, d, e] = [0, 1, 2, 3, 4].map((i) => loss(knot - i * h)) as [number, number, number, number, number]
    const before = (25 * a - 48 * b + 36 * c - 16 * d + 3 * e) / (12 * h)
    expect(Math.abs((dt[1] as number) - before)).toBeLessThan(1e-7)
  }
})
