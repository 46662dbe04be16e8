import { describe, expect, test } from 'vitest'
import { Field } from '../../src/program/field.ts'
import { limitError } from '../../src/theory/limit-error.ts'
import { decayRate, fitSlope } from '../../src/theory/slope.ts'
import { inner, scatter } from '../support/gradients.ts'
import { slope } from '../support/slope.ts'

const a = scatter(6, 1)
const b = scatter(6, 2)

/** A field of `depth` layers with weights a + z(s) b, s = k / (depth - 1): V of 2 x 2 and a bias of 2. */
function sampled(depth: number, z: (s: number) => number, dtype: 'f32' | 'f64' = 'f64'): Field {
  const field = new Field(2, (p) => p.dense(p.state, 2, { name: 'V' }), { dtype, layers: depth })
  field.parameters = Array.from({ length: depth }, (_, k) => {
    const value = z(depth === 1 ? 0 : k / (depth - 1))
    return [...a.map((v, i) => v + value * (b[i] as number))]
  }).flat()
  return field
}

const sizes = [b.subarray(0, 4), b.subarray(4), b].map((v) => Math.sqrt(inner(v, v)))

function expectDistance(depth: number, other: number, z: (s: number) => number, wanted: number): void {
  const { tensors, total } = limitError(sampled(depth, z), sampled(other, z))
  const found = [tensors.get('V.weight'), tensors.get('V.bias'), total] as number[]
  for (const [i, value] of found.entries()) expect(value / (sizes[i] as number)).toBeCloseTo(wanted, 13)
}

describe('the distance of weight functions', () => {
  test.each([
    [2, 4],
    [3, 17],
    [5, 13],
    [9, 257],
  ])('ramps of %i and %i layers, one grid within the other', (depth, fine) => {
    // Within a step of the coarse one the fine one makes m, and is off by 0, 1, ..., m - 1 of its own.
    const m = (fine - 1) / (depth - 1)
    expectDistance(depth, fine, (s) => s, Math.sqrt(((m - 1) * (2 * m - 1)) / 6) / (fine - 1))
    expectDistance(fine, depth, (s) => s, Math.sqrt(((m - 1) * (2 * m - 1)) / 6) / (fine - 1))
  })

  test('ramps of 3 and 4 layers, grids that do not fit', () => {
    // Thirds and halves: 0 | 0, 1/3 - 0, 1/3 - 1/2, 2/3 - 1/2 on lengths 1/3, 1/6, 1/6, 1/3.
    expectDistance(3, 4, (s) => s, Math.sqrt(1 / 9 / 6 + 1 / 36 / 6 + 1 / 36 / 3))
  })

  test('one layer is a constant; the last of more has no length', () => {
    expectDistance(1, 5, (s) => s, Math.sqrt((0 + 1 + 4 + 9) / 4) / 4)
    expectDistance(1, 5, (s) => (s === 1 ? 9 : 0), 0)
  })

  test('is 0 to itself, and to itself in the other precision what rounding leaves', () => {
    expectDistance(17, 17, (s) => s * s, 0)
    const mixed = limitError(
      { field: sampled(5, (s) => s, 'f32') },
      sampled(5, (s) => s),
    )
    expect(mixed.total).toBeGreaterThan(0)
    expect(mixed.total).toBeLessThan(6 * 2 ** -24)
  })

  test('of samples of a smooth function falls as 1/L', () => {
    const z = (s: number): number => Math.sin(3 * s)
    const Ls = [17, 33, 65, 129]
    const errors = Ls.map((L) => limitError(sampled(L, z), sampled(2 ** 13 + 1, z)).tensors.get('V.weight') as number)
    expect(
      Math.abs(
        fitSlope(
          Ls.map((L) => L - 1),
          errors,
        ) + 1,
      ),
    ).toBeLessThan(0.01)
    // In each cell nearly a ramp, 64 steps of the reference; the integral of z'^2 = 9 cos^2 3s.
    const size = Math.sqrt(9 * (1 / 2 + Math.sin(6) / 12))
    const ramp = Math.sqrt((63 * 127) / 6) / 64
    expect((errors[3] as number) / (sizes[0] as number)).toBeCloseTo((size * ramp) / 128, 5)
  })

  test('needs the same tensors', () => {
    const one = sampled(3, (s) => s)
    const wide = new Field(3, (p) => p.dense(p.state, 3, { name: 'V' }), { dtype: 'f64' })
    const bare = new Field(2, (p) => p.dense(p.state, 2, { name: 'V', bias: false }), { dtype: 'f64' })
    expect(() => limitError(one, wide)).toThrow(
      'reference must have a tensor V.weight of shape [2, 2] in every layer, got [3, 3]',
    )
    expect(() => limitError(one, bare)).toThrow(
      'reference must have a tensor V.bias of shape [2] in every layer, got none',
    )
    expect(() => limitError(bare, one)).toThrow('reference has a tensor V.bias, which the field has not')
  })
})

describe('rates', () => {
  test('the slope of powers is their exponent', () => {
    const Ls = [2, 4, 16, 100]
    expect(
      fitSlope(
        Ls,
        Ls.map((L) => 3 / L),
      ),
    ).toBeCloseTo(-1, 13)
    expect(
      fitSlope(
        Ls,
        Ls.map((L) => 0.1 / L ** 2.5),
      ),
    ).toBeCloseTo(-2.5, 13)
    const rough = Ls.map((L, i) => (1 + 0.1 * (scatter(4, 3)[i] as number)) / L)
    expect(fitSlope(Ls, rough)).toBeCloseTo(slope(Ls, rough), 13)
  })

  test('the decay rate of exponentials is their rate', () => {
    const ts = [0, 1, 2.5, 7]
    expect(
      decayRate(
        ts,
        ts.map((t) => 5 * Math.exp(-0.3 * t)),
      ),
    ).toBeCloseTo(0.3, 13)
  })

  test.each<[string, () => number]>([
    ['errors must hold 2 numbers, one for each of Ls, got 1', () => fitSlope([1, 2], [1])],
    ['errors[1] must be > 0, got 0', () => fitSlope([1, 2], [1, 0])],
    ['Ls[0] must be > 0, got -1', () => fitSlope([-1, 2], [1, 1])],
    ['a slope needs at least two different points', () => fitSlope([2, 2], [1, 1])],
    ['a slope needs at least two different points', () => decayRate([1], [1])],
    ['losses[0] must be > 0, got 0', () => decayRate([0, 1], [0, 1])],
    ['ts[0] is NaN', () => decayRate([Number.NaN, 1], [1, 1])],
  ])('%s', (message, call) => expect(call).toThrow(message))
})
