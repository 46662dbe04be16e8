import { describe, expect, test } from 'vitest'
import type { Builder } from '../../src/program/builder.ts'
import { Field } from '../../src/program/field.ts'
import { smoothFeatures } from '../../src/program/smooth.ts'
import { inner } from '../support/gradients.ts'

const column = (features: readonly Float64Array[], k: number): number[] => features.map((w) => w[k] as number)

describe('the features', () => {
  test.each([
    [1, 1],
    [5, 1000],
    [17, 1],
    [40, 0.25],
    [64, 0.1],
    [60, 0.02],
  ])('of %i layers, length scale %d, have the covariance as their products', (layers, lengthScale) => {
    const features = smoothFeatures(layers, lengthScale)
    let worst = 0
    for (let i = 0; i < layers; i++) {
      for (let j = 0; j < layers; j++) {
        const wanted = Math.exp(-(((i - j) / layers / lengthScale) ** 2) / 2)
        worst = Math.max(worst, Math.abs(inner(column(features, i), column(features, j)) - wanted))
      }
    }
    expect(worst).toBeLessThanOrEqual(1e-14)
  })

  test('are no more than the variance needs', () => {
    // The tail of a Poisson distribution with mean 1/4: below 2^-53 from the 15th term on, 1/4^15/15! = 7e-22 < 1e-16 < ...
    const mean = 1 / 4
    const tail = (n: number): number => {
      let [term, sum] = [Math.exp(-mean), 0]
      for (let k = 1; k < n + 60; k++) {
        term *= mean / k
        if (k >= n) sum += term
      }
      return sum
    }
    const count = smoothFeatures(3, 1).length
    expect(tail(count)).toBeLessThan(2 ** -53)
    expect(tail(count - 2)).toBeGreaterThan(2 ** -53)
  })
})

const dense =
  (width: number, init: 'normal' | 'zero' | 'uniform') =>
  (p: Builder): ReturnType<Builder['dense']> =>
    p.dense(p.state, width, { bias: false, init: { kind: init, scale: 1 } })

describe('a smooth start', () => {
  test.each(['f32', 'f64'] as const)('has the covariance over the depth, %s', (dtype) => {
    const [width, layers, lengthScale] = [100, 8, 0.3]
    const options = { dtype, layers, seed: 5, initialLayers: 'smooth', lengthScale } as const
    const all = new Field(width, dense(width, 'normal'), options).parameters
    const size = width * width
    for (const k of [0, 3, 7]) {
      for (let j = 0; j < layers; j++) {
        const found = inner(all.subarray(k * size, (k + 1) * size), all.subarray(j * size, (j + 1) * size)) / size
        const wanted = Math.exp(-(((k - j) / layers / lengthScale) ** 2) / 2)
        // The standard error of a product's mean is sqrt((1 + c^2) / n).
        expect(Math.abs(found - wanted)).toBeLessThan(4 * Math.sqrt((1 + wanted ** 2) / size))
      }
    }
  })

  test.each([
    [64, 0.5],
    [256, 0.5],
    [256, 0.1],
  ])('neighbours of %i layers, length scale %d, differ by 1 / (l L)', (layers, lengthScale) => {
    const width = 40
    const field = new Field(width, dense(width, 'normal'), { layers, initialLayers: 'smooth', lengthScale, seed: 2 })
    const all = field.parameters
    let sum = 0
    for (let i = width * width; i < all.length; i++)
      sum += ((all[i] as number) - (all[i - width * width] as number)) ** 2
    const typical = Math.sqrt(sum / (all.length - width * width))
    // E (Z_{k+1} - Z_k)^2 = 2 (1 - exp(-1 / (2 l^2 L^2))); 1600 entries, and neighbours go together over l L layers
    const wanted = 1 / (lengthScale * layers)
    expect(Math.abs(typical / wanted - 1)).toBeLessThan(0.05)
  })

  test.each([1, 3, 5, 17])('is the sum of the features times independent sets, width %i', (width) => {
    const layers = 5
    const smooth = { initialLayers: 'smooth', lengthScale: 0.4, seed: 3, dtype: 'f64' } as const
    const found = new Field(width, dense(width, 'normal'), { ...smooth, layers }).parameters
    const features = smoothFeatures(layers, 0.4)
    // Independent layers draw the same stream, one set after the other.
    const sets = new Field(width, dense(width, 'normal'), { seed: 3, dtype: 'f64', layers: features.length }).parameters
    const size = width * width
    for (let i = 0; i < found.length; i++) {
      const [k, entry] = [Math.floor(i / size), i % size]
      const wanted = features.reduce((sum, w, n) => sum + (w[k] as number) * (sets[n * size + entry] as number), 0)
      expect(Math.abs((found[i] as number) - wanted)).toBeLessThan(1e-13)
    }
  })

  test('of zeros is zeros', () => {
    const field = new Field(3, dense(3, 'zero'), { layers: 4, initialLayers: 'smooth' })
    expect(new Set(field.parameters)).toEqual(new Set([0]))
  })

  test('misuse is refused', () => {
    const make = (options: object, init: 'normal' | 'uniform' = 'normal') => new Field(2, dense(2, init), options)
    expect(() => make({ initialLayers: 'smooth' }, 'uniform')).toThrow(/smooth.*normal or zero, 0.weight does not/)
    expect(() => make({ initialLayers: 'smooth', lengthScale: 0.01 })).toThrow(/lengthScale must be .* from 0.02/)
    expect(() => make({ initialLayers: 'smooth', lengthScale: Number.NaN })).toThrow(/lengthScale must be/)
    expect(() => make({ lengthScale: 1 })).toThrow(/lengthScale is for initialLayers 'smooth'/)
    expect(() => make({ initialLayers: 'rough' })).toThrow(/initialLayers must be one of/)
  })
})
