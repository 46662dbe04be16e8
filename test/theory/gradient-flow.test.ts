import { describe, expect, test } from 'vitest'
import { core } from '../../src/core/boundary.ts'
import { SolveError } from '../../src/core/errors.ts'
import { Compose } from '../../src/models/compose.ts'
import { NeuralODE } from '../../src/models/neural-ode.ts'
import { ResNet } from '../../src/models/resnet.ts'
import { Affine } from '../../src/program/affine.ts'
import { Field } from '../../src/program/field.ts'
import { MLP } from '../../src/program/mlp.ts'
import { bosh3, dopri5, euler, rk4, tsit5 } from '../../src/tableaus/index.ts'
import { type GradientFlowOptions, type GradientFlowProgress, gradientFlow } from '../../src/theory/gradient-flow.ts'
import { fit } from '../../src/train/fit.ts'
import { huber } from '../../src/train/losses.ts'
import { sgd } from '../../src/train/optimizers.ts'
import type { FitData } from '../../src/train/plan.ts'
import { relative, scatter } from '../support/gradients.ts'
import { linearFlow, linearModel } from '../support/linear-flow.ts'

const f64 = { dtype: 'f64' } as const
const tight = { rtol: 1e-11, atol: 1e-12 } as const
const x = scatter(15)
const y = scatter(5, 1)

function network(dtype: 'f32' | 'f64' = 'f64', rates: readonly number[] = [1, 4, 0.5]): ResNet {
  const net = new ResNet({
    ...{ width: 5, hidden: 7, depth: 4, initialV: 'normal', activation: 'tanh', dtype },
    readIn: new Affine(3, 5, { dtype, seed: 1 }),
    readOut: new Affine(5, 1, { dtype, seed: 2 }),
  })
  for (const [i, block] of net.parameters.blocks.entries()) block.rate = rates[i] as number
  return net
}

const parametersOf = (net: ResNet) => net.parameters.blocks.map((block) => block.parameters)
const flat = (blocks: readonly ArrayLike<number>[]): number[] => blocks.flatMap((block) => Array.from(block))

describe('the flow', () => {
  test.each([
    ['f64', 1e-13],
    ['f32', 1e-5],
  ] as const)('by Euler is gradient descent, in %s', (dtype, tolerance) => {
    const [descent, flow] = [network(dtype), network(dtype)]
    const data = { x: [...x], y: [...y] }
    const losses = Array.from(fit(descent, data, { optimizer: sgd({ lr: 2 ** -5 }), epochs: 32 }), ({ loss }) => loss)
    const options = { solver: euler, dt: 2 ** -5, times: [0, 0.25, 1] }
    const progress = [...gradientFlow(flow, data, options)]
    expect(relative(flat(parametersOf(flow)), flat(parametersOf(descent)))).toBeLessThan(tolerance)
    expect(progress.map(({ t }) => t)).toEqual([0, 0.25, 1])
    expect(
      relative(
        progress.slice(0, 2).map(({ loss }) => loss),
        [losses[0] as number, losses[8] as number],
      ),
    ).toBeLessThan(tolerance)
    expect(progress.map(({ gradients, accepted, rejected }) => [gradients, accepted, rejected])).toEqual([
      [1, 0, 0],
      [9, 8, 0],
      [25, 24, 0],
    ])
    // A gradient takes one evaluation of the four layers, on the way forth.
    expect(progress[1]?.nfe).toBe(9 * 4)
  })

  test.each([
    [1, 3, 1],
    [3, 1, 5],
    [5, 5, 3],
    [17, 3, 2],
  ])('of a linear model is that of the matrix exponential: %i rows, %i to %i', (rows, inputs, outputs) => {
    const { model, weights, data, exact } = linearModel(rows, inputs, outputs, 2.5)
    for (const { t, loss, rate, parameters } of gradientFlow(model, data, { times: [0, 0.1, 0.5, 2], ...tight })) {
      const wanted = exact(t)
      expect(relative(weights.parameters, wanted.W)).toBeLessThan(1e-8)
      expect(parameters()[0]).toEqual(weights.parameters)
      expect(Math.abs(loss - wanted.loss)).toBeLessThan(1e-8)
      expect(relative([rate], [wanted.rate])).toBeLessThan(1e-8)
    }
  })

  test.each([tsit5, bosh3, rk4])('the same by $name, and from an MLP composed once', (solver) => {
    using field = new MLP([3, 3], { ...f64, seed: 1 })
    field.parameters = [...scatter(9, 5), 0, 0, 0]
    // Rows and their mirror images leave the bias at 0.
    const rows = scatter(9, 2)
    const data = { x: [...rows, ...rows.map((v) => -v)], y: [...rows, ...rows.map((v) => -v)] }
    const exact = linearFlow(data.x, [1, 0, 0, 0, 1, 0, 0, 0, 1], field.parameters.slice(0, 9), 3, 1)
    const options = { times: [0, 1], solver, rtol: 1e-10, atol: 1e-11, ...(solver === rk4 ? { steps: 100 } : {}) }
    for (const { t } of gradientFlow(new Compose(field, { times: 1 }), data, options))
      expect(relative(field.parameters, [...exact(t).W, 0, 0, 0])).toBeLessThan(1e-8)
  })

  test('loses loss at the rate it says', () => {
    const h = 1e-3
    const times = [0, 0.5 - h, 0.5, 0.5 + h, 2 - h, 2, 2 + h]
    const progress = [...gradientFlow(network(), { x, y }, { times, loss: huber, ...tight })] as GradientFlowProgress[]
    const losses = progress.map(({ loss }) => loss)
    expect(losses).toEqual([...losses].sort((a, b) => b - a))
    for (const i of [2, 5]) {
      const slope = ((losses[i + 1] as number) - (losses[i - 1] as number)) / (2 * h)
      expect(relative([-(progress[i]?.rate as number)], [slope])).toBeLessThan(1e-4)
    }
  })

  test('leaves a block of rate 0 as it is, and out of the error norm', () => {
    const [net, alone] = [network('f64', [0, 4, 0]), network('f64', [0, 4, 0])]
    const before = parametersOf(net)
    const rtol = new Float64Array(net.field.parameterCount).fill(1e-4)
    for (const { parameters, rates } of gradientFlow(net, { x, y }, { T: 2, outputs: 2, rtol })) {
      expect(parameters()[0]).toEqual(before[0])
      expect(parameters()[2]).toEqual(before[2])
      expect(rates).toEqual([0, 4, 0])
    }
    expect(parametersOf(net)[1]).not.toEqual(before[1])
    for (const _ of gradientFlow(alone, { x, y }, { times: [0, 1, 2], rtol: 1e-4 }));
    expect(parametersOf(alone)).toEqual(parametersOf(net))
  })

  test('takes back a step to where the loss overflows', () => {
    const linear = () =>
      new ResNet({ width: 3, hidden: 2, depth: 5, initialV: 'normal', activation: 'identity', ...f64 })
    const [far, near] = [linear(), linear()]
    const options = { times: [0, 0.5], ...tight }
    const [, end] = [...gradientFlow(far, { x, y: x }, { ...options, dt0: 1e30 })]
    for (const _ of gradientFlow(near, { x, y: x }, options));
    expect(end?.rejected).toBeGreaterThan(20)
    expect(relative(far.field.parameters, near.field.parameters)).toBeLessThan(1e-9)
  })

  test('through a model that is solved itself, within the flow', () => {
    // y(1) = e^a x: with x = 1 and the target 2, u = e^a obeys u' = -2 u^2 (u - 2), which partial fractions solve for t.
    using field = new Field(1, (p) => p.dense(p.state, 1, { bias: false }), f64)
    field.parameters = [-0.4]
    const node = new NeuralODE(field, { solver: dopri5, ...tight })
    const F = (u: number): number => (-Math.log(u) + 2 / u + Math.log(2 - u)) / 4
    const start = F(Math.exp(-0.4))
    for (const { t, loss } of gradientFlow(node, { x: [1], y: [2] }, { times: [0, 0.2, 1], ...tight })) {
      const u = Math.exp(field.parameters[0] as number)
      expect((F(u) - start) / -2).toBeCloseTo(t, 8)
      expect(loss).toBeCloseTo((u - 2) ** 2, 8)
    }
  })
})

describe('the output times', () => {
  const run = (options: GradientFlowOptions) => [...gradientFlow(network(), { x, y }, options)]

  test('are those that were given, or equal parts of T', () => {
    expect(run({ T: 1, rtol: 0.1 }).map(({ t }) => t)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10].map((i) => i / 10))
    expect(run({ times: [1] }).map(({ t, accepted }) => [t, accepted])).toEqual([[1, 0]])
    const repeated = run({ times: [0, 0.5, 0.5] })
    expect(repeated[2]?.loss).toBe(repeated[1]?.loss)
  })

  test('are the steps of a fixed method that is told none', () => {
    const [grid, steps] = [run({ solver: rk4, times: [0, 0.5, 1] }), run({ solver: rk4, times: [0, 0.5, 1], dt: 0.5 })]
    expect(grid.map(({ loss, accepted }) => [loss, accepted])).toEqual(
      steps.map(({ loss, accepted }) => [loss, accepted]),
    )
  })

  test('do not matter but for the tolerance, and an interval starts with the longest step before it', () => {
    const [few, many] = [run({ times: [0, 4], ...tight }), run({ T: 4, outputs: 8, ...tight })]
    expect(Math.abs((few[1]?.loss as number) - (many[8]?.loss as number))).toBeLessThan(1e-9)
    // Without it every interval would begin with an estimate, which costs a gradient more.
    for (const { gradients, accepted, rejected } of many.slice(2)) expect(gradients).toBe(2 + 6 * (accepted + rejected))
  })
})

describe('ends', () => {
  test('break keeps the parameters of the last output, and gives the memory back', () => {
    const once = (): void => {
      const net = network()
      let last: ArrayLike<number>[] = []
      for (const { t, parameters } of gradientFlow(net, { x, y }, { T: 1, outputs: 4, rtol: 1e-3 })) {
        last = parameters()
        if (t === 0.5) break
      }
      expect(parametersOf(net)).toEqual(last)
      for (const block of net.parameters.blocks) block.dispose()
    }
    once()
    const top = core().memoryTop()
    for (let i = 0; i < 50; i++) once()
    expect(core().memoryTop()).toBe(top)
  })

  test('no gradient takes memory that it keeps', () => {
    const { model, data } = linearModel(4000, 3, 5, 1)
    const options = { T: 1, outputs: 4, solver: euler, steps: 10 }
    const tops = Array.from(gradientFlow(model, data, options), () => core().memoryTop())
    expect(tops[4]).toBe(tops[1])
  })

  test('a solve that fails keeps them too', () => {
    const net = network()
    const flow = gradientFlow(net, { x, y }, { times: [0, 0.01, 1000], maxSteps: 5, ...tight })
    flow.next()
    const { value } = flow.next() as { value: GradientFlowProgress }
    expect(() => flow.next()).toThrow(SolveError)
    expect(parametersOf(net)).toEqual(value.parameters())
    expect(flow.next().done).toBe(true)
  })

  test('a step to where the model cannot be solved, and there is no other', () => {
    const net = network()
    const before = parametersOf(net)
    const flow = gradientFlow(net, { x, y }, { times: [0, 1e300], solver: euler })
    const first = flow.next().value as GradientFlowProgress
    // One step of that length, then the loss there.
    expect(() => flow.next()).toThrow(SolveError)
    expect(parametersOf(net)).toEqual(before)
    expect(first.parameters()).toEqual(before)
    try {
      for (const _ of gradientFlow(net, { x, y }, { times: [0, 2e300], solver: euler, steps: 2 }));
    } catch (error) {
      expect((error as SolveError).message).toMatch(/^non-finite state: after t = 1e\+300 of 2e\+300/)
      expect((error as SolveError).cause).toBeInstanceOf(SolveError)
    }
    expect.assertions(5)
  })

  test('progress remembers its own parameters', () => {
    const progress = [...gradientFlow(network(), { x, y }, { times: [0, 1] })] as [
      GradientFlowProgress,
      GradientFlowProgress,
    ]
    expect(progress[0].parameters()).toEqual(parametersOf(network()))
    expect(progress[1].parameters()).not.toEqual(parametersOf(network()))
  })

  test('a loss that is not finite at the start', () => {
    expect(() => [...gradientFlow(network(), { x, y: y.map(() => 1e200) }, { T: 1 })]).toThrow(
      'the loss is Infinity at t = 0: scale the data or the parameters down',
    )
  })
})

describe('misuse', () => {
  test.each<[string, Partial<FitData>, GradientFlowOptions]>([
    ['x must hold rows of 3 numbers, got 4 numbers', { x: [1, 2, 3, 4] }, { T: 1 }],
    ["y must hold 5 numbers, as the model's output for 5 rows, got 4", { y: [1, 2, 3, 4] }, { T: 1 }],
    ['give the output times: times, or T', {}, {}],
    ['give the output times', {}, { outputs: 3 }],
    ['times excludes T and outputs', {}, { T: 1, times: [0, 1] }],
    ['times excludes T and outputs', {}, { outputs: 1, times: [0, 1] }],
    ['times must not decrease', {}, { times: [1, 0] }],
    ['times must be monotonic', {}, { times: [0, 2, 1] }],
    ['T must be a finite number > 0, got -1', {}, { T: -1 }],
    ['outputs must be an integer from 1', {}, { T: 1, outputs: 0 }],
    ['rtol must be >= 0, got -1', {}, { T: 1, rtol: -1 }],
    ['rtol must be one number or 306, one per component, got 2', {}, { T: 1, rtol: [1, 2] }],
    ['dt and steps exclude each other', {}, { T: 1, dt: 1, steps: 1 }],
    ['solver must be a tableau', {}, { T: 1, solver: 'rk4' as unknown as typeof rk4 }],
  ])('%s', (message, data, options) => {
    const net = network()
    const before = parametersOf(net)
    expect(() => gradientFlow(net, { x, y, ...data }, options).next()).toThrow(message)
    expect(parametersOf(net)).toEqual(before)
  })

  test('nothing to train, or twice the same', () => {
    expect(() => gradientFlow(network('f64', [0, 0, 0]), { x, y }, { T: 1 }).next()).toThrow('nothing to move')
    const both = new Affine(3, 3, f64)
    const net = new Compose(new MLP([3, 3], f64), { readIn: both, readOut: both })
    expect(() => gradientFlow(net, { x, y: x }, { T: 1 }).next()).toThrow('a block in two places')
  })
})
