import { describe, expect, test } from 'vitest'
import { checkpoint } from '../../src/adjoint/checkpoint.ts'
import { vjp } from '../../src/adjoint/vjp.ts'
import { Compose } from '../../src/models/compose.ts'
import type { Deep } from '../../src/models/deep.ts'
import { NeuralODE } from '../../src/models/neural-ode.ts'
import { ResNet, residualBlocks } from '../../src/models/resnet.ts'
import { Affine } from '../../src/program/affine.ts'
import { MLP } from '../../src/program/mlp.ts'
import { euler } from '../../src/tableaus/euler.ts'
import { fit } from '../../src/train/fit.ts'
import { adam } from '../../src/train/optimizers.ts'
import { at, differences, inner, relative, scatter } from '../support/gradients.ts'

const f64 = { dtype: 'f64' } as const
const around = (inputs: number, dim: number, outputs: number) => ({
  readIn: new Affine(inputs, dim, { ...f64, seed: 1 }),
  readOut: new Affine(dim, outputs, { ...f64, seed: 2 }),
})
const smooth = new MLP([5, 7, 5], { ...f64, activation: 'tanh', seed: 3 })
const residual = { width: 5, hidden: 7, initialV: 'normal', initialLayers: 'independent', seed: 3, ...f64 } as const

const models: readonly (readonly [string, Deep])[] = [
  ['a composition', new Compose(smooth, { times: 4, ...around(2, 5, 3) })],
  ['a composition of no times', new Compose(smooth, { times: 0, ...around(2, 5, 3) })],
  ['a bare composition', new Compose(smooth, { times: 3 })],
  ['a composition in two slots', new Compose(smooth, { times: 9, adjoint: checkpoint({ budget: 1 }) })],
  ['a residual network', new ResNet({ ...residual, depth: 6, ...around(3, 5, 1) })],
  ['a tied one', new ResNet({ ...residual, depth: 6, tied: true })],
  ['a residual network in two slots', new ResNet({ ...residual, depth: 17, adjoint: checkpoint({ budget: 1 }) })],
]

describe.each(models)('%s', (_, model) => {
  test.each([1, 3, 5])('has the gradient of central differences, batch %i', (batch) => {
    const x = scatter(batch * model.inputs, 5)
    const loss = (inputs: Float64Array): number => {
      const y = model.forward(inputs)
      return inner(y, scatter(y.length, 3))
    }
    const [y, pullback] = vjp(model, x)
    const { dx, dparams } = pullback(scatter(y.length, 3))
    const again = pullback(scatter(y.length, 3))
    pullback.dispose()
    expect([again.dx, again.dparams]).toEqual([dx, dparams])
    expect(relative(dx, differences(loss, x))).toBeLessThanOrEqual(1e-7)
    let from = 0
    for (const block of model.parameters.blocks) {
      const own = dparams.subarray(from, from + block.parameterCount)
      from += block.parameterCount
      const expected = differences((p) => at(block, p, () => loss(x)), block.parameters)
      expect(relative(own, expected)).toBeLessThanOrEqual(1e-7)
    }
  })

  test('comes back from its file', () => {
    const bytes = (model as Compose | ResNet).save(new Map([['note', 'kept']]))
    const back = model instanceof Compose ? Compose.from(bytes) : ResNet.from(bytes)
    const x = scatter(3 * model.inputs, 8)
    expect(back.forward(x)).toEqual(model.forward(x))
  })
})

test('a composition is the block applied so often, bit for bit; how often is a matter of the moment', () => {
  const field = new MLP([5, 7, 5], { seed: 4 })
  const model = new Compose(field, { times: 7 })
  let y = new Float32Array([1, -2, 3, -4, 5]) as Float32Array | Float64Array
  for (let k = 1; k <= 12; k++) {
    y = field.forward(y)
    model.times = k
    expect(model.forward([1, -2, 3, -4, 5])).toEqual(y)
  }
})

test('a tied residual network is Euler, bit for bit', () => {
  const net = new ResNet({ ...residual, depth: 6, tied: true })
  const node = new NeuralODE(net.field, { solver: euler, steps: 6 })
  const x = scatter(15, 1)
  expect(net.forward(x)).toEqual(node.forward(x))
})

test('an untied residual network uses its layers in order', () => {
  const depth = 4
  const net = new ResNet({ ...residual, depth, scaling: 'none', activation: 'relu' })
  const { W, V } = Object.fromEntries(Array.from(net.field.tensors(), ([name, { data }]) => [name.split('.')[0], data]))
  let h = Array.from(scatter(5, 1))
  for (let k = 0; k < depth; k++) {
    const a = Array.from({ length: 7 }, (_, j) =>
      Math.max(0, inner(W!.subarray((7 * k + j) * 5, (7 * k + j + 1) * 5), h)),
    )
    h = h.map((v, i) => v + inner(V!.subarray((5 * k + i) * 7, (5 * k + i + 1) * 7), a) / depth)
  }
  expect(relative(net.forward(scatter(5, 1)), h)).toBeLessThanOrEqual(1e-14)
})

test('residual blocks start as they are told', () => {
  const spread = (data: ArrayLike<number>): number => Math.sqrt(inner(data, data) / data.length)
  const start = (options: object) => {
    const { W, V } = Object.fromEntries(
      Array.from(
        residualBlocks({ width: 16, hidden: 32, depth: 8, ...options }).tensors(),
        ([name, { data, shape }]) => [name.split('.')[0] as string, { data, shape }],
      ),
    )
    return { W: W!, V: V! }
  }
  const tied = start({})
  expect(tied.W.shape).toEqual([8, 32, 16])
  expect(spread(tied.V.data)).toBe(0)
  // 512 normal deviates: the deviation is 1 within four standard errors
  expect(Math.abs(spread(tied.W.data) - 1)).toBeLessThan(4 / Math.sqrt(1024))
  expect(tied.W.data.slice(512, 1024)).toEqual(tied.W.data.slice(0, 512))
  const independent = start({ initialLayers: 'independent', initialV: 'normal' })
  expect(independent.W.data.slice(512, 1024)).not.toEqual(independent.W.data.slice(0, 512))
  expect(Math.abs(spread(independent.V.data) - 1)).toBeLessThan(4 / Math.sqrt(8192))
})

test('both are trained like any model', () => {
  const x = scatter(80, 1)
  const y = Float64Array.from({ length: 40 }, (_, i) => (x[2 * i] as number) * (x[2 * i + 1] as number))
  for (const make of [
    () => new Compose(new MLP([8, 16, 8], { ...f64, activation: 'tanh' }), { times: 3, ...around(2, 8, 1) }),
    () => new ResNet({ width: 8, hidden: 16, depth: 5, ...f64, ...around(2, 8, 1) }),
  ]) {
    const losses = Array.from(fit(make(), { x, y }, { epochs: 300, optimizer: adam({ lr: 1e-2 }) }), ({ loss }) => loss)
    expect(losses[299]).toBeLessThan((losses[0] as number) / 20)
    // The same again, interrupted half way and resumed on a fresh model.
    const half = { epochs: 20, optimizer: adam({ lr: 1e-2 }) }
    const whole = make()
    let saved: Uint8Array | undefined
    for (const progress of fit(whole, { x, y }, half)) if (progress.epoch === 10) saved = progress.checkpoint()
    const resumed = make()
    for (const _ of fit(resumed, { x, y }, { ...half, resume: saved! }));
    expect(resumed.forward(x)).toEqual(whole.forward(x))
  }
})

describe('misuse', () => {
  test.each([
    ['times', () => new Compose(smooth, { times: -1 })],
    ['readIn', () => new Compose(smooth, { readIn: new Affine(2, 4, f64) })],
    ['readOut', () => new Compose(smooth, { readOut: new Affine(4, 2, f64) })],
    ['dtype', () => new Compose(smooth, { readIn: new Affine(2, 5) })],
    ['depth', () => new ResNet(residualBlocks({ ...residual, depth: 3 }), { depth: 4 })],
    ['adjoint.budget', () => new Compose(smooth, { adjoint: { kind: 'checkpoint', budget: 0 } as never })],
    ['depth', () => new ResNet({ ...residual, depth: 0 })],
    ['hidden', () => new ResNet({ ...residual, hidden: 0.5, depth: 2 })],
    ['scaling', () => new ResNet({ ...residual, depth: 2, scaling: 'other' as 'none' })],
  ])('the message names %s', (name, make) => {
    expect(make).toThrow(name)
    expect(make).toThrow(RangeError)
  })

  test('a file of one kind is not read as the other', () => {
    const bytes = new Compose(smooth, { times: 2 }).save()
    expect(() => ResNet.from(bytes)).toThrow('expected "resnet"')
    expect(() => NeuralODE.from(bytes)).toThrow('expected "neural-ode"')
  })
})
