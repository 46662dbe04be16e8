import { describe, expect, test } from 'vitest'
import * as ids from '../../assembly/activations.ts'
import {
  add,
  type Big,
  big,
  cdf,
  cos,
  density,
  exp,
  expm1,
  log1p,
  mul,
  neg,
  sigmoid,
  sin,
  sub,
  tanh,
  ulpError,
} from '../support/bigfloat.ts'
import { testCore } from '../support/test-core.ts'
import { type Dtype, dtypes, mapped, precision, rounded, spread } from '../support/vectors.ts'

const core = testCore()
const one = big(1)
const zero = big(0)
const slope = { 32: big(Math.fround(0.01)), 64: big(0.01) }

interface Case {
  readonly f: (x: Big, dtype: Dtype) => Big
  /** f' from x and f(x), as the core gets them. */
  readonly df: (x: Big, y: Big, dtype: Dtype) => Big
  /** Largest errors in units of the last place. */
  readonly ulp: number
  readonly gradUlp: number
  /** f' crosses 0 between terms of size 1: above -3 its error is counted in places of 1. */
  readonly cancels?: boolean
}

const positive = (x: Big): boolean => x.m > 0n

const cases: Record<keyof typeof ids, Case> = {
  ACT_IDENTITY: { f: (x) => x, df: () => one, ulp: 0, gradUlp: 0 },
  ACT_RELU: { f: (x) => (positive(x) ? x : zero), df: (_, y) => (positive(y) ? one : zero), ulp: 0, gradUlp: 0 },
  ACT_LEAKY_RELU: {
    f: (x, dtype) => (positive(x) ? x : mul(slope[dtype], x)),
    df: (_, y, dtype) => (positive(y) ? one : slope[dtype]),
    ulp: 0.5,
    gradUlp: 0,
  },
  ACT_ELU: {
    f: (x) => (positive(x) ? x : expm1(x)),
    df: (_, y) => (positive(y) ? one : add(y, one)),
    ulp: 1.5,
    gradUlp: 0.5,
  },
  ACT_SOFTPLUS: {
    f: (x) => (positive(x) ? add(x, log1p(exp(neg(x)))) : log1p(exp(x))),
    df: (x) => sigmoid(x),
    ulp: 2,
    gradUlp: 1.9,
  },
  ACT_GELU: {
    f: (x) => mul(x, cdf(x)),
    df: (x) => add(cdf(x), mul(x, density(x))),
    ulp: 4.5,
    gradUlp: 6,
    cancels: true,
  },
  ACT_SILU: {
    f: (x) => mul(x, sigmoid(x)),
    df: (x) => mul(sigmoid(x), add(one, mul(x, sigmoid(neg(x))))),
    ulp: 2.5,
    gradUlp: 4,
    cancels: true,
  },
  ACT_TANH: { f: tanh, df: (_, y) => sub(one, mul(y, y)), ulp: 1.8, gradUlp: 1.5 },
  ACT_SIGMOID: { f: sigmoid, df: (_, y) => mul(y, sub(one, y)), ulp: 1.9, gradUlp: 1.5 },
  ACT_SIN: { f: sin, df: (x) => cos(x), ulp: 1, gradUlp: 1 },
  ACT_EXP: { f: exp, df: (_, y) => y, ulp: 1, gradUlp: 0 },
}

const id: Record<keyof typeof ids, number> = { ...ids }
const names = Object.keys(cases) as (keyof typeof ids)[]
const fromInput = ['ACT_SOFTPLUS', 'ACT_GELU', 'ACT_SILU', 'ACT_SIN']

const act = (id: number, dtype: Dtype, x: readonly number[]): number[] =>
  mapped(core, dtype, [x], (...args) => core[`act${dtype}`]!(id, ...args))
const actGrad = (id: number, dtype: Dtype, x: readonly number[], y: readonly number[]): number[] =>
  mapped(core, dtype, [x, y], (...args) => core[`actGrad${dtype}`]!(id, ...args))

/** |got - want| in units of 2^-52 | 2^-23. */
function placesOfOne(got: number, want: Big, dtype: Dtype): number {
  const { m, e } = sub(big(got), want)
  return Math.abs(Number(m)) * 2 ** (e + precision[dtype] - 1)
}

describe.each(dtypes)('f%i', (dtype) => {
  describe.each(names)('%s', (name) => {
    const { f, df, ulp, gradUlp, cancels } = cases[name]
    // |x| < 9: e^(-x^2/2) is a normal float there
    const x = [...spread(-9, 9, 600, dtype, 11), 0, -0]
    const y = act(id[name], dtype, x)
    const slopes = actGrad(id[name], dtype, x, y)

    test('has the values of its formula', () => {
      x.forEach((v, i) => {
        const error = ulpError(y[i]!, f(big(v), dtype), precision[dtype])
        expect(error, `f(${v}) = ${y[i]}`).toBeLessThanOrEqual(ulp)
      })
    })

    test('has the derivatives of its formula', () => {
      x.forEach((v, i) => {
        const want = df(big(v), big(y[i]!), dtype)
        const measure =
          cancels && v > -3 ? placesOfOne(slopes[i]!, want, dtype) : ulpError(slopes[i]!, want, precision[dtype])
        expect(measure, `f'(${v}) = ${slopes[i]}`).toBeLessThanOrEqual(gradUlp)
      })
    })

    test('keeps NaN, also in the derivative', () => {
      expect(act(id[name], dtype, [1, NaN, 1])).toEqual([expect.any(Number), NaN, expect.any(Number)])
      expect(actGrad(id[name], dtype, [NaN], [NaN])[0]).toBe(name === 'ACT_IDENTITY' ? 1 : NaN)
    })

    test('reads its input for the derivative only where it says so', () => {
      const reads = fromInput.includes(name)
      expect(core['actReadsInput']!(id[name])).toBe(Number(reads))
      const nothing = x.map(() => NaN)
      expect(reads ? actGrad(id[name], dtype, x, nothing) : actGrad(id[name], dtype, nothing, y)).toEqual(slopes)
    })
  })

  test.each(names.filter((name) => !['ACT_GELU', 'ACT_SILU', 'ACT_SIN'].includes(name)))(
    '%s never falls by more than an ulp',
    (name) => {
      const y = act(
        id[name],
        dtype,
        Array.from({ length: 3001 }, (_, i) => rounded((i - 1500) / 50, dtype)),
      )
      const least = (v: number): number => v - Math.abs(v) * 2 ** (1 - precision[dtype])
      expect(y.findIndex((v, i) => i > 0 && !(v >= least(y[i - 1]!)))).toBe(-1)
    },
  )

  const at = (name: keyof typeof ids, x: number): number | undefined => act(id[name], dtype, [x])[0]
  const slopeAt = (name: keyof typeof ids, y: number): number | undefined => actGrad(id[name], dtype, [y], [y])[0]

  test('at the kink the left derivative counts', () => {
    expect(slopeAt('ACT_RELU', 0)).toBe(0)
    expect(slopeAt('ACT_RELU', -0)).toBe(0)
    expect(slopeAt('ACT_LEAKY_RELU', 0)).toBe(rounded(0.01, dtype))
    expect(slopeAt('ACT_ELU', 0)).toBe(1)
  })

  test.each([
    ['ACT_RELU', Infinity, 0],
    ['ACT_LEAKY_RELU', Infinity, -Infinity],
    ['ACT_ELU', Infinity, -1],
    ['ACT_SOFTPLUS', Infinity, 0],
    ['ACT_TANH', 1, -1],
    ['ACT_SIGMOID', 1, 0],
    ['ACT_EXP', Infinity, 0],
  ] as const)('%s at +Inf and -Inf: %d, %d', (name, right, left) => {
    expect([at(name, Infinity), at(name, -Infinity)]).toEqual([right, left])
  })
})
