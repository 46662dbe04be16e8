import { describe, expect, test } from 'vitest'
import { ResNet } from '../../src/models/resnet.ts'
import { Affine } from '../../src/program/affine.ts'
import { gradientFlow } from '../../src/theory/gradient-flow.ts'
import { plRatio } from '../../src/theory/pl-ratio.ts'
import { decayRate } from '../../src/theory/slope.ts'
import { huber } from '../../src/train/losses.ts'
import { linearModel } from '../support/linear-flow.ts'

const f64 = { dtype: 'f64' } as const

describe('the ratio of gradient and loss', () => {
  test.each([
    [1, 3, 1],
    [3, 1, 5],
    [5, 5, 3],
    [17, 3, 2],
  ])('of a linear model is that of the closed form: %i rows, %i to %i', (rows, inputs, outputs) => {
    const { model, data, exact } = linearModel(rows, inputs, outputs, 3)
    const { loss, rate } = exact(0)
    expect(plRatio(model, data) / (rate / loss)).toBeCloseTo(1, 12)
  })

  test('of a linear residual network: layers count L times', () => {
    // h <- h + v_k w_k h / L, all of width 1: F = b prod(1 + v_k w_k / L) a x, and every derivative is F without a factor.
    const block = (seed: number) => new Affine(1, 1, { ...f64, bias: false, seed })
    const net = new ResNet({
      width: 1,
      hidden: 1,
      depth: 3,
      activation: 'identity',
      ...f64,
      readIn: block(1),
      readOut: block(2),
    })
    const [a, b, layers] = [1.5, -0.5, [0.5, 1, -1, 2, 0.25, 3]]
    net.readIn!.parameters = [a]
    net.readOut!.parameters = [b]
    net.field.parameters = layers
    net.field.rate = 3
    const factors = [0, 1, 2].map((k) => 1 + ((layers[2 * k] as number) * (layers[2 * k + 1] as number)) / 3)
    const F = factors.reduce((p, f) => p * f, a * b * 2)
    const [x, y] = [2, 0.25]
    const slopes = factors.flatMap((f, k) => [layers[2 * k + 1], layers[2 * k]].map((v) => (F * (v as number)) / 3 / f))
    const square = (values: readonly number[]): number => values.reduce((sum, v) => sum + v * v, 0)
    // The factor (2 (F - y))^2 of the gradient by the loss (F - y)^2.
    const wanted = 4 * (square([F / a, F / b]) + 3 * square(slopes))
    expect(plRatio(net, { x: [x], y: [y] }) / wanted).toBeCloseTo(1, 13)
    net.field.rate = 0
    expect(plRatio(net, { x: [x], y: [y] }) / (4 * square([F / a, F / b]))).toBeCloseTo(1, 13)
    net.field.rate = 3
    net.readIn!.rate = 0
    net.readOut!.rate = 0
    // Huber's loss within 1 is half the square: half the gradient, half the loss.
    net.readOut!.parameters = [b]
    expect(plRatio(net, { x: [x], y: [F - 0.5] }, { loss: huber }) / (2 * 3 * square(slopes))).toBeCloseTo(1, 13)
  })

  test('of one weight is the decay rate of its loss', () => {
    const { model, data } = linearModel(4, 1, 1, 2)
    const run = [...gradientFlow(model, data, { T: 1, rtol: 1e-11, atol: 1e-13 })]
    const rate = decayRate(
      run.map(({ t }) => t),
      run.map(({ loss }) => loss),
    )
    expect(plRatio(model, data) / rate).toBeCloseTo(1, 8)
    for (const progress of run) expect(progress.rate / progress.loss / rate).toBeCloseTo(1, 8)
  })

  test('needs a loss', () => {
    const { model, data } = linearModel(4, 1, 1, 2)
    expect(() => plRatio(model, { ...data, y: model.forward(data.x) })).toThrow('the loss is 0')
    expect(() => plRatio(model, { ...data, y: data.y.map(() => 1e200) })).toThrow('the loss is Infinity')
    expect(() => plRatio(model, { ...data, y: [1] })).toThrow('y must hold 4 numbers')
  })
})
