import { describe, expect, test } from 'vitest'
import { vjp } from '../../src/adjoint/vjp.ts'
import { NeuralODE } from '../../src/models/neural-ode.ts'
import { Affine } from '../../src/program/affine.ts'
import type { Field } from '../../src/program/field.ts'
import { cubicSignal, linearSignal } from '../../src/program/signal.ts'
import { odeint } from '../../src/solve/odeint.ts'
import { controlled } from '../../src/structured/controlled.ts'
import { rk4 } from '../../src/tableaus/rk4.ts'
import { oneHot } from '../../src/train/classes.ts'
import { fit } from '../../src/train/fit.ts'
import { crossEntropy } from '../../src/train/losses.ts'
import { adam } from '../../src/train/optimizers.ts'
import { at, differences, inner, relative, scatter } from '../support/gradients.ts'

const f64 = { dtype: 'f64' } as const
const signals = [
  ['linear', linearSignal],
  ['cubic', cubicSignal],
] as const

/** dz_i = sum_c rates[c][i] z_i du_c: diagonal matrices commute, so that z = z0 exp(sum_c rates[c] (u_c - u_c(0))) on any path. */
function diagonal(rates: readonly (readonly number[])[]): Field {
  const dim = (rates[0] as readonly number[]).length
  const field = controlled({ dim, channels: rates.length, hidden: [], outputActivation: 'identity', ...f64 })
  const weights = rates.flatMap((row) =>
    row.flatMap((rate, i) => Array.from({ length: dim }, (_, j) => (i === j ? rate : 0))),
  )
  field.parameters = [...weights, ...new Array(rates.length * dim).fill(0)]
  return field
}

describe.each(signals)('%s controls', (_, signal) => {
  const rates = [
    [0.5, -1],
    [0.3, 0.7],
    [-0.2, 0.1],
  ]
  const ts = [0, 0.5, 0.9, 2, 3]

  test.each([1, 3, 5, 17])('a linear equation has its closed form, %d paths', (rows) => {
    const values = scatter(rows * ts.length * 3, rows)
    const z0 = scatter(2 * rows, 7)
    const { y } = odeint(diagonal(rates), z0, [0, 3], { rtol: 1e-10, atol: 1e-10, input: signal(ts, values, { rows }) })
    for (let row = 0; row < rows; row++) {
      const from = row * ts.length * 3
      for (const i of [0, 1]) {
        const exponent = rates.reduce((sum, rate, c) => {
          return (
            sum +
            (rate[i] as number) * ((values[from + 3 * (ts.length - 1) + c] as number) - (values[from + c] as number))
          )
        }, 0)
        expect(y[2 * row + i]).toBeCloseTo((z0[2 * row + i] as number) * Math.exp(exponent), 7)
      }
    }
  })

  test('a matrix that does not commute: z turns by the area of the path', () => {
    // dz1 = du1, dz2 = z1 du2: z2 is the area under u2 as a function of u1's, of a closed square 1 (linear), and in general int u1 du2.
    const field = controlled({ dim: 2, channels: 2, hidden: [], outputActivation: 'identity', ...f64 })
    field.parameters = [0, 0, 0, 0, 0, 0, 1, 0, 1, 0, 0, 0]
    const square = signal([0, 1, 2, 3, 4], [0, 0, 1, 0, 1, 1, 0, 1, 0, 0])
    const { y } = odeint(field, [0, 0], [0, 4], { rtol: 1e-9, atol: 1e-9, input: square })
    const n = 4000
    let area = 0
    for (let k = 0; k < n; k++) {
      const t = (4 * (k + 0.5)) / n
      area += ((square.at(t)[0] as number) * (square.derivativeAt(t)[1] as number) * 4) / n
    }
    expect(y[0]).toBeCloseTo(0, 8)
    expect(y[1]).toBeCloseTo(area, 4)
    if (signal === linearSignal) expect(y[1]).toBeCloseTo(1, 8)
  })

  test.each([1, 3, 5, 17])('gradients are those of differences, %d rows', (rows) => {
    const field = controlled({ dim: 3, channels: 2, hidden: [5], activation: 'softplus', ...f64, seed: 2 })
    const values = scatter(rows * 3 * 2, 4)
    const options = { solver: rk4, steps: 6, t: [0, 2], readIn: new Affine(2, 3, f64), readOut: new Affine(3, 2, f64) }
    const modelOf = (u: ArrayLike<number>): NeuralODE =>
      new NeuralODE(field, { ...options, input: signal([0, 1, 2], Float64Array.from(u), { rows }) })
    const model = modelOf(values)
    const x = Float64Array.from({ length: 2 * rows }, (_, i) => values[Math.floor(i / 2) * 6 + (i % 2)] as number)
    const [y, pullback] = vjp(model, x)
    const w = scatter(y.length, 9)
    const { dx, dparams, dinput } = pullback(w)
    const value = (): number => inner(model.forward(x), w)
    const wanted = model.parameters.blocks.flatMap((block) => [
      ...differences((parameters) => at(block, parameters, value), block.parameters),
    ])
    expect(relative(dparams, wanted)).toBeLessThan(1e-8)
    expect(
      relative(
        dx,
        differences((moved) => inner(model.forward(moved), w), x),
      ),
    ).toBeLessThan(1e-8)
    const byControl = differences((u) => inner(modelOf(u).forward(x), w), values)
    expect(relative(dinput ?? [], byControl)).toBeLessThan(1e-8)
    pullback.dispose()
  })
})

/** Paths that turn left or right, at irregular times, as (t, x, y). */
function spirals(
  rows: number,
  seed: number,
): { ts: number[]; values: Float32Array; x: Float32Array; labels: number[] } {
  const ts = Array.from({ length: 12 }, (_, k) => (k / 11) ** 1.3)
  const draws = scatter(2 * rows, seed)
  const labels = Array.from({ length: rows }, (_, i) => i % 2)
  const values = Float32Array.from(
    labels.flatMap((label, i) => {
      const [phase, radius] = [Math.PI * (draws[2 * i] as number), 1 + 0.3 * (draws[2 * i + 1] as number)]
      return ts.flatMap((t) => {
        const angle = phase + (label === 0 ? 5 : -5) * t
        return [t, radius * (1 - t / 2) * Math.cos(angle), radius * (1 - t / 2) * Math.sin(angle)]
      })
    }),
  )
  return { ts, values, x: values.filter((_, i) => i % 36 < 3), labels }
}

function trained(): { model: NeuralODE; losses: number[] } {
  const { ts, values, x, labels } = spirals(60, 1)
  const model = new NeuralODE(controlled({ dim: 6, channels: 3, hidden: [12], seed: 1 }), {
    ...{ t: [0, 1], rtol: 1e-3, atol: 1e-3, input: cubicSignal(ts, values, { rows: 60 }) },
    readIn: new Affine(3, 6, { seed: 2 }),
    readOut: new Affine(6, 2, { seed: 3 }),
  })
  const options = { loss: crossEntropy, optimizer: adam({ lr: 0.02 }), epochs: 20, batchSize: 20 }
  const losses = Array.from(fit(model, { x, y: oneHot(labels, 2) }, options), ({ loss }) => loss)
  return { model, losses }
}

test('left and right are learned, to the same bits again, and tested on other paths from a file', () => {
  const [first, second] = [trained(), trained()]
  expect(first.losses).toEqual(second.losses)
  expect(first.losses.at(-1)).toBeLessThan((first.losses[0] as number) / 10)
  const { ts, values, x, labels } = spirals(100, 2)
  const input = cubicSignal(ts, values, { rows: 100 })
  const { model } = first
  const again = (of: NeuralODE): NeuralODE => {
    const { field, readIn, readOut, solverOptions, t } = of
    return new NeuralODE(field, { ...solverOptions, t, input, ...(readIn && { readIn }), ...(readOut && { readOut }) })
  }
  const logits = again(model).forward(x)
  const right = labels.filter((label, i) => (logits[2 * i + 1] as number) > (logits[2 * i] as number) === (label === 1))
  expect(right).toHaveLength(100)
  // A file has the program and not the control.
  const read = NeuralODE.from(model.save())
  expect(again(read).forward(x)).toEqual(logits)
})

describe('misuse', () => {
  test.each<[() => unknown, string]>([
    [() => controlled({ dim: 0, channels: 1 }), 'dim must be an integer from 1'],
    [() => controlled({ dim: 2, channels: 0 }), 'channels must be an integer from 1'],
    [() => controlled({ dim: 4096, channels: 17 }), 'channels * dim must be an integer from 1 to 65536, got 69632'],
    [() => controlled({ dim: 2, channels: 1, hidden: [0] }), 'width must be an integer from 1'],
    [() => new NeuralODE(controlled({ dim: 2, channels: 1 })).forward([1, 2]), 'input'],
  ])('%#', (call, message) => expect(call).toThrow(message))
})
