/** The coefficients against a second print of the same method, or against how its authors construct them. */

import { describe, expect, test } from 'vitest'
import { bosh3, dopri5, rk4, tsit5 } from '../../src/tableaus/index.ts'
import type { Coefficient, Tableau } from '../../src/tableaus/tableau.ts'
import { add, mul, type Rational, rational, sub, sum, within } from '../support/rational.ts'
import { embeddedWeights } from './rooted-trees.ts'

const ZERO = rational(0)

function expectEqual(actual: readonly Rational[], wanted: readonly Coefficient[], bound: Rational = ZERO): void {
  expect(actual.length).toBe(wanted.length)
  const differing = actual.filter((value, i) => !within(sub(value, rational(wanted[i] as Coefficient)), bound))
  expect(differing).toEqual([])
}

/** b_i(theta) of every stage. */
function denseWeights(tableau: Tableau, theta: Rational): Rational[] {
  return tableau.dense.rows.map((row) => row.map(rational).reduceRight((s, r) => mul(add(s, r), theta), ZERO))
}

describe('bosh3', () => {
  test('embedded row as torchdiffeq and SciPy have it', () => {
    expectEqual(embeddedWeights(bosh3), ['7/24', '1/4', '1/3', '1/8'])
  })

  test('dense output is the cubic Hermite polynomial of y, y1, k1, k4', () => {
    const b = bosh3.b.map(rational)
    const hermite = b.map((weight, i) => {
      const rise = [ZERO, mul(rational(3), weight), mul(rational(-2), weight)]
      const slope = i === 0 ? [1, -2, 1] : i === 3 ? [0, -1, 1] : [0, 0, 0]
      return rise.map((r, j) => add(r, rational(slope[j] as number)))
    })
    for (const [i, row] of hermite.entries()) expectEqual(row, bosh3.dense.rows[i] as readonly Coefficient[])
  })
})

describe('rk4', () => {
  test('dense output as Apache Commons Math states it: theta/6 (6 - 9 theta + 4 theta^2), ...', () => {
    const sixths = [
      [6, -9, 4],
      [0, 6, -4],
      [0, 6, -4],
      [0, -3, 4],
    ]
    for (const [i, row] of sixths.entries()) {
      expectEqual(
        (rk4.dense.rows[i] ?? []).map((value) => mul(rational(value), rational(6))),
        row,
      )
    }
  })
})

describe('dopri5', () => {
  test('embedded row as torchdiffeq has it', () => {
    expectEqual(embeddedWeights(dopri5), [
      '1951/21600',
      0,
      '22642/50085',
      '451/720',
      '-12231/42400',
      '649/6300',
      '1/60',
    ])
  })

  test("error row is 2/3 of that of Dormand and Prince, which Hairer's DOPRI5 prints", () => {
    const original = ['71/57600', 0, '-71/16695', '71/1920', '-17253/339200', '22/525', '-1/40']
    expectEqual(
      (dopri5.error ?? []).map((value) => mul(rational(value), rational('3/2'))),
      original,
    )
  })

  test("dense output at 1/2 is Shampine's midpoint, as torchdiffeq has it", () => {
    const twice = denseWeights(dopri5, rational('1/2')).map((value) => mul(value, rational(2)))
    expectEqual(twice, [
      '6025192743/30085553152',
      0,
      '51252292925/65400821598',
      '-2691868925/45128329728',
      '187940372067/1594534317056',
      '-1776094331/19743644256',
      '11237099/235043384',
    ])
  })

  test("coefficients of theta^4 are d1 ... d7 of Hairer's DOPRI5", () => {
    expectEqual(
      dopri5.dense.rows.map((row) => rational(row[3] as Coefficient)),
      [
        '-12715105075/11282082432',
        0,
        '87487479700/32700410799',
        '-10690763975/1880347072',
        '701980252875/199316789632',
        '-1453857185/822651844',
        '69997945/29380423',
      ],
    )
  })
})

describe('tsit5', () => {
  test('embedded row as OrdinaryDiffEq and diffrax print it', () => {
    const printed = [
      '.9468075576583945807478876255758922856e-1',
      '.9183565540343253096776363936645313760e-2',
      '.4877705284247615707855642599631228242',
      '1.2342975669304789856551096738842376540',
      '-2.7077123499835254548811099750593216707',
      '1.8666284181705870357537193995662114987',
      '1/66',
    ]
    expectEqual(embeddedWeights(tsit5), printed, rational('1e-18'))
  })

  test('dense output is the product that the paper prints, to its digits', () => {
    // [factor, polynomial, polynomial]: lowest power first
    const printed: (readonly Coefficient[])[][] = [
      [
        [0, '-1.0530884977290216'],
        ['-1.3299890189751412', 1],
        ['0.7139816917074209', '-1.4364028541716351', 1],
      ],
      [
        [0, 0, '0.1017'],
        ['1.2949852507374631', '-2.1966568338249754', 1],
      ],
      [
        [0, 0, '2.490627285651252793'],
        ['1.57803468208092486', '-2.38535645472061657', 1],
      ],
      [
        [0, 0, '-16.54810288924490272'],
        ['-1.21712927295533244', 1],
        ['-0.61620406037800089', 1],
      ],
      [
        [0, 0, '47.37952196281928122'],
        ['-1.203071208372362603', 1],
        ['-0.658047292653547382', 1],
      ],
      [
        [0, 0, '-34.87065786149660974'],
        ['-1.2', 1],
        ['-0.666666666666666667', 1],
      ],
      [
        [0, 0, '2.5'],
        [-1, 1],
        ['-0.6', 1],
      ],
    ]
    for (const [i, factors] of printed.entries()) {
      const product = factors.map((factor) => factor.map(rational)).reduce(multiply)
      expectEqual(product.slice(1), tsit5.dense.rows[i] as readonly Coefficient[], rational('1e-16'))
    }
  })
})

function multiply(p: readonly Rational[], q: readonly Rational[]): Rational[] {
  return Array.from({ length: p.length + q.length - 1 }, (_, n) =>
    sum(p.flatMap((pi, i) => (q[n - i] === undefined ? [] : [mul(pi, q[n - i] as Rational)]))),
  )
}
