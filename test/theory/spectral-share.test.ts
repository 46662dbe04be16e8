import { describe, expect, test } from 'vitest'
import { residualBlocks } from '../../src/models/resnet.ts'
import { Field } from '../../src/program/field.ts'
import { cosineEnergies } from '../../src/theory/fourier.ts'
import { spectralShare } from '../../src/theory/spectral-share.ts'
import { inner, relative, scatter } from '../support/gradients.ts'

/** Entry k of mode j of the orthonormal DCT-II of n numbers. */
const mode = (n: number, j: number, k: number): number =>
  Math.sqrt((j === 0 ? 1 : 2) / n) * Math.cos((Math.PI * j * (k + 0.5)) / n)

describe('the energies of cosine modes', () => {
  // Powers of two, primes, products; 1013 is prime.
  test.each([1, 2, 3, 5, 8, 12, 17, 64, 100, 1013])('of %i numbers are those of the definition', (n) => {
    const x = scatter(n, 4)
    const energies = cosineEnergies(n)(x)
    const wanted = x.map(
      (_, j) =>
        inner(
          x,
          x.map((_, k) => mode(n, j, k)),
        ) ** 2,
    )
    expect(relative(energies, wanted)).toBeLessThan(1e-12)
    expect(energies.reduce((a, b) => a + b) / inner(x, x)).toBeCloseTo(1, 13)
  })

  test('of a second column owe nothing to the first', () => {
    const energies = cosineEnergies(12)
    energies(scatter(12, 1))
    expect(energies(scatter(12, 2))).toEqual(cosineEnergies(12)(scatter(12, 2)))
  })
})

/** A field of two tensors, W of 3 and V of 3 numbers, that are functions of the layer. */
function layered(
  depth: number,
  W: (k: number) => number,
  V: (k: number) => number,
  dtype: 'f32' | 'f64' = 'f64',
): Field {
  const field = new Field(
    3,
    (p) => p.dense(p.dense(p.state, 1, { bias: false, name: 'W' }), 3, { bias: false, name: 'V' }),
    {
      ...{ dtype, layers: depth },
    },
  )
  field.parameters = Array.from({ length: depth }, (_, k) => [
    ...[1, 2, -3].map((b) => b * W(k)),
    ...[4, 0, 1].map((b) => b * V(k)),
  ]).flat()
  return field
}

describe('the spectral share', () => {
  test.each([16, 17, 100])('of one mode of %i layers is all or nothing', (depth) => {
    const edge = Math.floor(depth / 8)
    const field = layered(
      depth,
      (k) => mode(depth, edge + 1, k),
      (k) => mode(depth, edge, k),
    )
    const { tensors, all } = spectralShare(field)
    expect(tensors.get('W.weight')).toBeCloseTo(1, 13)
    expect(tensors.get('V.weight')).toBeCloseTo(0, 13)
    // Energies 14 and 17.
    expect(all).toBeCloseTo(14 / 31, 13)
  })

  test.each([
    ['f32', 6],
    ['f64', 13],
  ] as const)('of a mixture is its own, in %s, with any cutoff', (dtype, digits) => {
    const W = (k: number): number => 3 * mode(24, 0, k) + 2 * mode(24, 3, k) + mode(24, 4, k) + mode(24, 13, k)
    const field = layered(24, W, () => 0, dtype)
    expect(spectralShare({ field }).tensors.get('W.weight')).toBeCloseTo(2 / 15, digits)
    expect(spectralShare(field, { cutoff: 1 / 2 }).all).toBeCloseTo(1 / 15, digits)
    expect(spectralShare(field, { cutoff: 0 }).all).toBeCloseTo(6 / 15, digits)
    expect(spectralShare(field).tensors.get('V.weight')).toBe(0)
  })

  test('of tied layers is 0', () => {
    for (const dtype of ['f32', 'f64'] as const) {
      expect(spectralShare(residualBlocks({ width: 5, hidden: 3, depth: 17, initialV: 'normal', dtype })).all).toBe(0)
      expect(spectralShare(residualBlocks({ width: 5, hidden: 3, depth: 17, tied: true, dtype })).all).toBe(0)
    }
  })

  test('of independent layers is that of the modes: 7 of 8', () => {
    const field = residualBlocks({ width: 16, hidden: 16, depth: 64, initialLayers: 'independent', dtype: 'f64' })
    // 256 columns of 64 modes: 55 are above 8. The share is a beta variable, deviation about sqrt(2 p (1 - p) / n).
    const [p, n] = [55 / 64, 256 * 64]
    const found = spectralShare(field).tensors.get('W.weight') as number
    expect(Math.abs(found - p)).toBeLessThan(4 * Math.sqrt((2 * p * (1 - p)) / n))
  })

  test.each([-1, 1, Number.NaN])('needs a cutoff in [0, 1), not %d', (cutoff) => {
    expect(() =>
      spectralShare(
        layered(
          3,
          () => 1,
          () => 1,
        ),
        { cutoff },
      ),
    ).toThrow('cutoff must be in [0, 1)')
  })
})
