import { describe, expect, test } from 'vitest'
import { ResNet } from '../../src/models/resnet.ts'
import { Affine } from '../../src/program/affine.ts'
import { MLP } from '../../src/program/mlp.ts'
import { depthSmoothness } from '../../src/theory/depth-smoothness.ts'
import { refineDepth } from '../../src/theory/refine-depth.ts'
import { reversalError } from '../../src/theory/reversal-error.ts'
import { fitSlope } from '../../src/theory/slope.ts'
import { spectralShare } from '../../src/theory/spectral-share.ts'
import { fit } from '../../src/train/fit.ts'
import { sgd } from '../../src/train/optimizers.ts'
import { relative, scatter } from '../support/gradients.ts'

const [a, b, c] = [scatter(70, 1), scatter(70, 2), scatter(70, 3)]

/** A network of width 5 and 7 hidden units whose layer k has the weights of a smooth function at (k - 1/2)/L. */
function smooth(depth: number, dtype: 'f32' | 'f64' = 'f64', activation: 'tanh' | 'relu' = 'tanh'): ResNet {
  const net = new ResNet({ width: 5, hidden: 7, depth, scaling: 'none', activation, dtype })
  net.field.parameters = Array.from({ length: depth }, (_, k) => {
    const s = (k + 0.5) / depth
    return [...a.map((v, i) => v + (b[i] as number) * Math.sin(3 * s) + (c[i] as number) * s * s)]
  }).flat()
  return net
}

const distance = (p: ArrayLike<number>, q: ArrayLike<number>): number =>
  Math.hypot(...Array.from(p, (v, i) => v - (q[i] as number)))

describe('refineDepth', () => {
  const x = scatter(15, 7)
  const Ls = [16, 32, 64, 128]

  test.each(['tanh', 'relu'] as const)(
    'changes the outputs by O(1/L) where the weights are smooth: %s',
    (activation) => {
      const changes = Ls.map((L) => {
        const net = smooth(L, 'f64', activation)
        return distance(refineDepth(net).forward(x), net.forward(x))
      })
      expect(Math.abs(fitSlope(Ls, changes) + 1)).toBeLessThan(0.1)
    },
  )

  test('makes the weights that the function has there, to O(1/L^2) but for the ends', () => {
    const inside = (net: ResNet): Float64Array => Float64Array.from(net.field.parameters.slice(140, -140))
    const errors = Ls.map((L) => {
      const [found, wanted] = [inside(refineDepth(smooth(L))), inside(smooth(2 * L))]
      return Math.max(...found.map((v, i) => Math.abs(v - (wanted[i] as number))))
    })
    expect(Math.abs(fitSlope(Ls, errors) + 2)).toBeLessThan(0.05)
  })

  test.each(['f32', 'f64'] as const)('halves the steps of a ramp, in %s', (dtype) => {
    const net = new ResNet({ width: 1, hidden: 1, depth: 3, dtype })
    net.field.parameters = [0, 8, 4, 16, 8, 24]
    // W, V by layer: the ends stay, the others go a quarter of the way.
    expect([...refineDepth(net).field.parameters]).toEqual([0, 8, 1, 10, 3, 14, 5, 18, 7, 22, 8, 24])
    const [before, after] = [depthSmoothness(net), depthSmoothness(refineDepth(net))]
    expect(after.all.maxStep).toBe(before.all.maxStep / 2)
    expect(after.all.totalVariation).toBe(before.all.totalVariation)
  })

  test('a tied network stays tied: twice the Euler steps of the same field', () => {
    const net = new ResNet({ width: 5, hidden: 7, depth: 4, tied: true, initialV: 'normal', dtype: 'f64' })
    const fine = refineDepth(net)
    const twice = new ResNet(net.field, { depth: 8 })
    expect([fine.depth, fine.field.layers, fine.field.rate]).toEqual([8, 1, 1])
    expect(fine.forward(x)).toEqual(twice.forward(x))
    const alike = refineDepth(new ResNet({ width: 5, hidden: 7, depth: 4, initialV: 'normal', dtype: 'f32' }))
    expect(spectralShare(alike).all).toBe(0)
  })

  test('shares read-in and read-out, copies the field, and keeps what it was given', () => {
    const blocks = { readIn: new Affine(3, 5, { dtype: 'f64' }), readOut: new Affine(5, 1, { dtype: 'f64', seed: 1 }) }
    const net = new ResNet({ width: 5, hidden: 7, depth: 4, initialV: 'normal', dtype: 'f64', ...blocks })
    net.field.rate = 4
    const fine = refineDepth(net)
    expect([fine.readIn, fine.readOut]).toEqual([blocks.readIn, blocks.readOut])
    expect([fine.depth, fine.field.rate, net.field.rate]).toEqual([8, 8, 4])
    const before = net.field.parameters
    fine.field.parameters = fine.field.parameters.map(() => 1)
    expect(net.field.parameters).toEqual(before)
    expect(ResNet.from(refineDepth(net).save()).forward(scatter(9))).toEqual(refineDepth(net).forward(scatter(9)))
  })

  test('training goes on from there, to the loss before and below', () => {
    const x = scatter(48, 4)
    const y = Float64Array.from({ length: 16 }, (_, i) => (x[3 * i] as number) * (x[3 * i + 1] as number))
    const readIn = new Affine(3, 8, { dtype: 'f64', seed: 1 })
    const readOut = new Affine(8, 1, { dtype: 'f64', seed: 2 })
    const coarse = new ResNet({ width: 8, hidden: 16, depth: 8, activation: 'tanh', dtype: 'f64', readIn, readOut })
    coarse.field.rate = 8
    const losses = (net: ResNet, epochs: number): number[] =>
      Array.from(fit(net, { x, y }, { optimizer: sgd({ lr: 0.2 }), epochs }), ({ loss }) => loss)
    const first = losses(coarse, 1500)
    const fine = refineDepth(coarse)
    const second = losses(fine, 500)
    const [start, reached] = [first[0] as number, first[1499] as number]
    expect(reached).toBeLessThan(start / 10)
    expect(Math.abs((second[0] as number) - reached)).toBeLessThan(start / 100)
    expect(second[499]).toBeLessThan(reached)
  })
})

describe('reversalError', () => {
  test.each([1, 3, 5, 17])('of a linear block is that of the closed form, %i layers', (depth) => {
    const net = smooth(depth)
    const linear = new ResNet({ width: 1, hidden: 1, depth, tied: true, activation: 'identity', dtype: 'f64' })
    linear.field.parameters = [1.5, 0.5]
    const { errors, max } = reversalError(linear, [2, -1, 0.5])
    const [grow, shrink] = [1 + 0.75 / depth, 1 - 0.75 / depth]
    const wanted = Array.from(
      { length: depth + 1 },
      (_, k) => 2 * Math.abs(grow ** k - shrink ** (depth - k) * grow ** depth),
    )
    expect(relative(errors, wanted)).toBeLessThan(1e-13)
    expect(max).toBe(Math.max(...errors))
    expect(errors[depth]).toBe(0)
    expect(reversalError(net, scatter(5)).errors).toHaveLength(depth + 1)
  })

  test('takes the layers in their order: states and back by hand', () => {
    const net = new ResNet({
      width: 1,
      hidden: 1,
      depth: 3,
      activation: 'identity',
      dtype: 'f64',
      readIn: new Affine(1, 1, { dtype: 'f64', bias: false }),
    })
    net.readIn!.parameters = [2]
    net.field.parameters = [1, 3, 1, -1.5, 1, 6]
    // h <- h (1 + v/3): 2, 4, 2, 6; back h <- h (1 - v/3): 6, -6, -9, 0.
    const { errors } = reversalError(net, [1])
    expect(relative(errors, [2, 13, 8, 0])).toBeLessThan(1e-13)
  })

  test.each(['f32', 'f64'] as const)('falls as 1/L for smooth weights, in %s', (dtype) => {
    const Ls = [64, 128, 256, 512]
    const errors = Ls.map((L) => reversalError(smooth(L, dtype), Array.from(scatter(25, 7))).max)
    expect(Math.abs(fitSlope(Ls, errors) + 1)).toBeLessThan(0.05)
  })

  test('falls as fast for layers that know nothing of each other', () => {
    const Ls = [64, 128, 256, 512]
    const errors = Ls.map((depth) => {
      const start = { initialLayers: 'independent', initialV: 'normal', seed: 2 } as const
      return reversalError(new ResNet({ width: 16, hidden: 16, depth, dtype: 'f64', ...start }), scatter(64, 7)).max
    })
    expect(fitSlope(Ls, errors)).toBeLessThan(-0.9)
  })

  test('checks its inputs', () => {
    expect(() => reversalError(smooth(3), [1, 2])).toThrow('x must hold rows of 5 numbers, got 2 numbers')
  })
})

describe('misuse', () => {
  test('another scale exponent has another time at twice the depth', () => {
    const net = new ResNet({ width: 3, hidden: 4, depth: 4, scaleExponent: 0.5 })
    expect(() => refineDepth(net)).toThrow(/scaleExponent must be 1/)
  })

  test('layers over a span belong to no step', () => {
    const net = new ResNet(new MLP([2, 2], { layers: 3, span: 1 }), { depth: 6 })
    expect(() => refineDepth(net)).toThrow(/layers must belong to steps/)
    expect(() => reversalError(net, [1, 2])).toThrow(/layers must belong to steps/)
  })
})
