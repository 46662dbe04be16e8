import { describe, expect, test } from 'vitest'
import { Compose } from '../../src/models/compose.ts'
import { Equilibrium, implicitBlock } from '../../src/models/equilibrium.ts'
import { NeuralODE } from '../../src/models/neural-ode.ts'
import { Affine } from '../../src/program/affine.ts'
import { Field } from '../../src/program/field.ts'
import { MLP } from '../../src/program/mlp.ts'
import { rk4 } from '../../src/tableaus/index.ts'
import { fit } from '../../src/train/fit.ts'
import { lbfgs } from '../../src/train/lbfgs.ts'
import { adam } from '../../src/train/optimizers.ts'
import type { FitOptions, FitProgress } from '../../src/train/plan.ts'
import { relative, scatter } from '../support/gradients.ts'

/** Least squares of y = x a + b over rows of (x, y), two unknowns: the normal equations by hand. */
function line(x: readonly number[], y: readonly number[]): [slope: number, intercept: number] {
  const n = x.length
  const sum = (f: (i: number) => number): number => x.reduce((total, _, i) => total + f(i), 0)
  const [mx, my] = [sum((i) => x[i] as number) / n, sum((i) => y[i] as number) / n]
  const slope = sum((i) => ((x[i] as number) - mx) * ((y[i] as number) - my)) / sum((i) => ((x[i] as number) - mx) ** 2)
  return [slope, my - slope * mx]
}

const last = (run: Iterable<FitProgress>): FitProgress => [...run].at(-1) as FitProgress

describe('closed forms', () => {
  test.each([1, 3, 5, 17])('linear least squares, %i independent lines', (width) => {
    // y_j depends on x_j alone, so every line has its own normal equations and the other weights are zero.
    using field = new Field(width, (p) => p.dense(p.state, width), { dtype: 'f64' })
    const rows = 40 * width
    const x = scatter(rows * width, 1)
    const truth = scatter(width * (width + 1), 2)
    const y = x.map((_, i) => {
      const [row, j] = [Math.floor(i / width), i % width]
      let sum = truth[width * width + j] as number
      for (let k = 0; k < width; k++) sum += (truth[j * width + k] as number) * (x[row * width + k] as number)
      return sum
    })
    const run = last(fit(new Compose(field), { x, y }, { optimizer: lbfgs(), epochs: 60 }))
    expect(run.loss).toBeLessThan(1e-20)
    expect(relative(field.parameters, truth)).toBeLessThan(1e-10)
  })

  test('a line through points that are on none: the residual stays, the optimum is met', () => {
    using field = new MLP([1, 1], { dtype: 'f64' })
    const x = [...scatter(30, 3)]
    const y = x.map((v, i) => 2 * v - 1 + 0.3 * (scatter(30, 4)[i] as number))
    const all = [...fit(new Compose(field), { x, y }, { optimizer: lbfgs(), epochs: 20 })]
    const [slope, intercept] = line(x, y)
    expect(relative(field.parameters, [slope, intercept])).toBeLessThan(1e-10)
    expect(all.at(-1)?.gradientNorm).toBeLessThan(1e-10)
  })

  test("Rosenbrock's function, as the squares of 10 (b - a^2) and 1 - a", () => {
    // A program that does not look at its input: the biases are the two unknowns.
    using field = new Field(
      2,
      (p) => {
        const none = p.scale(p.state, 0)
        const [a, b] = [p.dense(none, 1), p.dense(none, 1)]
        const valley = p.scale(p.add(b, p.scale(p.mul(a, a), -1)), 10)
        return p.concat(valley, a)
      },
      { dtype: 'f64' },
    )
    field.parameters = [0, 0, -1.2, 0, 0, 1]
    const losses = [...fit(new Compose(field), { x: [1, 1], y: [0, 1] }, { optimizer: lbfgs(), epochs: 60 })].map(
      ({ loss }) => loss,
    )
    expect(losses[0]).toBeCloseTo(24.2 / 2, 12)
    expect(losses.at(-1)).toBeLessThan(1e-20)
    const { 2: a, 5: b } = field.parameters
    expect(relative([a as number, b as number], [1, 1])).toBeLessThan(1e-10)
  })

  test('f32: to its own rounding', () => {
    using field = new MLP([2, 2])
    const x = Float32Array.from(scatter(60, 1))
    const y = x.map((v, i) => (i % 2 ? 2 * v + 0.5 : v - (x[i + 1] as number)))
    const { loss } = last(fit(new Compose(field), { x, y }, { optimizer: lbfgs(), epochs: 40 }))
    expect(loss).toBeLessThan(1e-12)
    expect(relative(field.parameters, [1, -1, 0, 2, 0, 0.5])).toBeLessThan(1e-5)
  })
})

/** A circle's flow, as a small problem of a neural ODE. */
function circle(optimizer: FitOptions['optimizer'], epochs: number): { losses: number[]; nfe: number[] } {
  using field = new MLP([2, 8, 2], { activation: 'tanh', dtype: 'f64', seed: 1 })
  const node = new NeuralODE(field, { solver: rk4, steps: 4, t: [0, 1] })
  const x = scatter(40, 1)
  const [c, s] = [Math.cos(1), Math.sin(1)]
  const y = x.map((v, i) => (i % 2 ? c * v + s * (x[i - 1] as number) : c * v - s * (x[i + 1] as number)))
  const all = [...fit(node, { x, y }, { ...(optimizer && { optimizer }), epochs })]
  let total = 0
  return { losses: all.map(({ loss }) => loss), nfe: all.map(({ nfe }) => (total += nfe)) }
}

describe('a neural ODE', () => {
  test('takes fewer evaluations than adam to the same loss', () => {
    const quick = circle(lbfgs(), 60)
    const slow = circle(adam({ lr: 1e-2 }), 600)
    const reached = slow.losses.at(-1) as number
    const i = quick.losses.findIndex((loss) => loss <= reached)
    expect(i).toBeGreaterThan(0)
    expect(quick.nfe[i]).toBeLessThan((slow.nfe.at(-1) as number) / 5)
  })

  test('the loss falls from epoch to epoch, but for its rounding', () => {
    const { losses } = circle(lbfgs(), 60)
    for (const [i, loss] of losses.slice(1).entries())
      expect(loss).toBeLessThanOrEqual((losses[i] as number) * (1 + 1e-6))
  })

  test('relu: bends in the loss do not stop it', () => {
    using field = new MLP([2, 16, 2], { activation: 'relu', dtype: 'f64', seed: 2 })
    const x = scatter(40, 1)
    const y = x.map(Math.abs)
    const losses = [...fit(new Compose(field), { x, y }, { optimizer: lbfgs(), epochs: 80 })].map(({ loss }) => loss)
    expect(losses.at(-1)).toBeLessThan(1e-3 * (losses[0] as number))
  })
})

describe('in a training', () => {
  const x = scatter(20, 1)
  const y = scatter(20, 2)

  test.each<[FitOptions, string]>([
    [
      { batchSize: 4 },
      'batchSize, clip and trainInputs must be left out with lbfgs(10), got 4, undefined, false: take adam',
    ],
    [{ clip: 1 }, 'got 10, 1, false: take adam'],
    [{ trainInputs: true }, 'got 10, undefined, true: take adam'],
  ])('refuses %o', (options, message) => {
    using field = new MLP([2, 2], { dtype: 'f64' })
    const before = field.parameters
    expect(() => [...fit(new Compose(field), { x, y }, { optimizer: lbfgs(), ...options })]).toThrow(message)
    expect(field.parameters).toEqual(before)
  })

  test.each([
    [{ memory: 0 }, 'memory must be an integer from 1 to 100, got 0'],
    [{ memory: 2.5 }, 'memory must be an integer from 1 to 100, got 2.5'],
  ])('options %o', (options, message) => expect(() => lbfgs(options)).toThrow(message))

  test('blocks with rate 0 stay', () => {
    using map = new Affine(2, 3, { dtype: 'f64', seed: 3, rate: 0 })
    using field = new MLP([3, 3], { dtype: 'f64' })
    using out = new Affine(3, 2, { dtype: 'f64', seed: 4 })
    const before = map.parameters
    const run = [
      ...fit(new Compose(field, { readIn: map, readOut: out }), { x, y }, { optimizer: lbfgs(), epochs: 10 }),
    ]
    expect(map.parameters).toEqual(before)
    expect(run.at(-1)?.loss).toBeLessThan(run[0]?.loss as number)
  })

  test('a trial whose solve fails is too long, and the training goes on', () => {
    // Steps of length 1 along the gradient lead to fields that blow up within the time.
    using field = new Field(1, (p) => p.mul(p.dense(p.state, 1, { bias: false }), p.state), { dtype: 'f64' })
    field.parameters = [0.9]
    const node = new NeuralODE(field, { t: [0, 1], rtol: 1e-9, atol: 1e-9 })
    const losses = [...fit(node, { x: [1], y: [20] }, { optimizer: lbfgs(), epochs: 30 })].map(({ loss }) => loss)
    // y(1) = 1 / (1 - a) for dy/dt = a y^2.
    expect(field.parameters[0]).toBeCloseTo(0.95, 4)
    expect(losses.at(-1)).toBeLessThan(1e-6)
  })

  test('an equilibrium is projected after every step, and learns', () => {
    using block = implicitBlock({ width: 6, dtype: 'f64' })
    using out = new Affine(6, 2, { dtype: 'f64' })
    using map = new Affine(2, 6, { dtype: 'f64' })
    const model = new Equilibrium(block, { readIn: map, readOut: out })
    const losses = [...fit(model, { x, y: x.map((v) => 0.5 * v) }, { optimizer: lbfgs(), epochs: 20 })].map(
      ({ loss }) => loss,
    )
    expect(losses.at(-1)).toBeLessThan(0.5 * (losses[0] as number))
    expect(model.lipschitz()).toBeLessThanOrEqual(0.99 * (1 + 1e-12))
  })

  test('parameters that somebody moves between epochs are seen', () => {
    using field = new MLP([2, 2], { dtype: 'f64' })
    const run = fit(new Compose(field), { x, y }, { optimizer: lbfgs(), epochs: 3 })
    const [first] = [run.next().value as FitProgress]
    field.parameters = new Array<number>(6).fill(10)
    expect((run.next().value as FitProgress).loss).toBeGreaterThan(first.loss)
    run.return()
  })
})
