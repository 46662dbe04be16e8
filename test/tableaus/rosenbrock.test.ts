import { describe, expect, test } from 'vitest'
import { type RosenbrockTableau, rodas4, rosenbrock } from '../../src/tableaus/index.ts'
import { type Coefficient, compile } from '../../src/tableaus/tableau.ts'
import { solveDense } from '../support/linear-solve.ts'
import { add, type Rational, rational, sub, toNumber, within } from '../support/rational.ts'

const ZERO = rational(0)

// The order conditions stand in the original coefficients alpha_ij, gamma_ij and b_i; the tableau has those of IV.7 (7.25):
// with Gamma = (gamma_ij), C = I / gamma - Gamma^-1, a = alpha Gamma^-1 and b = b_original Gamma^-1.
const number = (value: Coefficient): number => toNumber(rational(value))
const s = rodas4.b.length
const indices = Array.from({ length: s }, (_, i) => i)
const square = (rows: readonly (readonly Coefficient[])[]): number[][] =>
  indices.map((i) => indices.map((j) => number(rows[i]?.[j] ?? 0)))
const gamma = number(rodas4.gamma)
const inverse = square(rodas4.C).map((row, i) => row.map((value, j) => (i === j ? 1 / gamma : 0) - value))
const columns = indices.map((j) =>
  solveDense(
    inverse,
    indices.map((i) => (i === j ? 1 : 0)),
  ),
)
const GAMMA = indices.map((i) => indices.map((j) => columns[j]?.[i] as number))

const dot = (x: readonly number[], y: readonly number[]): number =>
  x.reduce((sum, value, i) => sum + value * (y[i] as number), 0)
const apply = (matrix: readonly (readonly number[])[], x: readonly number[]): number[] =>
  matrix.map((row) => dot(row, x))
const product = (x: readonly (readonly number[])[], y: readonly (readonly number[])[]): number[][] =>
  x.map((row) =>
    indices.map((j) =>
      dot(
        row,
        y.map((other) => other[j] as number),
      ),
    ),
  )
const original = (weights: readonly number[]): number[] =>
  indices.map((j) =>
    dot(
      weights,
      GAMMA.map((row) => row[j] as number),
    ),
  )

const ALPHA = product(square(rodas4.a), GAMMA)
const BETA = ALPHA.map((row, i) => row.map((value, j) => value + (GAMMA[i]?.[j] as number)))
const ones = indices.map(() => 1)
const [alpha, beta] = [apply(ALPHA, ones), apply(BETA, ones)]
const squares = alpha.map((x) => x * x)
const b = original(rodas4.b.map(number))
// Printed digits: 16; entries reach 34.
const DIGITS = 13

/** Hairer, Wanner II, table IV.7.1: up to order 4, each with what it must be. */
const conditions = (weights: readonly number[]): readonly (readonly [order: number, is: number, wanted: number])[] => [
  [1, dot(weights, ones), 1],
  [2, dot(weights, beta), 1 / 2],
  [3, dot(weights, squares), 1 / 3],
  [3, dot(weights, apply(BETA, beta)), 1 / 6],
  [
    4,
    dot(
      weights,
      alpha.map((x) => x ** 3),
    ),
    1 / 4,
  ],
  [
    4,
    dot(
      weights,
      alpha.map((x, i) => x * (apply(ALPHA, beta)[i] as number)),
    ),
    1 / 8,
  ],
  [4, dot(weights, apply(BETA, squares)), 1 / 12],
  [4, dot(weights, apply(BETA, apply(BETA, beta))), 1 / 24],
]

describe('rodas4', () => {
  test('all conditions of order 4', () => {
    for (const [, is, wanted] of conditions(b)) expect(is).toBeCloseTo(wanted, DIGITS)
  })

  test('embedded: order 3, and not 4', () => {
    const bhat = original(rodas4.b.map((value, i) => number(value) - number(rodas4.error[i] as Coefficient)))
    const off = conditions(bhat).map(([order, is, wanted]) => [order, Math.abs(is - wanted)] as const)
    for (const [order, error] of off) if (order <= 3) expect(error).toBeLessThan(1e-13)
    expect(Math.max(...off.map(([, error]) => error))).toBeGreaterThan(1e-3)
  })

  test('dense output: order 3 at every theta, and y1 at 1', () => {
    for (const theta of [0.125, 0.3, 0.5, 0.75, 0.9, 1]) {
      const weights = original(
        rodas4.dense.rows.map((row) => row.map(number).reduceRight((p, x) => (p + x) * theta, 0)),
      )
      for (const [order, is, wanted] of conditions(weights)) {
        if (order <= rodas4.dense.order) expect(is).toBeCloseTo(wanted * theta ** order, DIGITS - 1)
      }
    }
  })

  test('dense rows are the cubic that RODAS prints, to the last digit', () => {
    const d2 = [
      '10.12623508344586',
      '-7.487995877610167',
      '-34.80091861555747',
      '-7.992771707568823',
      '1.025137723295662',
      0,
    ]
    const d3 = [
      '-0.6762803392801253',
      '6.087714651680015',
      '16.43084320892478',
      '24.76722511418386',
      '-6.594389125716872',
      0,
    ]
    // (1 - theta) y + theta (y1 + (1 - theta) (sum d2_i u_i + theta sum d3_i u_i))
    for (const i of indices) {
      const [weight, first, second] = [rodas4.b[i], d2[i], d3[i]].map((value) => rational(value as Coefficient)) as [
        Rational,
        Rational,
        Rational,
      ]
      const wanted = [add(weight, first), sub(second, first), sub(rational(0), second)]
      const off = wanted.filter(
        (value, j) => !within(sub(value, rational(rodas4.dense.rows[i]?.[j] as Coefficient)), ZERO),
      )
      expect(off).toEqual([])
    }
  })

  test('nodes and gamma_i are the row sums they should be', () => {
    for (const i of indices) {
      expect(alpha[i]).toBeCloseTo(number(rodas4.c[i] as Coefficient), DIGITS)
      expect(dot(GAMMA[i] as number[], ones)).toBeCloseTo(number(rodas4.gammas[i] as Coefficient), DIGITS)
    }
  })

  test('stiffly accurate, the embedded formula too', () => {
    // b_i = alpha_si + gamma_si with alpha_s = 1 (VI.4, 4.15): the last two stages are Newton corrections of the end.
    for (const i of indices) expect(BETA[s - 1]?.[i]).toBeCloseTo(b[i] as number, DIGITS)
    expect([alpha[s - 1], alpha[s - 2]].map((x) => x?.toFixed(DIGITS))).toEqual(['1.0000000000000', '1.0000000000000'])
  })

  test('A-stable on the imaginary axis and the left half-plane, and R(infinity) = 0', () => {
    // R(z) = 1 + z b (I - z B)^-1 1; a complex z as the real 2 x 2 blocks of a system twice as large.
    const R = (re: number, im: number): number => {
      const system = indices.flatMap((i) =>
        [0, 1].map((p) =>
          indices.flatMap((j) => {
            const [x, own] = [BETA[i]?.[j] as number, i === j ? 1 : 0]
            return p === 0 ? [own - re * x, im * x] : [-im * x, own - re * x]
          }),
        ),
      )
      const k = solveDense(
        system,
        indices.flatMap(() => [1, 0]),
      )
      const [u, v] = [0, 1].map((p) =>
        indices.reduce((sum, i) => sum + (b[i] as number) * (k[2 * i + p] as number), 0),
      ) as [number, number]
      return Math.hypot(1 + re * u - im * v, re * v + im * u)
    }
    for (const size of [1e-3, 0.1, 1, 3, 10, 100, 1e4]) {
      for (const angle of [0.5, 0.6, 0.75, 0.9, 1]) {
        expect(R(size * Math.cos(angle * Math.PI), size * Math.sin(angle * Math.PI))).toBeLessThanOrEqual(1 + 1e-12)
      }
    }
    // exp(-1); and a few digits more of the limit: R falls like 1 / z.
    expect(R(-1, 0)).toBeCloseTo(Math.exp(-1), 3)
    expect(R(-1e6, 0)).toBeLessThan(1e-5)
    expect(R(-1e9, 0)).toBeLessThan(1e-8)
  })
})

describe('a tableau with a mistake', () => {
  const literal: RosenbrockTableau = { ...rodas4 }
  const changed = (change: Partial<RosenbrockTableau>): (() => unknown) => {
    return () => compile(rosenbrock({ ...literal, ...change, name: 'wrong' }))
  }
  const put = (rows: RosenbrockTableau['a'], i: number, j: number, value: Coefficient): RosenbrockTableau['a'] =>
    rows.map((row, k) => (k === i ? row.map((x, l) => (l === j ? value : x)) : row))

  test.each<[string, Partial<RosenbrockTableau>, string]>([
    ['gamma', { gamma: 0 }, 'tableau wrong: gamma must be > 0, got 0'],
    ['order', { order: 0 }, 'tableau wrong: order must be an integer >= 1, got 0'],
    ['no stages', { b: [] }, 'tableau wrong: b must have at least 1 entry, got 0'],
    ['a short list', { c: [0, 1] }, 'tableau wrong: c must have 6 entries, got 2'],
    ['a short triangle', { C: [] }, 'tableau wrong: C must have 6 entries, got 0'],
    ['a long row', { a: [[1], ...rodas4.a.slice(1)] }, 'tableau wrong: a[0] must have 0 entries, got 1'],
    ['no number', { a: put(rodas4.a, 2, 1, 'x') }, 'tableau wrong: a[2][1] must be a finite number'],
    ['a digit of a', { a: put(rodas4.a, 2, 1, '0.2557011698993284') }, 'tableau wrong: a[2] must sum to c[2] = 0.21'],
    [
      'a digit of C',
      { C: put(rodas4.C, 3, 0, '-0.1073529058161375') },
      'tableau wrong: C[3] must sum to gammas[3] / gamma - 1',
    ],
    ['a digit of b', { b: [1, ...rodas4.b.slice(1)] }, 'tableau wrong: b must sum to 1'],
    ['the error', { error: [1, 0, 0, 0, 0, 0] }, 'tableau wrong: error must sum to 0'],
    ['dense rows', { dense: { order: 3, rows: [[1]] } }, 'tableau wrong: dense.rows must have 6 entries, got 1'],
    [
      'a digit of a dense row',
      { dense: { order: 3, rows: put(rodas4.dense.rows, 0, 0, '11.347459592773') } },
      'tableau wrong: dense.rows[0] must sum to b[0]',
    ],
  ])('%s', (_, change, message) => {
    expect(changed(change)).toThrow(RangeError)
    expect(changed(change)).toThrow(message)
  })

  test('the method itself compiles, once', () => {
    expect(compile(rodas4)).toBe(compile(rodas4))
    expect(compile(rodas4)).toMatchObject({ name: 'rodas4', order: 4, denseOrder: 3, adaptive: true, fsal: false })
  })
})
