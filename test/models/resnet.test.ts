import { describe, expect, test } from 'vitest'
import { vjp } from '../../src/adjoint/vjp.ts'
import { ResNet, residualBlocks } from '../../src/models/resnet.ts'
import { Affine } from '../../src/program/affine.ts'
import type { Builder } from '../../src/program/builder.ts'
import { Field } from '../../src/program/field.ts'
import { fit } from '../../src/train/fit.ts'
import { sgd } from '../../src/train/optimizers.ts'
import { at, differences, inner, relative, scatter } from '../support/gradients.ts'

const blocks = { width: 3, hidden: 5, initialV: 'normal', initialLayers: 'independent', seed: 3 } as const

/** h <- h + L^-b V_k tanh(W_k h), by hand. */
function byHand(net: ResNet, x: ArrayLike<number>, exponent: number): number[] {
  const { depth } = net
  const [W, V] = ['W.weight', 'V.weight'].map((name) => net.field.tensors().get(name)?.data as Float64Array)
  let h = Array.from(x)
  for (let k = 0; k < depth; k++) {
    const row = (m: Float64Array | undefined, width: number, i: number) => m!.subarray(i * width, (i + 1) * width)
    const a = Array.from({ length: 5 }, (_, j) => Math.tanh(inner(row(W, 3, 5 * k + j), h)))
    h = h.map((v, i) => v + depth ** -exponent * inner(row(V, 5, 3 * k + i), a))
  }
  return h
}

describe('scaleExponent', () => {
  test.each([
    [0.5, 1],
    [0.5, 7],
    [0.75, 7],
    [0.6, 32],
    [1, 7],
  ])('%d at depth %i: every step is L^-b of the block', (scaleExponent, depth) => {
    const net = new ResNet({ ...blocks, dtype: 'f64', activation: 'tanh', scaling: 'none', depth, scaleExponent })
    const x = scatter(3, 4)
    expect(relative(net.forward(x), byHand(net, x, scaleExponent))).toBeLessThan(1e-13)
  })

  test('1 is the default, to the bit; 1/2 and 1 take exact spans', () => {
    const net = new ResNet({ ...blocks, depth: 6 })
    const same = new ResNet({ ...blocks, depth: 6, scaleExponent: 1 })
    expect(same.forward([1, 2, 3])).toEqual(net.forward([1, 2, 3]))
    const field = new Field(1, (p) => p.dense(p.state, 1, { bias: false }), { dtype: 'f64' })
    field.parameters = [1]
    // four steps over the time 2 of y' = y
    expect([...new ResNet(field, { depth: 4, scaleExponent: 0.5 }).forward([1])]).toEqual([1.5 ** 4])
  })

  test.each([1, 5])('the gradient is that of central differences, batch %i', (batch) => {
    const net = new ResNet({ ...blocks, dtype: 'f64', depth: 4, scaleExponent: 0.7 })
    const x = scatter(3 * batch, 5)
    const loss = (inputs: Float64Array): number => inner(net.forward(inputs), scatter(3 * batch, 6))
    const [, pullback] = vjp(net, x)
    const { dx, dparams } = pullback(scatter(3 * batch, 6))
    pullback.dispose()
    expect(relative(dx, differences(loss, x))).toBeLessThan(1e-8)
    const expected = differences((p) => at(net.field, p, () => loss(x)), net.field.parameters)
    expect(relative(dparams, expected)).toBeLessThan(1e-8)
  })

  test('is kept in the file; files without it are of exponent 1', () => {
    const net = new ResNet({ ...blocks, depth: 5, scaleExponent: 0.6 })
    const back = ResNet.from(net.save())
    expect(back.scaleExponent).toBe(0.6)
    expect(back.forward([1, 2, 3])).toEqual(net.forward([1, 2, 3]))
    const bytes = new ResNet({ ...blocks, depth: 5 }).save()
    const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true)
    const header = new TextDecoder().decode(bytes.subarray(8, 8 + length))
    const older = header.replace(',\\"scaleExponent\\":1', '')
    expect(older.length).toBe(length - 20)
    // JSON may end in spaces.
    bytes.set(new TextEncoder().encode(older.padEnd(length)), 8)
    expect(ResNet.from(bytes).scaleExponent).toBe(1)
  })

  test.each([0.49, 1.01, Number.NaN, '1' as unknown as number])('%s is refused', (scaleExponent) => {
    expect(() => new ResNet({ ...blocks, depth: 2, scaleExponent })).toThrow(
      /scaleExponent must be a number from 0.5 to 1/,
    )
  })
})

test('blocks take a rate and a length scale', () => {
  const field = residualBlocks({ width: 2, hidden: 3, depth: 4, rate: 4, initialLayers: 'smooth', lengthScale: 0.3 })
  expect(field.rate).toBe(4)
  expect(new Set(field.tensors().get('W.weight')?.data).size).toBe(24)
  expect(new Set(field.tensors().get('V.weight')?.data)).toEqual(new Set([0]))
  expect(() => residualBlocks({ width: 2, hidden: 3, depth: 4, lengthScale: 0.3 })).toThrow(/lengthScale is for/)
})

describe('a read-in or read-out that starts as the identity', () => {
  test.each([
    [2, 4, 'first', [1, 2, 0, 0]],
    [2, 4, 'last', [0, 0, 1, 2]],
    [4, 2, 'first', [1, 2]],
    [4, 2, 'last', [3, 4]],
    [3, 3, 'last', [1, 2, 3]],
  ] as const)('%i to %i, %s', (inputs, outputs, identity, wanted) => {
    for (const bias of [true, false]) {
      const map = new Affine(inputs, outputs, { identity, bias })
      expect([...map.forward([1, 2, 3, 4].slice(0, inputs))]).toEqual(wanted)
    }
  })

  test('another word is refused', () => {
    expect(() => new Affine(2, 2, { identity: 'middle' as 'last' })).toThrow(/identity must be one of first, last/)
  })
})

/**
 * Marion et al. 2024, appendix 10: with ReLU the limit is lost. h <- h + relu(w_k h) / 2L from w_k = (-1)^k / 2L, fitted to
 * (x, 2x): the odd layers are dead and stay, the even ones go to w with (1 + w / 2L)^L = 2, which tends to 2 log 2.
 */
test.each([
  [16, -0.0625, 1.4481],
  [64, -0.0156, 1.4014],
  [256, -0.0039, 1.3901],
])('the counter-example for ReLU, 2L = %i', (layers, dead, alive) => {
  const write = (p: Builder) => p.dense(p.state, 1, { bias: false, activation: 'relu' })
  const net = new ResNet(new Field(1, write, { dtype: 'f64', layers, rate: layers }))
  net.field.parameters = Float64Array.from({ length: layers }, (_, k) => (k % 2 === 0 ? -1 : 1) / layers)
  for (const _ of fit(net, { x: [1], y: [2] }, { optimizer: sgd({ lr: 0.05 }), epochs: 400 }));
  const w = net.field.parameters
  for (let k = 0; k < layers; k += 2) {
    expect(w[k]).toBe(-1 / layers)
    expect(Math.abs((w[k] as number) - dead)).toBeLessThan(5e-5)
    expect(Math.abs((w[k + 1] as number) - alive)).toBeLessThan(5e-5)
    expect(Math.abs((1 + (w[k + 1] as number) / layers) ** (layers / 2) - 2)).toBeLessThan(1e-9)
  }
})
