// Polynomials on [0, 1] by their Bernstein coefficients (f64): they lie within the hull of these, so what is positive there has no
// zero, and halving the interval (de Casteljau) closes in on the first one without passing over any.

/** Levels of halving down to a rounding of 1, and room for two halves at each, of degree 15 at the most. */
export const LEVELS: i32 = 53
const halves: usize = memory.data(LEVELS * 2 * 16 * 8)

/** The value at x. `scratch`: room for the coefficients. */
export function bernsteinAt(degree: i32, c: usize, x: f64, scratch: usize): f64 {
  memory.copy(scratch, c, <usize>(degree + 1) << 3)
  for (let m = degree; m > 0; m--) {
    for (let i: usize = 0; i < <usize>m; i++) {
      const at = scratch + (i << 3)
      store<f64>(at, (1 - x) * load<f64>(at) + x * load<f64>(at, 8))
    }
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
  const left = halves + (<usize>(levels - 1) << 8), right = left + 128
  halve(degree, c, left, right)
  const first = search(degree, left, limit, levels - 1, from, length / 2)
  return first < Infinity ? first : search(degree, right, limit, levels - 1, from + length / 2, length / 2)
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
