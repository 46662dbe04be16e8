import { lanes, madd, splat, storePartial } from './simd'

// Reductions: fixed order, tails never read past the end. Sums that decide something (norms, losses) run in f64.

/**
 * g (n values) += the column sums of z (rows x n): the bias gradient. A sum is a chain, so four of them go side by side; in f32, in which
 * most networks are trained.
 */
export function addColumnSums<T>(rows: i32, n: i32, z: usize, g: usize): void {
  const stride = <usize>n * sizeof<T>()
  for (; sizeof<T>() == 4 && n > 3 * lanes<T>(); n -= 4 * lanes<T>(), z += 64, g += 64) {
    let a = v128.load(g), b = v128.load(g, 16), c = v128.load(g, 32), d = v128.load(g, 48), at = z
    for (let i = 0; i < rows; i++) {
      a = v128.add<T>(a, v128.load(at))
      b = v128.add<T>(b, v128.load(at, 16))
      c = v128.add<T>(c, v128.load(at, 32))
      d = v128.add<T>(d, v128.load(at, 48))
      at += stride
    }
    v128.store(g, a)
    v128.store(g, b, 16)
    v128.store(g, c, 32)
    if (n < 4 * lanes<T>()) return storePartial<T>(g + 48, d, n - 3 * lanes<T>())
    v128.store(g, d, 48)
  }
  for (; n > 0; n -= lanes<T>(), z += 16, g += 16) {
    let sum = v128.load(g), at = z
    for (let i = 0; i < rows; i++) {
      sum = v128.add<T>(sum, v128.load(at))
      at += stride
    }
    if (n >= lanes<T>()) v128.store(g, sum)
    else storePartial<T>(g, sum, n)
  }
}

/** Two values from `p` on, in f64. */
@inline
function pair<T>(p: usize): v128 {
  if (sizeof<T>() == 8) return v128.load(p)
  return f64x2.promote_low_f32x4(v128.load64_zero(p))
}

/** Inner product in f64, as four chains: one alone would take four times as long. */
export function innerProduct<T>(n: i32, x: usize, y: usize): f64 {
  const two: usize = 2 * sizeof<T>()
  let a = splat<f64>(0), b = splat<f64>(0)
  for (; n >= 4; n -= 4) {
    a = madd<f64>(pair<T>(x), pair<T>(y), a)
    b = madd<f64>(pair<T>(x + two), pair<T>(y + two), b)
    x += 2 * two
    y += 2 * two
  }
  a = v128.add<f64>(a, b)
  let s = v128.extract_lane<f64>(a, 0) + v128.extract_lane<f64>(a, 1)
  for (; n > 0; n--) {
    s += <f64>load<T>(x) * <f64>load<T>(y)
    x += sizeof<T>()
    y += sizeof<T>()
  }
  return s
}

/** Index of the first value that is NaN or infinite, -1 if there is none. */
export function firstNonFinite<T>(n: i32, x: usize): i32 {
  // v - v is 0 for every finite v and NaN otherwise; NaN survives any number of additions.
  let bad = splat<T>(<T>0)
  let i = 0
  for (; i + lanes<T>() <= n; i += lanes<T>()) {
    const v = v128.load(x + <usize>i * sizeof<T>())
    bad = v128.add<T>(bad, v128.sub<T>(v, v))
  }
  if (!v128.all_true<i32>(v128.eq<T>(bad, bad))) i = 0
  for (; i < n; i++) {
    const v = load<T>(x + <usize>i * sizeof<T>())
    if (v - v != <T>0) return i
  }
  return -1
}

/** The tolerance of component j. */
@inline
export function tolerance(atol: usize, rtol: usize, j: usize, magnitude: f64): f64 {
  return load<f64>(atol + (j << 3)) + load<f64>(rtol + (j << 3)) * magnitude
}

/**
 * RMS over the whole batch of x_i / (atol_j + rtol_j * max(|a_i|, |b_i|)), j the component of i: the norm of the step
 * controller. Hairer, Norsett, Wanner I, II.4 (4.11). `dim` tolerances each.
 */
export function scaledNorm<T>(n: i32, dim: i32, x: usize, a: usize, b: usize, atol: usize, rtol: usize): f64 {
  let s: f64 = 0
  let j: usize = 0
  for (let i: usize = 0; i < <usize>n * sizeof<T>(); i += sizeof<T>()) {
    const magnitude = max<f64>(abs<f64>(<f64>load<T>(a + i)), abs<f64>(<f64>load<T>(b + i)))
    const v = <f64>load<T>(x + i) / tolerance(atol, rtol, j, magnitude)
    s += v * v
    if (++j == <usize>dim) j = 0
  }
  return sqrt<f64>(s / <f64>n)
}
