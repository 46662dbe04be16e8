import { coef, horner2, horner4, madd, select, splat } from './simd'

// fdlibm, e_log.c: x = 2^k (1 + f) with sqrt(1/2) <= 1 + f < sqrt 2, s = f / (2 + f), and
// log(1 + f) = f - f^2/2 + s (f^2/2 + R), where R = (log((1 + s)/(1 - s)) - 2s)/s is a series in s^2.
const LN2_HI = 0
const LN2_LO = 1
const HALF = 2
const TWO = 3
const R = 4

/** ln 2 in two parts; k LN2_HIGH is exact for every exponent k. */
export const LN2_HIGH: f64 = 0.6931471805598903
export const LN2_LOW: f64 = 5.497923018708371e-14

// R/s^2 in s^2, s^2 <= 0.0295: absolute error 2^-56.6 in R, 2^-59 in the logarithm
const LOG_F64: usize = memory.data<f64>(
  [
    LN2_HIGH, LN2_LOW, 0.5, 2,
    0.1461909699201228, 0.15331497764506818, 0.18182896207631685, 0.22222211031749325, 0.2857142862665141,
    0.3999999999989789, 0.666666666666667,
  ],
  16,
)
// the same: absolute error 2^-27.4 in R, 2^-30 in the logarithm
const LOG_F32: usize = memory.data<f32>(
  [
    0.693145751953125, 1.4286068203094172e-6, 0.5, 2,
    0.29583087689249266, 0.3998869588263696, 0.666666853221117,
  ],
  16,
)

/** Bits of x, raised so that the exponent field is k + bias. */
@inline
export function raised<T>(x: v128): v128 {
  if (sizeof<T>() == 4) return i32x4.add(x, i32x4.splat(0x3f800000 - 0x3f3504f3))
  return i64x2.add(x, i64x2.splat(0x3ff0000000000000 - 0x3fe6a09e667f3bcd))
}

/** k as a float, from the raised bits of a positive x: the exponent field becomes the low bits of 2^23 | 2^52. */
@inline
export function exponent<T>(bits: v128): v128 {
  if (sizeof<T>() == 4) {
    const k = v128.or(i32x4.shr_u(bits, 23), i32x4.splat(0x4b000000))
    return f32x4.sub(k, f32x4.splat(8388608 + 127))
  }
  const k = v128.or(i64x2.shr_u(bits, 52), i64x2.splat(0x4330000000000000))
  return f64x2.sub(k, f64x2.splat(4503599627370496 + 1023))
}

/** f, from the raised bits. */
@inline
export function fraction<T>(bits: v128): v128 {
  if (sizeof<T>() == 4) {
    return f32x4.sub(i32x4.add(v128.and(bits, i32x4.splat(0x007fffff)), i32x4.splat(0x3f3504f3)), f32x4.splat(1))
  }
  const m = i64x2.add(v128.and(bits, i64x2.splat(0x000fffffffffffff)), i64x2.splat(0x3fe6a09e667f3bcd))
  return f64x2.sub(m, f64x2.splat(1))
}

/** The series R at s. */
@inline
export function logSeries<T>(s: v128): v128 {
  const t = sizeof<T>() == 4 ? LOG_F32 : LOG_F64
  const z = v128.mul<T>(s, s)
  const r = horner2<T>(coef<T>(t, R), z, t, R + 1)
  return v128.mul<T>(sizeof<T>() == 4 ? r : horner4<T>(r, z, t, R + 3), z)
}

/** k ln 2 + log(1 + f) + low */
@inline
function logSum<T>(k: v128, f: v128, low: v128): v128 {
  const t = sizeof<T>() == 4 ? LOG_F32 : LOG_F64
  const s = v128.div<T>(f, v128.add<T>(f, coef<T>(t, TWO)))
  const square = v128.mul<T>(v128.mul<T>(f, f), coef<T>(t, HALF))
  low = madd<T>(k, coef<T>(t, LN2_LO), low)
  low = madd<T>(s, v128.add<T>(square, logSeries<T>(s)), low)
  return v128.sub<T>(v128.mul<T>(k, coef<T>(t, LN2_HI)), v128.sub<T>(v128.sub<T>(square, low), f))
}

/** y where 0 < x < Inf; log's values elsewhere: -Inf at 0, NaN below, Inf, NaN. */
@inline
function edges<T>(x: v128, y: v128): v128 {
  const zero = splat<T>(<T>0)
  const infinity = splat<T>(<T>Infinity)
  y = select(v128.lt<T>(x, infinity), y, x)
  y = select(v128.eq<T>(x, zero), v128.neg<T>(infinity), y)
  return v128.or(y, v128.lt<T>(x, zero))
}

export function log<T>(x: v128): v128 {
  // subnormals are lifted by 2^54 first
  const tiny = v128.lt<T>(x, splat<T>(sizeof<T>() == 4 ? <T>1.1754943508222875e-38 : <T>2.2250738585072014e-308))
  const bits = raised<T>(select(tiny, v128.mul<T>(x, splat<T>(<T>18014398509481984)), x))
  const k = v128.sub<T>(exponent<T>(bits), v128.and(tiny, splat<T>(<T>54)))
  return edges<T>(x, logSum<T>(k, fraction<T>(bits), splat<T>(<T>0)))
}

/** log(1 + x) */
export function log1p<T>(x: v128): v128 {
  const one = splat<T>(<T>1)
  const u = v128.add<T>(one, x)
  const bits = raised<T>(u)
  const k = exponent<T>(bits)
  // fdlibm, s_log1p.c: log(1 + x) = log(u) + c/u with the rounding error c of u; where k = 0, f is x itself
  const plain = v128.eq<T>(k, splat<T>(<T>0))
  const c = v128.sub<T>(v128.pmin<T>(x, one), v128.sub<T>(u, v128.pmax<T>(x, one)))
  const f = select(plain, x, fraction<T>(bits))
  const y = logSum<T>(k, f, v128.andnot(v128.div<T>(c, u), plain))
  // the sign of x is that of the result, and -0 would else be lost
  return edges<T>(u, v128.or(y, v128.and(x, splat<T>(<T>-0.0))))
}
