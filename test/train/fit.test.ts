import { describe, expect, test } from 'vitest'
import type { Model } from '../../src/adjoint/model.ts'
import { core, read } from '../../src/core/boundary.ts'
import { NeuralODE, type NeuralODEOptions } from '../../src/models/neural-ode.ts'
import { Field } from '../../src/program/field.ts'
import { MLP, type MLPOptions } from '../../src/program/mlp.ts'
import { rk4 } from '../../src/tableaus/index.ts'
import { fit } from '../../src/train/fit.ts'
import { huber, mae, mse } from '../../src/train/losses.ts'
import { adam, adamw, sgd } from '../../src/train/optimizers.ts'
import type { FitData, FitOptions, FitProgress } from '../../src/train/plan.ts'
import { cosine } from '../../src/train/schedules.ts'
import { relative, scatter } from '../support/gradients.ts'

const FIXED: NeuralODEOptions = { t: [0, 1], solver: rk4, steps: 4 }

/** The flow of y' = A y over one time unit, A = [[-a, -b], [b, -a]]: shrink by e^-a, turn by b. */
function turned(x: ArrayLike<number>, a: number, b: number, t = 1): Float64Array {
  const [s, c, r] = [Math.sin(b * t), Math.cos(b * t), Math.exp(-a * t)]
  return Float64Array.from(x, (v, i) =>
    i % 2 === 0 ? r * (c * v - s * (x[i + 1] as number)) : r * (s * (x[i - 1] as number) + c * v),
  )
}

const x = scatter(14)
const y = turned(x, 0.3, 1.2)

function run(field: Field, data: FitData, options: FitOptions, model: NeuralODEOptions = FIXED): FitProgress[] {
  return [...fit(new NeuralODE(field, model), data, options)]
}

const linear = (options: MLPOptions = {}): MLP => new MLP([2, 2], { dtype: 'f64', seed: 4, ...options })

describe('training', () => {
  test('finds the generator of a flow it has seen', () => {
    using field = linear()
    const progress = run(
      field,
      { x, y },
      { optimizer: adam({ lr: 0.05 }), schedule: cosine(), epochs: 400 },
      { t: [0, 1], rtol: 1e-8, atol: 1e-10 },
    )
    expect(progress).toHaveLength(400)
    expect((progress[0] as FitProgress).loss).toBeGreaterThan(0.1)
    expect((progress[399] as FitProgress).loss).toBeLessThan(1e-8)
    expect(relative(field.parameters, [-0.3, -1.2, 1.2, -0.3, 0, 0])).toBeLessThan(1e-3)
  })

  test('of trajectories: all outputs are targets, [times, rows, dim]', () => {
    using field = linear()
    const t = [0, 0.4, 1]
    const targets = Float64Array.from(t.flatMap((time) => [...turned(x, 0.3, 1.2, time)]))
    const options = { optimizer: adam({ lr: 0.05 }), epochs: 150, batchSize: 5 }
    const progress = run(field, { x, y: targets }, options, { ...FIXED, t })
    expect((progress[149] as FitProgress).loss).toBeLessThan(1e-6)
  })

  test.each([mse, mae, huber])('$name falls, in both precisions, with any optimizer', (loss) => {
    for (const dtype of ['f32', 'f64'] as const) {
      for (const optimizer of [adam({ lr: 0.03 }), adamw({ lr: 0.03 }), sgd({ lr: 0.05, momentum: 0.9 })]) {
        using field = new MLP([2, 16, 2], { dtype, seed: 4 })
        const progress = run(field, { x: [...x], y: [...y] }, { loss, optimizer, epochs: 60, batchSize: 4 })
        expect((progress[59] as FitProgress).loss).toBeLessThan((progress[0] as FitProgress).loss / 3)
      }
    }
  })

  test('the same seed gives the same bits; another one another order', () => {
    const parameters = (seed: number): ArrayLike<number> => {
      using field = new MLP([2, 8, 2], { seed: 1 })
      run(field, { x: [...x], y: [...y] }, { epochs: 5, batchSize: 3, seed })
      return field.parameters
    }
    expect(parameters(1)).toEqual(parameters(1))
    expect(parameters(1)).not.toEqual(parameters(2))
  })

  test('the loss of an epoch is that of its batches before their steps', () => {
    using field = linear()
    const before = new NeuralODE(field, FIXED).forward(x) as Float64Array
    const [first] = run(field, { x, y }, { epochs: 1, optimizer: sgd({ lr: 1e-12 }), batchSize: 2 })
    const wanted = before.reduce((sum, v, i) => sum + (v - (y[i] as number)) ** 2, 0) / y.length
    expect(first?.loss).toBeCloseTo(wanted, 9)
    // Four batches of 4 x 4 evaluations of rk4; the transposes find theirs on the tape.
    expect(first?.nfe).toBe(4 * 16)
  })
})

describe('batches', () => {
  /** What each batch of a training gets to see. */
  function watch(rows: number, batchSize: number, epochs: number): number[][] {
    using field = linear()
    const node = new NeuralODE(field, FIXED)
    const seen: number[][] = []
    const spy: Model = {
      dtype: 'f64',
      parameters: node.parameters,
      inputs: 2,
      outputs: 2,
      checkInputs: (inputs) => node.checkInputs(inputs),
      pass(at, count) {
        seen.push([...read('f64', at as number, 2 * count)])
        return node.pass(at, count)
      },
    }
    const inputs = Float64Array.from({ length: 2 * rows }, (_, i) => i)
    // The targets are the outputs: a batch has no loss if, and only if, its targets are those of its rows.
    for (const { loss } of fit(spy, { x: inputs, y: node.forward(inputs) }, { batchSize, epochs })) expect(loss).toBe(0)
    return seen
  }

  test('every row once an epoch, with its own target, in an order of its own', () => {
    const seen = watch(7, 3, 4)
    expect(seen.map((batch) => batch.length)).toEqual([6, 6, 2, 6, 6, 2, 6, 6, 2, 6, 6, 2])
    const orders = [0, 3, 6, 9].map((i) => seen.slice(i, i + 3).flat())
    for (const order of orders) {
      for (let i = 0; i < 14; i += 2) expect(order[i + 1]).toBe((order[i] as number) + 1)
      expect([...order].sort((a, b) => a - b)).toEqual(Array.from({ length: 14 }, (_, i) => i))
    }
    expect(new Set(orders.map(String)).size).toBe(4)
  })

  test('all rows at once stay in their order', () => {
    expect(watch(3, 3, 2)).toEqual([
      [0, 1, 2, 3, 4, 5],
      [0, 1, 2, 3, 4, 5],
    ])
  })
})

describe('missing targets', () => {
  test('count for nothing', () => {
    const step = (data: FitData, length: number): { loss: number; parameters: ArrayLike<number> } => {
      using field = linear()
      const [progress] = run(field, data, { epochs: 1, optimizer: sgd({ lr: 0.1 }), loss: mse })
      expect(data.x).toHaveLength(length)
      return { loss: progress?.loss as number, parameters: field.parameters }
    }
    const holes = y.map((v, i) => (i < 6 || i === 9 ? v : Number.NaN))
    const some = step({ x, y: holes }, 14)
    // Three full rows, and the second component of the fifth.
    using field = linear()
    const now = new NeuralODE(field, FIXED).forward(x)
    const there = [0, 1, 2, 3, 4, 5, 9]
    const wanted = there.reduce((sum, i) => sum + ((now[i] as number) - (y[i] as number)) ** 2, 0) / 7
    expect(some.loss).toBeCloseTo(wanted, 13)
    const first = step({ x: x.slice(0, 6), y: y.slice(0, 6) }, 6)
    const three = step({ x, y: holes.map((v, i) => (i < 6 ? v : Number.NaN)) }, 14)
    expect(relative(three.parameters, first.parameters)).toBeLessThan(1e-13)
    const none = (): unknown => step({ x, y: y.map(() => Number.NaN) }, 14)
    expect(none).toThrow('y must hold at least one observation, got NaN only')
  })
})

describe('clip', () => {
  test.each([false, true])('bounds the step, not the report (inputs trained: %s)', (trainInputs) => {
    const step = (clip: Pick<FitOptions, 'clip'>): { gradientNorm: number; length: number } => {
      using field = linear()
      const before = field.parameters
      const far = y.map((v) => 9 * v)
      const options = { optimizer: sgd({ lr: 1 }), trainInputs, ...clip }
      for (const { gradientNorm, inputs } of fit(new NeuralODE(field, FIXED), { x, y: far }, options)) {
        const moved = [...field.parameters, ...inputs()].map((v, i) => v - ([...before, ...x][i] as number))
        return { gradientNorm, length: Math.hypot(...moved) }
      }
      throw new Error('no epoch')
    }
    const free = step({})
    expect(free.gradientNorm).toBeGreaterThan(1)
    expect(free.length).toBeCloseTo(free.gradientNorm, 12)
    const bound = step({ clip: 0.25 })
    expect(bound.gradientNorm).toBe(free.gradientNorm)
    expect(bound.length).toBeCloseTo(0.25, 12)
    expect(step({ clip: 1e3 })).toEqual(free)
  })
})

describe('trainInputs', () => {
  test('moves the initial states', () => {
    // A field that does nothing: only the inputs can become the targets.
    using field = new Field(2, (p) => p.scale(p.dense(p.state, 2), 0), { dtype: 'f64' })
    const node = new NeuralODE(field, FIXED)
    const before = x.slice()
    let inputs: ArrayLike<number> = []
    for (const progress of fit(node, { x, y }, { trainInputs: true, optimizer: sgd({ lr: 3.5 }), epochs: 60 })) {
      inputs = progress.inputs()
    }
    expect(relative(inputs, y)).toBeLessThan(1e-9)
    expect(x).toEqual(before)
  })

  test('without it they stay, and inputs() gives them back', () => {
    using field = linear()
    for (const progress of fit(new NeuralODE(field, FIXED), { x, y }, { epochs: 2 }))
      expect(progress.inputs()).toEqual(x)
  })

  test('needs the full batch', () => {
    using field = linear()
    expect(() => run(field, { x, y }, { trainInputs: true, batchSize: 3 })).toThrow(
      'trainInputs needs the full batch of 7 rows, got batchSize 3',
    )
  })
})

describe('ends', () => {
  test('break, error and completion give the memory back', () => {
    using field = new MLP([2, 32, 2], { dtype: 'f64' })
    const node = new NeuralODE(field, FIXED)
    const once = (): void => {
      for (const { epoch } of fit(node, { x, y }, { batchSize: 3, epochs: 9 })) if (epoch === 2) break
      expect(() => run(field, { x, y: y.slice(2) }, { epochs: 1 })).toThrow('y must hold 14 numbers')
      run(field, { x, y }, { epochs: 1 })
    }
    once()
    const top = core().memoryTop()
    for (let i = 0; i < 300; i++) once()
    expect(core().memoryTop()).toBe(top)
  })

  test('a progress that is over says so', () => {
    using field = linear()
    const [first, last] = run(field, { x, y }, { epochs: 2 }) as [FitProgress, FitProgress]
    expect(() => last.inputs()).toThrow('the training is disposed')
    expect(() => first.checkpoint()).toThrow('the training is disposed')
    const training = fit(new NeuralODE(field, FIXED), { x, y }, { epochs: 2 })
    const { value } = training.next() as { value: FitProgress }
    training.next()
    expect(() => value.checkpoint()).toThrow('the training has gone on to epoch 2: take the checkpoint in epoch 1')
  })

  test('a loss that is not finite, before it reaches the parameters', () => {
    using field = linear()
    const before = field.parameters
    const huge = x.map((v) => v * 1e200)
    expect(() => run(field, { x: huge, y }, { epochs: 3 })).toThrow(
      /^the loss is Infinity in epoch 1: lower the learning rate/,
    )
    expect(field.parameters).toEqual(before)
  })

  test('a gradient that is not finite, before it reaches the parameters', () => {
    using field = new Field(1, (p) => p.scale(p.dense(p.state, 1), 1e160), { dtype: 'f64' })
    field.parameters = [0, 0]
    const before = field.parameters
    expect(() => run(field, { x: [1], y: [2] }, { epochs: 1 })).toThrow(/^the gradient is not finite in epoch 1/)
    expect(field.parameters).toEqual(before)
  })

  test('a solve that fails in mid-training', () => {
    using field = new Field(1, (p) => p.mul(p.state, p.dense(p.state, 1, { bias: false })), { dtype: 'f64' })
    field.parameters = [1]
    expect(() => run(field, { x: [2], y: [1] }, {}, { t: [0, 1] })).toThrow(/underflow|finite/)
    const disposed = new MLP([2, 2], { dtype: 'f64' })
    const training = fit(new NeuralODE(disposed, FIXED), { x, y })
    training.next()
    disposed.dispose()
    expect(() => training.next()).toThrow('the block is disposed')
  })
})

describe('misuse', () => {
  test.each<[string, Partial<FitData>, FitOptions, string | RegExp]>([
    ['x of another width', { x: [1, 2, 3] }, {}, 'x must hold rows of 2 numbers, got 3 numbers'],
    ['no rows', { x: [], y: [] }, {}, 'x must hold at least one row'],
    ['x with NaN', { x: [1, Number.NaN], y: [1, 2] }, {}, 'x[1] is NaN'],
    ['y infinite', { y: y.map(() => Number.POSITIVE_INFINITY) }, {}, 'y[0] is Infinity'],
    ['y too short', { y: y.slice(1) }, {}, "y must hold 14 numbers, as the model's output for 7 rows, got 13"],
    ['epochs 0', {}, { epochs: 0 }, 'epochs must be an integer from 1'],
    ['epochs NaN', {}, { epochs: Number.NaN }, 'epochs must be an integer'],
    ['batchSize 0', {}, { batchSize: 0 }, 'batchSize must be an integer from 1 to 7, got 0'],
    ['batchSize 8', {}, { batchSize: 8 }, 'batchSize must be an integer from 1 to 7, got 8'],
    ['seed -1', {}, { seed: -1 }, 'seed must be an integer from 0'],
    ['clip 0', {}, { clip: 0 }, 'clip must be a finite number > 0, got 0'],
    ['clip NaN', {}, { clip: Number.NaN }, 'clip must be'],
    ['a schedule of NaN', {}, { schedule: () => Number.NaN }, /^factor of the schedule at step 0 must be/],
    ['a negative schedule', {}, { schedule: () => -1 }, /^factor of the schedule at step 0 must be/],
  ])('%s', (_, data, options, message) => {
    using field = linear()
    const before = field.parameters
    expect(() => run(field, { x, y, ...data }, options)).toThrow(message)
    expect(field.parameters).toEqual(before)
  })
})
