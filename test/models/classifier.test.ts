// A neural ODE as a classifier: gradient of its loss, files, and the same bits again.
import { describe, expect, test } from 'vitest'
import { vjp } from '../../src/adjoint/vjp.ts'
import { NeuralODE } from '../../src/models/neural-ode.ts'
import { Affine } from '../../src/program/affine.ts'
import { MLP } from '../../src/program/mlp.ts'
import { rk4 } from '../../src/tableaus/rk4.ts'
import { accuracy, classesOf, oneHot } from '../../src/train/classes.ts'
import { fit } from '../../src/train/fit.ts'
import { crossEntropy } from '../../src/train/losses.ts'
import { adam } from '../../src/train/optimizers.ts'
import { at, differences, relative, scatter } from '../support/gradients.ts'

const [PIXELS, WIDTH, CLASSES] = [5, 4, 3]

function classifier(dtype: 'f32' | 'f64', activation: 'relu' | 'softplus' = 'softplus'): NeuralODE {
  return new NeuralODE(new MLP([WIDTH + 1, 6, WIDTH], { time: 'concat', activation, dtype, seed: 3 }), {
    ...{ solver: rk4, steps: 4 },
    readIn: new Affine(PIXELS, WIDTH, { dtype, seed: 1 }),
    readOut: new Affine(WIDTH, CLASSES, { dtype, seed: 2 }),
  })
}

/** Mean of log(sum exp(l)) - l_class, and its gradient by the logits. */
function lossOf(logits: ArrayLike<number>, labels: readonly number[]): { loss: number; gradient: Float64Array } {
  const gradient = new Float64Array(logits.length)
  let loss = 0
  for (const [row, label] of labels.entries()) {
    const cells = Array.from({ length: CLASSES }, (_, c) => Math.exp(logits[row * CLASSES + c] as number))
    const sum = cells.reduce((a, b) => a + b, 0)
    loss += (Math.log(sum) - (logits[row * CLASSES + label] as number)) / labels.length
    for (const [c, cell] of cells.entries()) {
      gradient[row * CLASSES + c] = (cell / sum - Number(c === label)) / labels.length
    }
  }
  return { loss, gradient }
}

describe.each([1, 3, 5, 17])('%d images', (rows) => {
  const x = scatter(rows * PIXELS, rows)
  const labels = Array.from({ length: rows }, (_, i) => (i * i) % CLASSES)

  test('the gradient of the cross-entropy is that of differences', () => {
    const model = classifier('f64')
    const [logits, pullback] = vjp(model, x)
    const { dparams, dx } = pullback(lossOf(logits, labels).gradient)
    const loss = (): number => lossOf(model.forward(x), labels).loss
    const wanted = model.parameters.blocks.flatMap((block) => [
      ...differences((parameters) => at(block, parameters, loss), block.parameters),
    ])
    expect(relative(dparams, wanted)).toBeLessThan(1e-9)
    const byInput = differences((moved) => lossOf(model.forward(moved), labels).loss, x)
    expect(relative(dx, byInput)).toBeLessThan(1e-9)
  })

  test('single precision has the same gradient', () => {
    const [wide, single] = (['f64', 'f32'] as const).map((dtype) => {
      const model = classifier(dtype)
      const input = dtype === 'f32' ? Float32Array.from(x) : x
      const [logits, pullback] = vjp(model, input)
      return pullback(lossOf(logits, labels).gradient).dparams
    })
    // The parameters of both are the same draws, rounded.
    expect(relative(single as Float32Array, wide as Float64Array)).toBeLessThan(1e-5)
  })
})

const x = Float32Array.from(scatter(60 * PIXELS, 7))
const labels = Array.from({ length: 60 }, (_, i) =>
  (x[i * PIXELS] as number) > 0.2 ? 0 : (x[i * PIXELS + 1] as number) > 0 ? 1 : 2,
)

function trained(): { model: NeuralODE; losses: number[] } {
  const model = classifier('f32', 'relu')
  const options = { loss: crossEntropy, optimizer: adam({ lr: 0.02 }), epochs: 40, batchSize: 20, seed: 4 }
  const losses = Array.from(fit(model, { x, y: oneHot(labels, CLASSES) }, options), ({ loss }) => loss)
  return { model, losses }
}

test('it learns, to the same bits again', () => {
  const [first, second] = [trained(), trained()]
  expect(first.losses).toEqual(second.losses)
  expect(first.model.forward(x)).toEqual(second.model.forward(x))
  expect(accuracy(first.model.forward(x), labels, CLASSES)).toBeGreaterThan(0.9)
  expect(accuracy(classifier('f32', 'relu').forward(x), labels, CLASSES)).toBeLessThan(0.7)
})

test('a file has the same logits, and the same bytes again', () => {
  const { model } = trained()
  const bytes = model.save()
  const read = NeuralODE.from(bytes)
  expect(read.forward(x)).toEqual(model.forward(x))
  expect([...classesOf(read.forward(x), CLASSES)]).toEqual([...classesOf(model.forward(x), CLASSES)])
  expect(read.save()).toEqual(bytes)
})
