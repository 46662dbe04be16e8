import { describe, expect, test } from 'vitest'
import { ResNet, residualBlocks } from '../../src/models/resnet.ts'
import { Field } from '../../src/program/field.ts'
import { depthSmoothness, type Smoothness } from '../../src/theory/depth-smoothness.ts'
import { inner, scatter } from '../support/gradients.ts'

const dtypes = ['f32', 'f64'] as const
const norm = (v: ArrayLike<number>): number => Math.sqrt(inner(v, v))

/** A field of `depth` layers with weights a + g(k) b, k = 0 ... depth - 1, in two tensors of different size. */
function along(depth: number, g: (k: number) => number, dtype: 'f32' | 'f64' = 'f64') {
  const field = new Field(3, (p) => p.dense(p.dense(p.state, 5, { bias: false, name: 'W' }), 3, { name: 'V' }), {
    dtype,
    layers: depth,
  })
  // Eighths: so that f32 holds them, and their sums with whole numbers.
  const eighths = (seed: number) => scatter(33, seed).map((v) => Math.round(8 * v) / 8)
  const [a, b] = [eighths(1), eighths(2)]
  field.parameters = Array.from({ length: depth }, (_, k) => [...a.map((v, i) => v + g(k) * (b[i] as number))]).flat()
  return { field, W: b.subarray(0, 15), V: b.subarray(15, 30), bias: b.subarray(30) }
}

const close = (value: number | undefined, wanted: number, relative = 1e-12): void =>
  expect(Math.abs((value as number) - wanted)).toBeLessThanOrEqual(relative * Math.abs(wanted))

describe.each(dtypes)('of %s', (dtype) => {
  test.each([1, 3, 5, 17])('a linear ramp over %i layers: every step is its slope', (depth) => {
    const { field, ...directions } = along(depth, (k) => k, dtype)
    const { tensors } = depthSmoothness(field)
    expect([...tensors.keys()]).toEqual(['W.weight', 'V.weight', 'V.bias'])
    for (const [name, b] of Object.entries({ 'W.weight': directions.W, 'V.weight': directions.V })) {
      const { steps, maxStep, lipschitz, meanStep, h1, totalVariation } = tensors.get(name) as Smoothness
      const step = depth === 1 ? 0 : norm(b)
      expect(steps).toHaveLength(depth - 1)
      for (const each of steps) close(each, step)
      close(maxStep, step)
      close(lipschitz, depth * step)
      close(meanStep, step)
      close(h1, Math.sqrt(depth * (depth - 1)) * step)
      close(totalVariation, (depth - 1) * step)
    }
  })

  test('tied weights are as smooth as can be: 0', () => {
    for (const net of [
      new ResNet({ width: 5, hidden: 17, depth: 9, dtype }),
      new ResNet({ width: 5, hidden: 17, depth: 9, dtype, tied: true }),
    ]) {
      for (const { maxStep, relStep, h1, totalVariation } of [
        depthSmoothness(net).all,
        ...depthSmoothness(net).tensors.values(),
      ]) {
        expect([maxStep, relStep, h1, totalVariation]).toEqual([0, 0, 0, 0])
      }
    }
  })

  test('independent normal weights have relative steps of sqrt 2', () => {
    const field = residualBlocks({
      ...{ width: 16, hidden: 32, depth: 64, initialLayers: 'independent', initialV: 'normal', dtype },
    })
    // ||Z||_F of P = 512 normal deviates: mean sqrt(P)(1 - 1/(4P)), deviation 1/sqrt 2; of a difference, sqrt 2 of both. Steps
    // that share a layer hang together, at most doubling the variance of their mean.
    const error = (2 * 1) / Math.sqrt(512 * 63)
    for (const { relStep } of depthSmoothness(field).tensors.values()) {
      expect(Math.abs(relStep - Math.SQRT2)).toBeLessThan(4 * error)
    }
  })
})

test('steps of weights that bend are those of the function', () => {
  const { field, W } = along(5, (k) => k * k)
  const { steps, maxStep, meanStep, relStep, h1, totalVariation } = depthSmoothness({ field }).tensors.get(
    'W.weight',
  ) as Smoothness
  const layers = [0, 1, 2, 3, 4].map((k) => norm(field.parameters.slice(33 * k, 33 * k + 15)))
  for (const [k, step] of steps.entries()) close(step, (2 * k + 1) * norm(W))
  close(maxStep, 7 * norm(W))
  close(meanStep, 4 * norm(W))
  close(relStep, (4 * norm(W)) / (layers.reduce((sum, v) => sum + v) / 5))
  close(h1, Math.sqrt(5 * (1 + 9 + 25 + 49)) * norm(W))
  close(totalVariation, 16 * norm(W))
})

test('all tensors together: their sum, the larger one, or one vector', () => {
  const { field, W, V, bias } = along(5, (k) => 2 * k)
  const parts = [W, V, bias].map((b) => 2 * norm(b))
  const sum = parts.reduce((a, b) => a + b)
  close(depthSmoothness(field).all.maxStep, sum)
  close(depthSmoothness(field, { norm: 'sum' }).all.h1, Math.sqrt(20) * sum)
  close(depthSmoothness(field, { norm: 'max' }).all.maxStep, Math.max(...parts))
  close(depthSmoothness(field, { norm: 'euclidean' }).all.maxStep, norm(parts))
})

test('misuse', () => {
  const { field } = along(3, (k) => k)
  expect(() => depthSmoothness(field, { norm: 'frobenius' as 'sum' })).toThrow(
    'norm must be one of sum, max, euclidean, got "frobenius"',
  )
  expect(() => depthSmoothness(new Field(2, (p) => p.scale(p.state, 2)))).toThrow('the field has no parameters')
})
