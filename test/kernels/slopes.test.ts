import { describe, expect, test } from 'vitest'
import { NEEDS_INPUT, SLOPE } from '../../assembly/abi.ts'
import * as ids from '../../assembly/activations.ts'
import { type Big, big, density, exp, mul, neg, sigmoid, sin, sub, tanh } from '../support/bigfloat.ts'
import { testCore } from '../support/test-core.ts'
import { type Dtype, dtypes, mapped, precision, spread } from '../support/vectors.ts'

const core = testCore()
const [zero, one, two] = [big(0), big(1), big(2)]

/** Second derivatives, in x alone. */
const seconds: Record<Exclude<keyof typeof ids, 'ACT_SOFTPLUS' | 'ACT_SILU'>, (x: Big) => Big> = {
  ACT_IDENTITY: () => zero,
  ACT_RELU: () => zero,
  ACT_LEAKY_RELU: () => zero,
  ACT_ELU: (x) => (x.m > 0n ? zero : exp(x)),
  ACT_GELU: (x) => mul(density(x), sub(two, mul(x, x))),
  ACT_TANH: (x) => mul(mul(big(-2), tanh(x)), sub(one, mul(tanh(x), tanh(x)))),
  ACT_SIGMOID: (x) => mul(mul(sigmoid(x), sigmoid(neg(x))), sub(one, mul(two, sigmoid(x)))),
  ACT_SIN: (x) => neg(sin(x)),
  ACT_EXP: exp,
}
const id: Record<keyof typeof ids, number> = { ...ids }
const names = (Object.keys(ids) as (keyof typeof ids)[]).filter((name) => name !== 'ACT_IDENTITY')

/** |got - want| in units of the last place of 1. */
function places(got: number, want: Big, dtype: Dtype): number {
  const { m, e } = sub(big(got), want)
  // As a multiple of 2^-200: the digits of a small difference may be more than a double holds.
  const cut = Math.max(0, -200 - e)
  return Math.abs(Number(m >> BigInt(cut))) * 2 ** (e + cut + precision[dtype] - 1)
}

describe.each(dtypes)('slopes as activations of their own, f%i', (dtype) => {
  const act = (which: number, x: readonly number[]): number[] =>
    mapped(core, dtype, [x], (...args) => core[`act${dtype}`]!(which, ...args))
  const grad = (which: number, x: readonly number[], y: readonly number[]): number[] =>
    mapped(core, dtype, [x, y], (...args) => core[`actGrad${dtype}`]!(which, ...args))
  const x = [...spread(-6, 6, 300, dtype, 5), 0.5, -0.5]

  test.each(names)('%s: the id above is its derivative, to the bit', (name) => {
    const y = act(id[name], x)
    const operand = (NEEDS_INPUT >> id[name]) & 1 ? x : y
    expect(act(SLOPE + id[name], operand)).toEqual(grad(id[name], x, y))
  })

  // Of softplus and silu the slopes are written as sigmoids instead.
  const curved = (Object.keys(seconds) as (keyof typeof seconds)[]).filter((name) => name !== 'ACT_IDENTITY')
  test.each(curved)('%s: the derivative of that is the second derivative', (name) => {
    const y = act(id[name], x)
    const fromInput = ((NEEDS_INPUT >> id[name]) & 1) === 1
    const operand = fromInput ? x : y
    const slopeId = SLOPE + id[name]
    const curvature = grad(slopeId, operand, act(slopeId, operand))
    expect(act(SLOPE + slopeId, operand), 'two ids above').toEqual(curvature)
    // Of a slope that is known from the output the chain rule has one link more.
    const slope = grad(id[name], x, y)
    x.forEach((v, i) => {
      const got = fromInput ? curvature[i]! : curvature[i]! * slope[i]!
      const size = Math.max(1, Math.abs(got))
      expect(places(got, seconds[name](big(v)), dtype) / size, `f''(${v}) = ${got}`).toBeLessThanOrEqual(8)
    })
  })

  test('ACT_GELU: flat far out', () => {
    for (const far of [-1e30, 1e30]) expect(grad(SLOPE + id.ACT_GELU, [far], [0])[0]).toBeCloseTo(0, 30)
  })
})
