import { expect, test } from 'vitest'
import { checkpoint } from '../../src/adjoint/checkpoint.ts'
import { core } from '../../src/core/boundary.ts'
import { ResNet } from '../../src/models/resnet.ts'
import { fit } from '../../src/train/fit.ts'
import { sgd } from '../../src/train/optimizers.ts'
import { scatter } from '../support/gradients.ts'

test('a thousand layers are trained within the checkpoint budget, to the same bits for every budget', () => {
  const [depth, rows, width, hidden] = [1000, 100, 16, 32]
  const [x, y] = [Float32Array.from(scatter(rows * width, 1)), Float32Array.from(scatter(rows * width, 2))]
  const budgets = [2 ** 19, 2 ** 26]
  const nets = budgets.map((budget) => {
    return new ResNet({ width, hidden, depth, activation: 'relu', rate: depth, adjoint: checkpoint({ budget }) })
  })
  const before = core().memoryTop() >>> 0
  /** Losses of eight steps, and after each the memory that has been in use, over that of the networks. */
  const [small, large] = nets.map((net) => {
    const tops: number[] = []
    const losses = Array.from(fit(net, { x, y }, { optimizer: sgd({ lr: 1e-2 }), epochs: 8 }), ({ loss }) => {
      tops.push((core().memoryTop() >>> 0) - before)
      return loss
    })
    net.dispose()
    return { losses, tops }
  }) as [{ losses: number[]; tops: number[] }, { losses: number[]; tops: number[] }]
  // Gradient and momentum are as large as the parameters; the states of all layers would be 6.4 MB.
  const training = 2 * 4 * depth * 2 * width * hidden
  expect(small.tops[7]).toBeLessThan(training + 2 ** 19 + 2 ** 20)
  expect(large.tops[7]).toBeGreaterThan(training + 4 * depth * rows * width - 2 ** 20)
  for (const { tops } of [small, large]) expect(tops[7]).toBe(tops[0])
  expect(small.losses).toEqual(large.losses)
  expect(small.losses[7]).toBeLessThan(small.losses[0] as number)
})
