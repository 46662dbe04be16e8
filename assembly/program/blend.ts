import { FIELD_LAYERS, FIELD_LAYER_PACKED, FIELD_LAYER_PARAMS, FIELD_PACKED, FIELD_PARAMS, FIELD_SPAN } from '../abi'
import { axpyEither, innerProductEither, scaleEither, valueBytes } from '../kernels/either'

// Parameters as a function of time: layer k of L is the value at t = span k / L, piecewise linear between, constant outside. L Euler
// steps over the span see the layers one by one, as a residual network does. Panels are linear in the weights, so they are
// blended as they lie: no packing on the way.

/** Are the layers of this field knots in time, instead of one for each step? */
@inline
export function blends(f: usize): bool {
  return load<f64>(f, FIELD_SPAN) > 0 && load<i32>(f, FIELD_LAYERS) > 1
}

/** Where t lies on the layers: a whole number at a knot, also where t is one but for rounding. */
function position(f: usize, t: f64): f64 {
  const u = t / load<f64>(f, FIELD_SPAN) * <f64>load<i32>(f, FIELD_LAYERS), whole = nearest<f64>(u)
  return abs<f64>(u - whole) <= 4 * f64.EPSILON * abs<f64>(u) ? whole : u
}

/** The layer below a position, and the weight of the one above. */
@inline
function lower(f: usize, u: f64): i32 {
  return <i32>max<f64>(0, min<f64>(<f64>(load<i32>(f, FIELD_LAYERS) - 2), floor<f64>(u)))
}

@inline
function share(u: f64, k: i32): f64 {
  return max<f64>(0, min<f64>(1, u - <f64>k))
}

/** out = the panels at time t. */
export function blend(f: usize, t: f64, out: usize, wide: bool): void {
  const u = position(f, t), k = lower(f, u), theta = share(u, k), n = load<i32>(f, FIELD_LAYER_PACKED)
  const at = load<usize>(f, FIELD_PACKED) + <usize>k * <usize>n * valueBytes(wide)
  scaleEither(n, 1 - theta, at, out, wide)
  axpyEither(n, theta, at + <usize>n * valueBytes(wide), out, wide)
}

/**
 * The transpose: g, the cotangent of the parameters at time t, added to those of the layers (gp = 0: not wanted). Returns the cotangent
 * of t.
 */
export function blendTranspose(f: usize, t: f64, g: usize, gp: usize, wide: bool): f64 {
  const u = position(f, t), k = lower(f, u), theta = share(u, k), n = load<i32>(f, FIELD_LAYER_PARAMS)
  const bytes = <usize>n * valueBytes(wide)
  const from = <usize>k * bytes
  if (gp) {
    axpyEither(n, 1 - theta, g, gp + from, wide)
    axpyEither(n, theta, g, gp + from + bytes, wide)
  }
  if (u < 0 || u > <f64>(load<i32>(f, FIELD_LAYERS) - 1)) return 0
  const params = load<usize>(f, FIELD_PARAMS) + from
  const slope = innerProductEither(n, g, params + bytes, wide) - innerProductEither(n, g, params, wide)
  return slope * <f64>load<i32>(f, FIELD_LAYERS) / load<f64>(f, FIELD_SPAN)
}
