// The exponential family. As in the other math files: vectors of f32 or f64, and strict IEEE operations only, so that
// the bits are the same on every machine; measured errors stand in test/kernels/math.test.ts. What is no inline helper
// is a real call, so that its body exists once per dtype.
//
// Polynomials and rationals are minimax fits of our own (Remez exchange in 50 digits, then rounded to the dtype); a
// comment gives the fitted function, the interval and the error. Tables hold the highest degree first.
import { coef, horner2, horner4, madd, nmadd, select, splat } from './simd'

// Cody & Waite, Software Manual for the Elementary Functions, ch. 6: x = k ln 2 + r with |r| <= (ln 2)/2. ln 2 is split
// so that k LN2_HI is exact for every k that occurs (11 bits in f64, 8 in f32).
const LOG2E = 0
const LN2_HI = 1
const LN2_LO = 2
const ONE = 3
// 1.5 * 2^(p-1) + bias: adding it rounds to an integer and leaves k + bias in the low bits
const MAGIC = 4 // bias 1023 | 127
const MAGIC2 = 5 // twice that bias: see scale2
const MAGIC_HALF = 6 // that bias less 1
const EXP_MAX = 7 // above it Inf
const EXP_MIN = 8 // below it 0
const EXPM1_MIN = 9 // below it -1
const TINY = 10 // e^x - 1 = x below it
const HALF = 11
const TAIL = 12

// f64: (r coth(r/2) - 2) / r^2 in r^2, r^2 <= 0.347^2, absolute error 2^-54.1, which is 2^-59.7 in e^r
const EXP_F64: usize = memory.data<f64>(
  [
    1.4426950408889634, 0.6931471805598903, 5.497923018708371e-14, 1,
    6755399441056767, 6755399441057790, 6755399441056766, 710, -746, -40, 1e-18, 0.5,
    4.1436999942085044e-8, -1.6534058653067122e-6, 6.613756470745551e-5, -2.7777777777562677e-3, 0.1666666666666666,
  ],
  16,
)
// f32: (e^r - 1 - r) / r^2 in r, |r| <= 0.347, absolute error 2^-23.9, which is 2^-27 in e^r
const EXP_F32: usize = memory.data<f32>(
  [
    1.4426950408889634, 0.693145751953125, 1.4286068203094172e-6, 1,
    12583039, 12583166, 12583038, 89, -104.5, -40, 1e-9, 0.5,
    1.3941239728993342e-3, 8.3632516762564e-3, 4.1666373851956026e-2, 0.16666576537950026, 0.5,
  ],
  16,
)

@inline
function expTable<T>(): usize {
  return sizeof<T>() == 4 ? EXP_F32 : EXP_F64
}

/** e^r - 1 - r for |r| <= (ln 2)/2, with small relative error. */
@inline
function expTail<T>(r: v128): v128 {
  const t = expTable<T>()
  if (sizeof<T>() == 4) {
    return v128.mul<T>(horner4<T>(coef<T>(t, TAIL), r, t, TAIL + 1), v128.mul<T>(r, r))
  }
  // e^r = 1 + 2r / (R - r) with the even function R = r coth(r/2), as fdlibm's e_exp.c; with c = r - (R - 2) this is
  // 1 + r + rc / (2 - c). A division is cheaper here than the six further coefficients of a polynomial in r.
  const c = expC(r)
  return v128.div<T>(v128.mul<T>(r, c), v128.sub<T>(splat<T>(<T>2), c))
}

/** r - (r coth(r/2) - 2), f64 only. */
@inline
function expC(r: v128): v128 {
  const z = f64x2.mul(r, r)
  return nmadd<f64>(horner4<f64>(coef<f64>(EXP_F64, TAIL), z, EXP_F64, TAIL + 1), z, r)
}

/** 2^k, from the k + bias in the low bits of `t`, for normal results. */
@inline
function pow2<T>(t: v128): v128 {
  return sizeof<T>() == 4 ? v128.shl<i32>(t, 23) : v128.shl<i64>(t, 52)
}

/** y 2^k for any k, from the k + 2 bias in the low bits of `t`: two factors, of which only the second can round. */
@inline
export function scale2<T>(y: v128, t: v128): v128 {
  if (sizeof<T>() == 4) {
    const h = v128.shr<u32>(t, 1)
    return v128.mul<T>(v128.mul<T>(y, pow2<T>(h)), pow2<T>(v128.sub<i32>(t, h)))
  }
  const h = v128.shr<u64>(t, 1)
  return v128.mul<T>(v128.mul<T>(y, pow2<T>(h)), pow2<T>(v128.sub<i64>(t, h)))
}

/** k + 2 bias for x = k ln 2 + r, in the low bits. */
@inline
export function expIndex<T>(x: v128): v128 {
  return madd<T>(x, coef<T>(expTable<T>(), LOG2E), coef<T>(expTable<T>(), MAGIC2))
}

/** e^(r + low) - 1, with n = expIndex(x) and |low| < 2^-14. */
@inline
export function expRest<T>(x: v128, n: v128, low: v128): v128 {
  const t = expTable<T>()
  const k = v128.sub<T>(n, coef<T>(t, MAGIC2))
  const hi = nmadd<T>(k, coef<T>(t, LN2_HI), x)
  const lo = v128.sub<T>(v128.mul<T>(k, coef<T>(t, LN2_LO)), low)
  return v128.sub<T>(hi, v128.sub<T>(lo, expTail<T>(v128.sub<T>(hi, lo))))
}

/** e^(x + low), |low| < 2^-14. NaN passes, because x stands first in pmin and pmax. */
@inline
export function expSum<T>(x: v128, low: v128): v128 {
  const t = expTable<T>()
  x = v128.pmax<T>(v128.pmin<T>(x, coef<T>(t, EXP_MAX)), coef<T>(t, EXP_MIN))
  const n = expIndex<T>(x)
  return scale2<T>(v128.add<T>(coef<T>(t, ONE), expRest<T>(x, n, low)), n)
}

export function exp<T>(x: v128): v128 {
  return expSum<T>(x, splat<T>(<T>0))
}

/** e^x - 1, as 2 (2^(k-1) e^r - 1/2): 2^(k-1) is finite where 2^k is not. */
export function expm1<T>(x: v128): v128 {
  const t = expTable<T>()
  const u = v128.pmax<T>(v128.pmin<T>(x, coef<T>(t, EXP_MAX)), coef<T>(t, EXPM1_MIN))
  const n = madd<T>(u, coef<T>(t, LOG2E), coef<T>(t, MAGIC_HALF))
  const k = v128.sub<T>(n, coef<T>(t, MAGIC_HALF))
  const hi = nmadd<T>(k, coef<T>(t, LN2_HI), u)
  const lo = v128.mul<T>(k, coef<T>(t, LN2_LO))
  const tail = v128.sub<T>(expTail<T>(v128.sub<T>(hi, lo)), lo)
  const s = pow2<T>(n)
  const y = madd<T>(s, tail, madd<T>(s, hi, v128.sub<T>(s, coef<T>(t, HALF))))
  // 2^-1 x would lose the last bit of a subnormal x, and the sum above the sign of -0
  return select(v128.lt<T>(v128.abs<T>(x), coef<T>(t, TINY)), x, v128.add<T>(y, y))
}

/** 1 / (1 + e^-x), without overflow or cancellation: with e = e^-|x| and q = e / (1 + e), 1 - q or e - e q. */
export function sigmoid<T>(x: v128): v128 {
  const one = coef<T>(expTable<T>(), ONE)
  const e = exp<T>(v128.neg<T>(v128.abs<T>(x)))
  const q = v128.div<T>(e, v128.add<T>(one, e))
  const base = select(v128.lt<T>(x, splat<T>(<T>0)), e, one)
  return nmadd<T>(base, q, base)
}

// f32: (tanh(h)/h - 1) / h^2 in h^2, |h| <= 0.3468: relative error 2^-24.7 in tanh(h)
const TANH_F32: usize = memory.data<f32>(
  [
    -0.0492312308271643414, 0.133009912574780717, -0.333326982220294413,
    9.02, 0.1732, 2.8853900817779268, 12583038, 0.34657359027997264, 0.5, 1,
  ],
  16,
)
const TANH_MAX = 3 // above it 1
const TANH_SHIFT = 4 // nearly (ln 2)/4
const TANH_SCALE = 5 // 2 / ln 2
const TANH_MAGIC = 6 // as MAGIC_HALF
const TANH_STEP = 7 // (ln 2)/2, rounded to 2^-28 of itself
const TANH_HALF = 8
const TANH_ONE = 9

// (1 - tanh(x)/x) / x^2 as P/Q, both of degree 3 in x^2, |x| <= 0.95: absolute error 2^-60 in tanh(x)/x. Q is monic.
const TANH_F64: usize = memory.data<f64>(
  [
    6.793993677771088e-5, 0.9566440558930581, 84.173072752523, 1310.44843302882,
    96.38934271056695, 1825.057337892152, 3931.3452990864603,
    22, 0.8, 2,
  ],
  16,
)
const CLAMP = 7 // 1 - tanh 22 < 2^-60
const SEAM = 8
const TWO = 9

export function tanh<T>(x: v128): v128 {
  return sizeof<T>() == 4 ? tanh4(x) : tanh2(x)
}

/**
 * By the addition theorem, with |x| = k (ln 2)/2 + h, s = 2^(k-1) and t = tanh h: n / (n + 1 - t), n = (s - 1/2) + (s + 1/2) t. The same
 * n in both, so that its rounding hardly matters where it is large. No h is below -0.0001: of what is added nothing cancels, and for
 * k = 0, where the quotient is t, x goes to 0.347. With |h| <= (ln 2)/4 it would be 2.7 ulp wrong, and with e^2|x| - 1 for n 2.5.
 */
@inline
function tanh4(x: v128): v128 {
  const t = TANH_F32
  const m = f32x4.abs(x)
  const a = f32x4.pmin(m, coef<f32>(t, TANH_MAX))
  const n = madd<f32>(f32x4.sub(a, coef<f32>(t, TANH_SHIFT)), coef<f32>(t, TANH_SCALE), coef<f32>(t, TANH_MAGIC))
  const h = nmadd<f32>(f32x4.sub(n, coef<f32>(t, TANH_MAGIC)), coef<f32>(t, TANH_STEP), a)
  const z = f32x4.mul(h, h)
  const y = madd<f32>(f32x4.mul(h, z), horner2<f32>(coef<f32>(t, 0), z, t, 1), h)
  const s = pow2<f32>(n)
  const half = coef<f32>(t, TANH_HALF)
  const p = madd<f32>(f32x4.add(s, half), y, f32x4.sub(s, half))
  return v128.or(f32x4.div(p, f32x4.add(p, f32x4.sub(coef<f32>(t, TANH_ONE), y))), v128.xor(x, m))
}

/** x - x^3 P/Q below the seam, 1 - 2/(e^2x + 1) above it, one division for both. */
@inline
function tanh2(x: v128): v128 {
  const t = TANH_F64
  const a = f64x2.abs(x)
  const u = f64x2.pmin(a, coef<f64>(t, CLAMP))
  const two = coef<f64>(t, TWO)
  // e^2u = 2^k w / v: see expTail
  const u2 = f64x2.add(u, u)
  const n = madd<f64>(u2, coef<f64>(EXP_F64, LOG2E), coef<f64>(EXP_F64, MAGIC))
  const k = f64x2.sub(n, coef<f64>(EXP_F64, MAGIC))
  const r = nmadd<f64>(k, coef<f64>(EXP_F64, LN2_LO), nmadd<f64>(k, coef<f64>(EXP_F64, LN2_HI), u2))
  const v = f64x2.sub(two, expC(r))
  const w = f64x2.add(v, f64x2.add(r, r))
  const z = f64x2.mul(u, u)
  const p = horner2<f64>(madd<f64>(coef<f64>(t, 0), z, coef<f64>(t, 1)), z, t, 2)
  const q = horner2<f64>(f64x2.add(z, coef<f64>(t, 4)), z, t, 5)
  const small = f64x2.lt(u, coef<f64>(t, SEAM))
  const num = select(small, f64x2.mul(f64x2.mul(u, z), p), f64x2.add(v, v))
  const den = select(small, q, madd<f64>(pow2<f64>(n), w, v))
  const y = f64x2.sub(select(small, u, coef<f64>(EXP_F64, ONE)), f64x2.div(num, den))
  return v128.or(y, v128.xor(x, a))
}
