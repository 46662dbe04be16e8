import { describe, expect, test } from 'vitest'
import { vjp } from '../../src/adjoint/vjp.ts'
import { NeuralODE } from '../../src/models/neural-ode.ts'
import { ResNet } from '../../src/models/resnet.ts'
import { Affine } from '../../src/program/affine.ts'
import { Field } from '../../src/program/field.ts'
import { MLP } from '../../src/program/mlp.ts'
import { replay } from '../../src/program/replay.ts'
import { odeint } from '../../src/solve/odeint.ts'
import { dopri5, rk4 } from '../../src/tableaus/index.ts'
import { fit } from '../../src/train/fit.ts'
import { adam } from '../../src/train/optimizers.ts'
import { at, differences, inner, relative, scatter } from '../support/gradients.ts'

const f64 = { dtype: 'f64' } as const
const knots = [0.5, -1, 2]

/** y' = w(t) y, w through (0, 0.5), (2/3, -1), (4/3, 2) and constant outside. */
function scalar(): Field {
  const field = new Field(1, (p) => p.dense(p.state, 1, { bias: false }), { ...f64, layers: 3, span: 2 })
  field.parameters = knots
  return field
}

function weight(t: number): number {
  const u = 1.5 * t
  const k = Math.max(0, Math.min(1, Math.floor(u)))
  const share = Math.max(0, Math.min(1, u - k))
  return (1 - share) * (knots[k] as number) + share * (knots[k + 1] as number)
}

/** The integral of w from 0 to t, by trapezoids, exact between knots. */
function integral(t: number): number {
  const ends = [0, 2 / 3, 4 / 3, 2].filter((s) => s < t).concat(t)
  return ends
    .slice(1)
    .reduce((sum, b, i) => sum + ((weight(ends[i] as number) + weight(b)) * (b - (ends[i] as number))) / 2, 0)
}

describe('layers over a span of time', () => {
  test('are knots of a piecewise linear function, constant outside', () => {
    using field = scalar()
    for (const [t, w] of [
      [-1, 0.5],
      [0, 0.5],
      [1 / 3, -0.25],
      [2 / 3, -1],
      [1, 0.5],
      [4 / 3, 2],
      [9, 2],
    ]) {
      expect(field.forward([1], t)[0]).toBeCloseTo(w as number, 14)
    }
  })

  test('solve like any field: y = exp of the integral, in both directions', () => {
    using field = scalar()
    // Steps that end on the knots keep the order of the method, adaptive ones find the kinks.
    const node = new NeuralODE(field, { t: [0, 0.4, 1.1, 2], solver: rk4, steps: 1200 })
    const y = node.forward([1])
    // rk4 leaves (wh)^5 / 120 a step: 1.4e-12 of y in all.
    for (const [i, t] of node.t.entries()) expect((y[i] as number) / Math.exp(integral(t))).toBeCloseTo(1, 11)
    const back = new NeuralODE(field, { t: [2, 0], solver: rk4, steps: 1200 })
    expect(back.forward([Math.exp(integral(2))])[0]).toBeCloseTo(1, 11)
    const adaptive = { solver: dopri5, rtol: 1e-8, atol: 1e-8 }
    const free = odeint(field, [1], [0, 2], adaptive)
    const same = odeint((t, [v]) => [weight(t) * (v as number)], [1], [0, 2], adaptive)
    expect(free.stats.nfe).toBe(same.stats.nfe)
    expect(free.y[0] as number).toBeCloseTo(same.y[0] as number, 12)
  })

  test('have the gradient of the closed form in the knots', () => {
    using field = scalar()
    const node = new NeuralODE(field, { t: [0, 2], solver: rk4, steps: 1200 })
    const [y, pullback] = vjp(node, [1])
    const { dparams } = pullback([1])
    pullback.dispose()
    // The integral's share of every knot: a trapezoid each side, and all of (4/3, 2] for the last.
    const shares = [1 / 3, 2 / 3, 1 / 3 + 2 / 3]
    expect(
      relative(
        dparams,
        shares.map((share) => share * (y[0] as number)),
      ),
    ).toBeLessThan(1e-9)
  })
})

describe.each(['tanh', 'relu'] as const)('gradients with %s against central differences', (activation) => {
  test.each([1, 3, 17, 70])('batch %i', (batch) => {
    const field = new MLP([3, 5, 3], { ...f64, activation, seed: 2, layers: 4, span: 1.3 })
    const around = { readIn: new Affine(2, 3, { ...f64, seed: 5 }), readOut: new Affine(3, 2, { ...f64, seed: 6 }) }
    const times = [0.1, 0.55, 1.17]
    const model = (t: readonly number[]) => new NeuralODE(field, { t: [...t], solver: rk4, steps: 7, ...around })
    const node = model(times)
    const x = scatter(2 * batch, 4)
    const loss = (of: NeuralODE, inputs: Float64Array): number => {
      const y = of.forward(inputs)
      return inner(y, scatter(y.length, 3))
    }
    const [y, pullback] = vjp(node, x)
    expect(y.length).toBe(3 * 2 * batch)
    const { dx, dparams, dt } = pullback(scatter(y.length, 3))
    pullback.dispose()
    const smooth = activation === 'tanh'
    expect(
      relative(
        dx,
        differences((moved) => loss(node, moved), x, smooth),
      ),
    ).toBeLessThanOrEqual(1e-7)
    let from = 0
    for (const block of node.parameters.blocks) {
      const own = dparams.subarray(from, from + block.parameterCount)
      from += block.parameterCount
      const expected = differences((p) => at(block, p, () => loss(node, x)), block.parameters, smooth)
      expect(relative(own, expected)).toBeLessThanOrEqual(1e-7)
    }
    const moved = differences((t) => loss(model([...t]), x), times, false)
    expect(relative(dt, moved)).toBeLessThanOrEqual(1e-6)
  })
})

test('f32 agrees with f64 to rounding', () => {
  const sizes = [5, 8, 5] as const
  const [single, double] = (['f32', 'f64'] as const).map((dtype) => new MLP(sizes, { dtype, layers: 3, span: 1 }))
  double!.parameters = single!.parameters
  const x = scatter(15, 1)
  const results = [single, double].map((field) => {
    const [y, pullback] = vjp(new NeuralODE(field as Field, { solver: rk4, steps: 9 }), [...x])
    return { y, ...pullback(scatter(15, 2)) }
  })
  for (const name of ['y', 'dx', 'dparams'] as const) {
    expect(relative(results[0]![name], results[1]![name])).toBeLessThan(2e-6)
  }
})

test('it is trained, frozen and stored like any field', () => {
  const field = new MLP([2, 8, 2], { ...f64, activation: 'tanh', layers: 3, span: 1, seed: 1 })
  const node = new NeuralODE(field, { solver: rk4, steps: 6, readOut: new Affine(2, 1, { ...f64, rate: 0 }) })
  const x = scatter(40, 1)
  const y = Float64Array.from({ length: 20 }, (_, i) => (x[2 * i] as number) * (x[2 * i + 1] as number))
  const losses = Array.from(fit(node, { x, y }, { epochs: 300, optimizer: adam({ lr: 0.02 }) }), ({ loss }) => loss)
  expect(losses[299]).toBeLessThan((losses[0] as number) / 10)
  const back = NeuralODE.from(node.save())
  expect(back.field.span).toBe(1)
  expect(back.forward(x)).toEqual(node.forward(x))
  field.rate = 0
  const [out, pullback] = vjp(node, x)
  const { dparams, dt } = pullback(out)
  expect(dparams.every((v: number) => v === 0)).toBe(true)
  expect(dt[1]).not.toBe(0)
})

test.each([3, 7, 49, 100])('Euler steps see %i layers one by one, bit for bit', (depth) => {
  const net = new ResNet({ width: 3, hidden: 4, depth, initialV: 'normal', initialLayers: 'independent', ...f64 })
  const field = new Field(3, (p) => replay(p, net.field.calls), { ...f64, layers: depth, span: 1 })
  field.parameters = net.field.parameters
  const x = scatter(15, 1)
  expect(new ResNet(field, { depth }).forward(x)).toEqual(net.forward(x))
})

test('a residual network of any depth can take its layers from a function of time', () => {
  const field = new MLP([3, 4, 3], { ...f64, activation: 'tanh', layers: 4, span: 1 })
  const x = scatter(3, 1)
  const exact = new NeuralODE(field, { rtol: 1e-10, atol: 1e-10 }).forward(x)
  const errors = [64, 128, 256].map((depth) => relative(new ResNet(field, { depth }).forward(x), exact))
  expect((errors[0] as number) / (errors[1] as number)).toBeCloseTo(2, 1)
  expect((errors[1] as number) / (errors[2] as number)).toBeCloseTo(2, 1)
})

test.each([0, -1, Number.NaN, Infinity])('a span of %d is refused', (span) => {
  expect(() => new MLP([1, 1], { layers: 2, span })).toThrow(/span must be a finite number > 0/)
})
