import { expSum } from './math-exp'
import { LN2_HIGH, LN2_LOW, exponent, fraction, logSeries, raised } from './math-log'

/** The first 26 significant bits of x: products of two such are exact. */
@inline
function head(x: f64): f64 {
  return reinterpret<f64>(reinterpret<u64>(x) & 0xfffffffff8000000)
}

/** x^y for x >= 0 and finite y: e^(y log x), with log x and the product in two parts. Error below 1 + |y|/8 ulp. */
export function pow64(x: f64, y: f64): f64 {
  if (y == 0) return 1
  if (x == 0 || x == Infinity) return (x == 0) == (y > 0) ? 0 : Infinity
  if (!(x > 0)) return NaN
  const tiny = x < 2.2250738585072014e-308
  const bits = raised<f64>(f64x2.splat(tiny ? x * 18014398509481984 : x))
  const k = f64x2.extract_lane(exponent<f64>(bits), 0) - (tiny ? 54 : 0)
  const f = f64x2.extract_lane(fraction<f64>(bits), 0)
  // the formula of math-log, k ln 2 + f - f^2/2 + s (f^2/2 + R), as high + low
  const s = f / (2 + f)
  const square = 0.5 * f * f
  const a = head(f - square)
  const rest = f - a - square + s * (square + f64x2.extract_lane(logSeries<f64>(f64x2.splat(s)), 0)) + k * LN2_LOW
  const high = head(k * LN2_HIGH + a + rest)
  const low = k * LN2_HIGH - high + a + rest
  const z = head(y)
  const p = z * high
  const q = (y - z) * high + y * low
  return f64x2.extract_lane(expSum<f64>(f64x2.splat(p), f64x2.splat(abs(p) < 800 ? q : 0)), 0)
}
