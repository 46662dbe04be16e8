// Polynomials on [0, 1] by their Bernstein coefficients (f64): they lie within the hull of these, so what is positive there has no
// zero, and halving the interval (de Casteljau) closes in on the first one without passing over any.

/** Levels of halving down to a rounding of 1, and room for two halves at each, of degree 15 at the most. */
export const LEVELS: i32 = 53
const halves: usize = memory.data(LEVELS * 2 * 16 * 8)
const scratch: usize = memory.data(16 * 8)
/** More than it takes where values are not rounding alone. */
const TRIES: i32 = 64

/** The values at x of the Bernstein polynomials of this degree, which are the weights of the coefficients. */
export function bernsteinWeights(degree: i32, x: f64, weights: usize): void {
  store<f64>(weights, 1)
  for (let m = 1; m <= degree; m++) {
    const last = weights + (<usize>m << 3)
    store<f64>(last, x * load<f64>(last - 8))
    for (let at = last - 8; at > weights; at -= 8) store<f64>(at, (1 - x) * load<f64>(at) + x * load<f64>(at - 8))
    store<f64>(weights, (1 - x) * load<f64>(weights))
  }
}

/** The value at x, by de Casteljau. */
function valueOf(degree: i32, c: usize, x: f64): f64 {
  memory.copy(scratch, c, <usize>(degree + 1) << 3)
  for (let end = scratch + (<usize>degree << 3); end > scratch; end -= 8) {
    for (let at = scratch; at < end; at += 8) store<f64>(at, (1 - x) * load<f64>(at) + x * load<f64>(at + 8))
  }
  return load<f64>(scratch)
}

/** The least x <= limit at which the polynomial is below 0, from a side where it is, within 2^-levels; Infinity: nowhere. */
export function firstBelow(degree: i32, c: usize, limit: f64, levels: i32): f64 {
  return search(degree, c, limit, levels, 0, 1)
}

function search(degree: i32, c: usize, limit: f64, levels: i32, from: f64, length: f64): f64 {
  if (from > limit) return Infinity
  let least: f64 = 0
  for (let i: usize = 0; i <= <usize>degree; i++) least = min<f64>(least, load<f64>(c + (i << 3)))
  // Also where one is no number.
  if (!(least < 0)) return Infinity
  if (load<f64>(c) < 0) return from
  if (!levels) return from + length
  if (crossesOnce(degree, c)) {
    const end = (limit - from) / length
    if (end < 1 && valueOf(degree, c, end) >= 0) return Infinity
    return from + length * crossing(degree, c, 1 / <f64>(<u64>1 << levels))
  }
  const left = halves + (<usize>(levels - 1) << 8), right = left + 128
  halve(degree, c, left, right)
  const first = search(degree, left, limit, levels - 1, from, length / 2)
  return first < Infinity ? first : search(degree, right, limit, levels - 1, from + length / 2, length / 2)
}

/** Do the coefficients change their sign once, from above to below 0? Then the polynomial does. */
function crossesOnce(degree: i32, c: usize): bool {
  let below = false
  for (let at = c; at <= c + (<usize>degree << 3); at += 8) {
    if (below && load<f64>(at) >= 0) return false
    below = load<f64>(at) < 0
  }
  return below
}

/**
 * Where a polynomial that crosses 0 once does, not more than `least` behind it. Regula falsi, Illinois; half of `least` further, so that
 * once one end is that near, the other is as well.
 */
function crossing(degree: i32, c: usize, least: f64): f64 {
  let a: f64 = 0, b: f64 = 1, fa = load<f64>(c), fb = load<f64>(c + (<usize>degree << 3)), side = 0
  for (let i = 0; i < TRIES && b - a > least; i++) {
    const falsi = fa > 0 ? a + (b - a) * (fa / (fa - fb)) : a + (b - a) / 2
    const x = min<f64>(falsi + least / 2, b - least / 2), fx = valueOf(degree, c, x)
    if (fx < 0) {
      b = x
      fb = fx
      if (side < 0) fa /= 2
      side = -1
    } else {
      a = x
      fa = fx
      if (side > 0) fb /= 2
      side = 1
    }
  }
  return b
}

/** The coefficients of both halves. */
function halve(degree: i32, c: usize, left: usize, right: usize): void {
  memory.copy(right, c, <usize>(degree + 1) << 3)
  for (let m = degree; m >= 0; m--) {
    store<f64>(left + (<usize>(degree - m) << 3), load<f64>(right))
    for (let i: usize = 0; i < <usize>m; i++) {
      const at = right + (i << 3)
      store<f64>(at, (load<f64>(at) + load<f64>(at, 8)) / 2)
    }
  }
}
