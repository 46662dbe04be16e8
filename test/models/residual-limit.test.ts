import { beforeAll, describe, expect, test } from 'vitest'
import { ResNet } from '../../src/models/resnet.ts'
import { depthSmoothness } from '../../src/theory/depth-smoothness.ts'
import { fitSlope } from '../../src/theory/slope.ts'
import { fit } from '../../src/train/fit.ts'
import { sgd } from '../../src/train/optimizers.ts'
import data from './residual-data.json' with { type: 'json' }

// Marion et al. 2024, figure 1, in the scaling of their code: trained from tied layers, neighbours differ by O(1/L).
const [x, y, W] = [data.x, data.y, data.W].map((values) => Float64Array.from(values, (v) => v / 1e4)) as [
  Float64Array,
  Float64Array,
  Float64Array,
]
const [width, hidden] = [16, 32]

/** max over k and t <= T of max(|V_{k+1} - V_k|, |W_{k+1} - W_k|), and the root of the sum of all squares. */
function train(activation: 'gelu' | 'relu', depth: number, iterations: number) {
  const blocks = { width, hidden, depth, activation, scaling: 'none', dtype: 'f64', rate: depth } as const
  using net = new ResNet(blocks)
  const tensors = net.field.tensors()
  const start = tensors.get('W.weight')!
  // The data are [in, out], as in the product x W.
  start.data.set(start.data.map((_, i) => W[(i % width) * hidden + (Math.floor(i / width) % hidden)] as number))
  net.field.load(tensors)
  let [max, squares] = [0, 0]
  for (const _ of fit(net, { x, y }, { optimizer: sgd({ lr: 1e-2 }), epochs: iterations })) {
    max = Math.max(max, depthSmoothness(net, { norm: 'max' }).all.maxStep)
    squares += depthSmoothness(net, { norm: 'euclidean' }).all.h1 ** 2 / depth
  }
  return { max, sum: Math.sqrt(squares) }
}

// Values of an independent implementation (numpy, f64) with the same inputs, targets and weights, in its digits.
describe.each([
  ['gelu', { 4: [4.09e-2, 2.41e-1], 16: [9.68e-3, 1.23e-1], 256: [5.98e-4, 3.09e-2] }],
  ['relu', { 4: [4e-2, 2.38e-1], 16: [9.52e-3, 1.21e-1], 256: [5.87e-4, 3.04e-2] }],
] as const)('%s, T = 50', (activation, published) => {
  const depths = [4, 16, 256] as const
  let [max, sum]: [number[], number[]] = [[], []]
  beforeAll(() => {
    const found = depths.map((depth) => train(activation, depth, 50))
    max = found.map((one) => one.max)
    sum = found.map((one) => one.sum)
  }, 120_000)

  test('the largest steps are those of an independent implementation, to its three digits', () => {
    for (const [i, depth] of depths.entries()) {
      const [theirMax, theirSum] = published[depth]
      // Half a unit of the third digit of the least significand, and the fourth decimal of the data.
      expect(Math.abs((max[i] as number) / theirMax - 1)).toBeLessThan(2e-3)
      expect(Math.abs((sum[i] as number) / theirSum - 1)).toBeLessThan(4.2e-3)
    }
  })

  test('they fall like 1/L, and the sum of the published code like 1/sqrt(L)', () => {
    expect(Math.abs(fitSlope([...depths], max) + 1)).toBeLessThan(0.1)
    expect(Math.abs((max[0] as number) / (max[2] as number) - 68)).toBeLessThan(1)
    expect(Math.abs(fitSlope([...depths], sum) + 0.5)).toBeLessThan(0.02)
  })
})
