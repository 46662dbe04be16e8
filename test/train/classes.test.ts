import { describe, expect, test } from 'vitest'
import { Compose } from '../../src/models/compose.ts'
import { Affine } from '../../src/program/affine.ts'
import { MLP } from '../../src/program/mlp.ts'
import { fit } from '../../src/train/fit.ts'
import { crossEntropy } from '../../src/train/losses.ts'
import { radam } from '../../src/train/radam.ts'
import { scatter } from '../support/gradients.ts'

/** Points of the plane in three classes, by the angle; one-hot rows. */
const ROWS = 60
const x = [...scatter(2 * ROWS)]
const classOf = (i: number): number => {
  const [a, b] = [x[2 * i] as number, x[2 * i + 1] as number]
  return a > 0 && b > 0 ? 0 : a > b ? 1 : 2
}
const y = Array.from({ length: ROWS }, (_, i) => [0, 1, 2].map((c) => Number(c === classOf(i)))).flat()

function classifier(dtype: 'f32' | 'f64'): Compose {
  return new Compose(new MLP([8, 8], { outputActivation: 'relu', dtype, seed: 1 }), {
    times: 2,
    readIn: new Affine(2, 8, { dtype, seed: 2 }),
    readOut: new Affine(8, 3, { dtype, seed: 3 }),
  })
}

test.each(['f32', 'f64'] as const)('three classes are learned, %s', (dtype) => {
  const model = classifier(dtype)
  const options = { loss: crossEntropy, optimizer: radam({ lr: 0.02 }), epochs: 60, batchSize: 10 }
  const losses = [...fit(model, { x, y }, options)].map(({ loss }) => loss)
  expect(losses[0]).toBeGreaterThan(0.8)
  expect(losses.at(-1)).toBeLessThan(0.2)
  const logits = model.forward(x)
  const right = Array.from({ length: ROWS }, (_, i) => {
    const row = [...logits.subarray(3 * i, 3 * i + 3)]
    return row.indexOf(Math.max(...row)) === classOf(i)
  })
  expect(right.filter(Boolean).length).toBeGreaterThan(0.9 * ROWS)
})

test('a missing row is as if it were not there', () => {
  const parameters = (data: { x: number[]; y: number[] }): ArrayLike<number>[] => {
    const model = classifier('f64')
    for (const _ of fit(model, data, { loss: crossEntropy, optimizer: radam(), epochs: 3 }));
    return model.parameters.blocks.map((block) => block.parameters)
  }
  const shorter = parameters({ x: x.slice(2), y: y.slice(3) })
  for (const [b, block] of parameters({ x, y: y.map((v, i) => (i === 1 ? Number.NaN : v)) }).entries()) {
    for (const [i, v] of Array.from(block).entries())
      expect(Math.abs(v - (shorter[b]?.[i] as number))).toBeLessThan(1e-9)
  }
})

describe('refused', () => {
  test.each<[string, number[], string]>([
    ['class numbers', [0, 2, 1], 'row 0 of y must sum to 1, got 3: targets of crossEntropy are probabilities, such as'],
    ['a negative target', [2, -1, 0], 'y[1] is -1: targets of crossEntropy are probabilities'],
    ['half a row', [0.5, 0, 0], 'row 0 of y must sum to 1, got 0.5'],
    ['no whole row', [Number.NaN, 0, 1], 'y must hold at least one row without NaN, got none'],
  ])('%s', (_, targets, message) => {
    const training = fit(classifier('f64'), { x: [0, 0], y: targets }, { loss: crossEntropy })
    expect(() => training.next()).toThrow(message)
  })
})
