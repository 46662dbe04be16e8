import { coef, horner2, horner4, madd, nmadd, select, splat } from './simd'

// Cody & Waite, as in math-exp: x = k pi/2 + r, |r| <= pi/4; then sin or cos of r, by the last two bits of k. f32 goes
// through f64: a reduction in f32 would need five parts of pi/2.
const TWO_OVER_PI = 0
const MAGIC = 1 // 1.5 * 2^52: adding it rounds to an integer and leaves k in the low bits
const P1 = 2 // pi/2 in parts: k P1 and k P2 are exact for |k| < 2^16
const P2 = 3
const P3 = 4
const P23 = 5
const LIMIT = 6
const ONE = 7
const HALF = 8
const SIN = 9
const COS = 15
const SIN_LOW = 21
const COS_LOW = 25

// Minimax in r^2, r <= pi/4. SIN: (sin r - r)/r^3, 2^-56.1 in sin(r)/r. COS: (cos r - 1 + r^2/2)/r^4, 2^-60 in cos r.
// SIN_LOW, COS_LOW: the same for f32 results, 2^-35.7 and 2^-30.3
const TRIG: usize = memory.data<f64>(
  [
    0.6366197723675814, 6755399441055744, 1.5707963267923333, 2.5633441515839558e-12, 1.0562999066987428e-23,
    2.563344151594519e-12, 1e5, 1, 0.5,
    1.5918138342279785e-10, -2.5051131991059183e-8, 2.7557316103376043e-6, -1.9841269836760466e-4,
    8.33333333333095e-3, -0.16666666666666666,
    -1.1382637160980082e-11, 2.0876146345515623e-9, -2.7557317272168064e-7, 2.4801587298766702e-5,
    -1.3888888888887398e-3, 4.1666666666666664e-2,
    2.7249992303969384e-6, -1.9840087365004082e-4, 8.333331876199855e-3, -0.1666666666386051,
    2.454803294415221e-5, -1.3888303608220382e-3, 4.1666664664008646e-2,
  ],
  16,
)

export function sin<T>(x: v128): v128 {
  // on |x|, so that sin(-0) = -0
  const a = v128.abs<T>(x)
  return v128.xor(wave<T>(a, 0), v128.xor(x, a))
}

export function cos<T>(x: v128): v128 {
  return wave<T>(v128.abs<T>(x), 1)
}

export function sin64(x: f64): f64 {
  return f64x2.extract_lane(sin<f64>(f64x2.splat(x)), 0)
}

export function cos64(x: f64): f64 {
  return f64x2.extract_lane(cos<f64>(f64x2.splat(x)), 0)
}

/** sin(x + turn pi/2) for x >= 0 */
@inline
function wave<T>(x: v128, turn: i64): v128 {
  if (sizeof<T>() == 8) return wave2<T>(x, turn)
  const a = wave2<T>(f64x2.promote_low_f32x4(x), turn)
  const b = wave2<T>(f64x2.promote_low_f32x4(v128.shuffle<u64>(x, x, 1, 0)), turn)
  return v128.shuffle<u64>(f32x4.demote_f64x2_zero(a), f32x4.demote_f64x2_zero(b), 0, 2)
}

/** The same for two f64 lanes, to the precision of `T`. */
function wave2<T>(x: v128, turn: i64): v128 {
  const n = madd<f64>(x, coef<f64>(TRIG, TWO_OVER_PI), coef<f64>(TRIG, MAGIC))
  const k = f64x2.sub(n, coef<f64>(TRIG, MAGIC))
  const a = nmadd<f64>(k, coef<f64>(TRIG, P1), x)
  const quarter = i64x2.add(n, i64x2.splat(turn))
  let y: v128
  if (sizeof<T>() == 4) {
    y = waveLow(nmadd<f64>(k, coef<f64>(TRIG, P23), a), quarter)
  } else {
    // Knuth's two-sum gives the error of a - k P2, so that r + low is right to 2^-113, however near x is to a multiple
    const b = f64x2.mul(k, coef<f64>(TRIG, P2))
    const h = f64x2.sub(a, b)
    const d = f64x2.sub(h, a)
    const e = f64x2.sub(f64x2.sub(a, f64x2.sub(h, d)), f64x2.add(b, d))
    const l = nmadd<f64>(k, coef<f64>(TRIG, P3), e)
    const r = f64x2.add(h, l)
    y = waveOf(r, f64x2.add(f64x2.sub(h, r), l), quarter)
  }
  if (v128.any_true(f64x2.gt(x, coef<f64>(TRIG, LIMIT)))) return farLanes(x, y, turn)
  return y
}

/** sin(r) in quarters 0 and 2, cos(r) in 1 and 3, negated in 2 and 3. */
@inline
function turned(sine: v128, cosine: v128, quarter: v128): v128 {
  const odd = i64x2.eq(v128.and(quarter, i64x2.splat(1)), i64x2.splat(1))
  return v128.xor(select(odd, cosine, sine), i64x2.shl(v128.and(quarter, i64x2.splat(2)), 62))
}

/** For r + low, |low| <= ulp(r)/2. */
@inline
function waveOf(r: v128, low: v128, quarter: v128): v128 {
  const z = f64x2.mul(r, r)
  const one = coef<f64>(TRIG, ONE)
  const half = f64x2.mul(z, coef<f64>(TRIG, HALF))
  const w = f64x2.sub(one, half)
  const s = madd<f64>(horner4<f64>(coef<f64>(TRIG, SIN), z, TRIG, SIN + 1), z, coef<f64>(TRIG, SIN + 5))
  const c = madd<f64>(horner4<f64>(coef<f64>(TRIG, COS), z, TRIG, COS + 1), z, coef<f64>(TRIG, COS + 5))
  // sin(r + low) = sin r + low cos r, cos(r + low) = cos r - low sin r; (1 - w) - half is the rounding error of w
  const sine = f64x2.add(r, madd<f64>(f64x2.mul(z, r), s, f64x2.mul(low, w)))
  const rest = f64x2.sub(f64x2.mul(f64x2.mul(z, z), c), f64x2.mul(r, low))
  const cosine = f64x2.add(w, f64x2.add(f64x2.sub(f64x2.sub(one, w), half), rest))
  return turned(sine, cosine, quarter)
}

/** For f32 results. */
@inline
function waveLow(r: v128, quarter: v128): v128 {
  const z = f64x2.mul(r, r)
  const s = madd<f64>(horner2<f64>(coef<f64>(TRIG, SIN_LOW), z, TRIG, SIN_LOW + 1), z, coef<f64>(TRIG, SIN_LOW + 3))
  const c = horner2<f64>(coef<f64>(TRIG, COS_LOW), z, TRIG, COS_LOW + 1)
  const sine = madd<f64>(f64x2.mul(z, r), s, r)
  const cosine = madd<f64>(z, f64x2.sub(f64x2.mul(z, c), coef<f64>(TRIG, HALF)), coef<f64>(TRIG, ONE))
  return turned(sine, cosine, quarter)
}

/** Recomputes the lanes beyond LIMIT. */
function farLanes(x: v128, y: v128, turn: i64): v128 {
  const limit = load<f64>(TRIG + (LIMIT << 3))
  const a = f64x2.extract_lane(x, 0)
  const b = f64x2.extract_lane(x, 1)
  if (a > limit) y = f64x2.replace_lane(y, 0, far(a, turn))
  if (b > limit) y = f64x2.replace_lane(y, 1, far(b, turn))
  return y
}

// 2/pi in binary, after a zero word that stands for the digits before the point: 1216 digits, for exponents to 1023
const DIGITS: usize = memory.data<u64>(
  [
    0, 0xa2f9836e4e441529, 0xfc2757d1f534ddc0, 0xdb6295993c439041, 0xfe5163abdebbc561, 0xb7246e3a424dd2e0,
    0x06492eea09d1921c, 0xfe1deb1cb129a73e, 0xe88235f52ebb4484, 0xe99c7026b45f7e41, 0x3991d639835339f4,
    0x9c845f8bbdf9283b, 0x1ff897ffde05980f, 0xef2f118b5a0a6d1f, 0x6d367ecf27cb09b7, 0x4f463f669e5fea2d,
    0x7527bac7ebe5f17b, 0x3d0739f78a5292ea, 0x6bfb5fb11f8d5d08, 0x56033046fc7b6bab,
  ],
  16,
)

/** 64 digits from digit `at` on. */
@inline
function digits(at: i32): u64 {
  const p = DIGITS + ((<usize>at >> 6) << 3)
  const s = <u64>(at & 63)
  return s == 0 ? load<u64>(p) : (load<u64>(p) << s) | (load<u64>(p, 8) >> (64 - s))
}

/** The high half of m d, for m < 2^53. */
@inline
function mulHigh(m: u64, d: u64): u64 {
  const high = m >> 32
  const low = m & 0xffffffff
  const cross = high * (d & 0xffffffff) + ((low * (d & 0xffffffff)) >> 32)
  return high * (d >> 32) + (cross >> 32) + ((low * (d >> 32) + (cross & 0xffffffff)) >> 32)
}

/**
 * Payne & Hanek, SIGNUM Newsletter 18 (1983): x = m 2^e, so only the digits of 2/pi from place e - 2 on matter for
 * x 2/pi mod 4. With 192 of them, m times them mod 2^192 has 2 digits for the quarter and 126 right ones behind the
 * point; at most 62 of these are zeros (or ones) in front, since no double is nearer to a multiple of pi/2.
 */
function far(x: f64, turn: i64): f64 {
  if (!(x < Infinity)) return NaN
  const bits = reinterpret<u64>(x)
  const m = (bits & 0x000fffffffffffff) | 0x0010000000000000
  const at = <i32>(bits >> 52) - 1075 - 2 + 64
  const middle = digits(at + 64)
  const carried = m * middle + mulHigh(m, digits(at + 128))
  const top = m * digits(at) + mulHigh(m, middle) + u64(carried < m * middle)
  let high = (top << 2) | (carried >> 62)
  let low = carried << 2
  let quarter = <i64>(top >> 62) + turn
  // to the nearest multiple: the fraction as sign and magnitude
  let sign: f64 = 1
  if (<i64>high < 0) {
    quarter++
    sign = -1
    low = 0 - low
    high = ~high + u64(low == 0)
  }
  // times pi/2 = 1.570796012878418 (21 bits, so that the first product is exact) + 3.139164786504813e-7
  const a = <f64>(high >> 32) * 2.3283064365386963e-10 * sign
  const b = (<f64>(high & 0xffffffff) * 5.421010862427522e-20 + <f64>low * 2.938735877055719e-39) * sign
  const head = a * 1.570796012878418
  const rest = a * 3.139164786504813e-7 + b * 1.5707963267948966
  const r = head + rest
  return f64x2.extract_lane(waveOf(f64x2.splat(r), f64x2.splat(head - r + rest), i64x2.splat(quarter)), 0)
}
