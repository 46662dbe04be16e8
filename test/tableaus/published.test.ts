/** The coefficients against a second print of the same method, or against how its authors construct them. */

import { describe, expect, test } from 'vitest'
import { bosh3, dopri5, dopri8, fehlberg2, fehlberg45, rk4, tsit5, vern7 } from '../../src/tableaus/index.ts'
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

describe('fehlberg2 and fehlberg45', () => {
  test('embedded rows as Fehlberg prints them', () => {
    expectEqual(embeddedWeights(fehlberg2), ['1/256', '255/256', 0])
    expectEqual(embeddedWeights(fehlberg45), ['25/216', 0, '1408/2565', '2197/4104', '-1/5', 0])
  })
})

describe('vern7', () => {
  test('embedded row as the fractions that Verner prints', () => {
    const printed = [
      '117807213929927/2640907728177740',
      0,
      0,
      '4758744518816629500000/17812069906509312711137',
      '1730775233574080000000000/7863520414322158392809673',
      '2682653613028767167314032381891560552585218935572349997/12258338284789875762081637252125169126464880985167722660',
      '40977117022675781250/178949401077111131341',
      0,
      0,
      '2152106665253777/106040260335225546',
    ]
    expectEqual(embeddedWeights(vern7), printed, rational('1e-19'))
  })
})

describe('dopri8', () => {
  const zeros = [0, 0, 0, 0, 0, 0, 0]

  test('the method of order 3 inside has the weights bhh1, bhh2, bhh3 of dop853.f at stages 1, 9 and 12', () => {
    const weights = [
      '0.244094488188976377952755905512',
      ...zeros,
      '0.733846688281611857341361741547',
      0,
      0,
      '0.220588235294117647058823529412e-1',
    ]
    expectEqual(embeddedWeights(dopri8, dopri8.errorLow), weights, rational('1e-19'))
  })

  test('dense output is the nested polynomial of dop853.f: its innermost coefficients, and its value at 1/2', () => {
    const d7 = dopri8.dense.rows.map((row) => mul(rational(row[6] as Coefficient), rational(-1)))
    const printed = [
      '-0.25693933462703749003312586129e2',
      0,
      0,
      0,
      0,
      '-0.15418974869023643374053993627e3',
      '-0.23152937917604549567536039109e3',
      '0.35763911791061412378285349910e3',
      '0.93405324183624310003907691704e2',
      '-0.37458323136451633156875139351e2',
      '0.10409964950896230045147246184e3',
      '0.29840293426660503123344363579e2',
      '-0.43533456590011143754432175058e2',
      '0.96324553959188282948394950600e2',
      '-0.39177261675615439165231486172e2',
      '-0.14972683625798562581422125276e3',
    ]
    expectEqual(d7, printed, rational('1e-16'))
    // Stage 6: b/2 + s theta (-b) + (s theta)^2 (...): d4 to d7 as printed, s = theta = 1/2.
    const b = rational(dopri8.b[5] as Coefficient)
    const [d4, d5, d6] = [
      '0.56671495351937776962531783590',
      '0.24228349177525818288430175319e3',
      '-0.38703730874935176555105901742e3',
    ].map(rational) as [Rational, Rational, Rational]
    const half = rational('1/2')
    const nested = [d6, d5, d4, mul(rational(2), b), mul(rational(-1), b), b].reduce(
      (inner, next) => add(next, mul(half, inner)),
      rational(printed[5] as Coefficient),
    )
    expectEqual(
      [denseWeights(dopri8, half)[5] as Rational],
      [`${mul(half, nested).n}/${mul(half, nested).d}`],
      rational('1e-16'),
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
