import { expIndex, expRest, expSum, scale2 } from './math-exp'
import { coef, horner2, horner4, madd, select, splat } from './simd'

// Phi(-a) = e^(-a^2/2) m(a) for a >= 0. m falls slowly from 1/2 to 1/(a sqrt(2 pi)), so G = (a + 3/2) m(a) lies between
// 0.39 and 0.75: a polynomial in v = (a - 5)/(a + 5), as Shepherd & Laframboise, Math. Comp. 36 (1981) 249. The 5 needs
// the fewest coefficients; 3/2 makes G flat, so that rounding errors stay small (with 5 there too they reach 7 ulp).
const LIMIT = 0 // where Phi(-a) has underflowed
const CENTRE = 1
const FLAT = 2
const ONE = 3
const ROUGH = 4
const FINE = 5
const DENSITY = 6 // 1 / sqrt(2 pi)
const G = 7

// G in v, minimax for 0 <= a <= 38.8: relative error 2^-56.7
const CDF_F64: usize = memory.data<f64>(
  [
    39, 5, 1.5, 1, 6442450944, 25165824, 0.3989422804014327,
    5.697492759805498e-10, 3.551091368889624e-9, 1.4136094972912987e-9, -2.8610133392595624e-8, -2.7436303504893856e-8,
    1.7852987310714913e-7, 1.630314516705419e-7, -1.1876938449547183e-6, -4.062451201626561e-7, 8.425867801515914e-6,
    -6.574390631441901e-6, -5.3127295329372165e-5, 0.0001521205014385296, 7.493009572840052e-5, -0.0015662969872758045,
    0.005332578479921969, -0.01067473012645952, 0.01283001300047866, -0.002473366824246946, -0.03043958624685435,
    0.0890647743689656, -0.16328105946601484, 0.4999754823375409,
  ],
  16,
)
// the same for 0 <= a <= 14.5: relative error 2^-30.2
const CDF_F32: usize = memory.data<f32>(
  [
    14.6, 5, 1.5, 1, 49152, 24, 0.3989422804014327,
    0.00019317974731105692, 4.8607020581433385e-5, -0.0016009851979585136, 0.005334550774053161, -0.010664820737438343,
    0.01283071456699651, -0.0024745514150733127, -0.030439685353328784, 0.08906482623237247, -0.1632810570273024,
    0.4999754819580841,
  ],
  16,
)

/** x rounded to a multiple of the last place of the large constant `c`. */
@inline
function rounded<T>(x: v128, c: v128): v128 {
  return v128.sub<T>(v128.add<T>(x, c), c)
}

// -a^2/2 in two parts, -h^2/2 - (a - h)(a + h)/2 with h^2 exact: rounding a^2 would cost a power up to a^2/2 ulp.
@inline
function halfSquare<T>(h: v128): v128 {
  return v128.mul<T>(v128.mul<T>(h, h), splat<T>(<T>-0.5))
}

@inline
function halfRest<T>(a: v128, h: v128): v128 {
  return v128.mul<T>(v128.mul<T>(v128.sub<T>(a, h), v128.add<T>(a, h)), splat<T>(<T>-0.5))
}

/** phi(x) = e^(-x^2/2) / sqrt(2 pi), the standard normal density. */
export function density<T>(x: v128): v128 {
  const t = sizeof<T>() == 4 ? CDF_F32 : CDF_F64
  const a = v128.pmin<T>(v128.abs<T>(x), coef<T>(t, LIMIT))
  const h = rounded<T>(a, coef<T>(t, ROUGH))
  return v128.mul<T>(expSum<T>(halfSquare<T>(h), halfRest<T>(a, h)), coef<T>(t, DENSITY))
}

/** Phi(x), the standard normal distribution function, with small relative error in the lower tail too. */
export function cdf<T>(x: v128): v128 {
  const t = sizeof<T>() == 4 ? CDF_F32 : CDF_F64
  const a = v128.pmin<T>(v128.abs<T>(x), coef<T>(t, LIMIT))
  // m at a multiple b of 2^-28 | 2^-19, so that b + 5, b - 5, b + 3/2 are exact; m' = a m - 1/sqrt(2 pi) leads to a
  const b = rounded<T>(a, coef<T>(t, FINE))
  const v = v128.div<T>(v128.sub<T>(b, coef<T>(t, CENTRE)), v128.add<T>(b, coef<T>(t, CENTRE)))
  let g = horner4<T>(horner4<T>(coef<T>(t, G), v, t, G + 1), v, t, G + 5)
  if (sizeof<T>() == 8) g = horner4<T>(horner4<T>(horner4<T>(g, v, t, G + 9), v, t, G + 13), v, t, G + 17)
  g = horner2<T>(g, v, t, sizeof<T>() == 8 ? G + 21 : G + 9)
  const m = v128.div<T>(g, v128.add<T>(b, coef<T>(t, FLAT)))
  const step = v128.mul<T>(v128.sub<T>(a, b), v128.sub<T>(v128.mul<T>(b, m), coef<T>(t, DENSITY)))
  const h = rounded<T>(a, coef<T>(t, ROUGH))
  const power = halfSquare<T>(h)
  const n = expIndex<T>(power)
  // e^r (m + step) as m + something smaller, so that only one rounding is of full size
  const rest = madd<T>(expRest<T>(power, n, halfRest<T>(a, h)), v128.add<T>(m, step), step)
  const tail = scale2<T>(v128.add<T>(m, rest), n)
  return select(v128.lt<T>(x, splat<T>(<T>0)), tail, v128.sub<T>(coef<T>(t, ONE), tail))
}
