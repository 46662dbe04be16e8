import { describe, expect, test } from 'vitest'
import { vjp } from '../../src/adjoint/vjp.ts'
import { NeuralODE } from '../../src/models/neural-ode.ts'
import { ResNet } from '../../src/models/resnet.ts'
import { Affine } from '../../src/program/affine.ts'
import { MLP } from '../../src/program/mlp.ts'
import { fit } from '../../src/train/fit.ts'
import { sgd } from '../../src/train/optimizers.ts'
import { relative, scatter } from '../support/gradients.ts'

const f64 = { dtype: 'f64' } as const
const x = scatter(15)
const y = scatter(5, 1)

function network(rates: { readIn?: number; field?: number; readOut?: number } = {}): ResNet {
  const net = new ResNet({
    ...{ width: 5, hidden: 7, depth: 4, initialV: 'normal', ...f64 },
    readIn: new Affine(3, 5, { ...f64, seed: 1, rate: rates.readIn ?? 1 }),
    readOut: new Affine(5, 1, { ...f64, seed: 2, rate: rates.readOut ?? 1 }),
  })
  net.field.rate = rates.field ?? 1
  return net
}

const parametersOf = (net: ResNet) => net.parameters.blocks.map((block) => block.parameters)

/** How far every block's parameters move in one step of gradient descent. */
function moves(net: ResNet): Float64Array[] {
  const before = parametersOf(net)
  for (const _ of fit(net, { x, y }, { optimizer: sgd({ lr: 2 ** -6 }), epochs: 1 }));
  return parametersOf(net).map((after, b) => Float64Array.from(after, (v, i) => v - (before[b]?.[i] as number)))
}

describe('the rate of a block', () => {
  test('is a factor on the learning rate of its parameters', () => {
    const [a, b, c] = moves(network()) as [Float64Array, Float64Array, Float64Array]
    const [a4, b8, c2] = moves(network({ readIn: 4, field: 8, readOut: 0.5 })) as [
      Float64Array,
      Float64Array,
      Float64Array,
    ]
    const times = (factor: number, of: Float64Array) => of.map((v) => factor * v)
    expect(relative(a4, times(4, a))).toBeLessThan(1e-12)
    expect(relative(b8, times(8, b))).toBeLessThan(1e-12)
    expect(relative(c2, times(0.5, c))).toBeLessThan(1e-12)
  })

  test('0 leaves the block as it is, to the bit, and its cotangent zero; the others do not notice', () => {
    const [free, held] = [network(), network({ readIn: 0, readOut: 0 })]
    const [, b] = moves(free)
    const [a0, b0, c0] = moves(held)
    expect(new Set([...(a0 as Float64Array), ...(c0 as Float64Array)])).toEqual(new Set([0]))
    expect(b0).toEqual(b)
    const [, pullback] = vjp(held, x)
    const { dx, dparams } = pullback(y)
    pullback.dispose()
    expect(dparams.subarray(0, 20).every((v: number) => v === 0)).toBe(true)
    expect(dparams.subarray(20, 20 + held.field.parameterCount).some((v: number) => v !== 0)).toBe(true)
    expect(dx.every((v: number) => v !== 0)).toBe(true)
  })

  test('0 on a neural ODE trains its inputs alone', () => {
    const node = new NeuralODE(new MLP([3, 4, 3], { ...f64, rate: 0 }), { steps: 4 })
    const before = node.field.parameters
    const progress = [...fit(node, { x, y: x.map((v) => v / 2) }, { epochs: 50, trainInputs: true })]
    expect(node.field.parameters).toEqual(before)
    expect(progress[49]?.loss).toBeLessThan(progress[0]?.loss as number)
  })

  test.each([-1, Number.NaN, Infinity])('%d is refused', (rate) => {
    expect(() => new Affine(1, 1, { rate })).toThrow(/rate must be a finite number >= 0/)
    const block = new Affine(1, 1)
    expect(() => {
      block.rate = rate
    }).toThrow(/rate must be/)
    expect(block.rate).toBe(1)
  })
})
