// The instruction set as a handful of verbs: kernels are written once against them, for both dtypes and both builds.
// Every `if` here compares compile-time constants, so the dead branch leaves no code.

/** Lanes of `T` in a vector: 4 for f32, 2 for f64. */
@inline
export function lanes<T>(): i32 {
  return 16 / <i32>sizeof<T>()
}

@inline
export function splat<T>(x: T): v128 {
  return v128.splat<T>(x)
}

/** `a * b + c`: two roundings in the strict build, one or two (the machine chooses) in the relaxed one. */
@inline
export function madd<T>(a: v128, b: v128, c: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return v128.relaxed_madd<T>(a, b, c)
  return v128.add<T>(v128.mul<T>(a, b), c)
}

/** `c - a * b`, rounded as `madd`. */
@inline
export function nmadd<T>(a: v128, b: v128, c: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return v128.relaxed_nmadd<T>(a, b, c)
  return v128.sub<T>(c, v128.mul<T>(a, b))
}

/** The scalar at `p` in every lane. */
@inline
export function loadSplat<T>(p: usize): v128 {
  if (sizeof<T>() == 4) return v128.load32_splat(p)
  return v128.load64_splat(p)
}

/** Entry `i` of a constant table in every lane: one load, where a literal costs V8 two or three register moves. */
@inline
export function coef<T>(table: usize, i: i32): v128 {
  return loadSplat<T>(table + <usize>i * sizeof<T>())
}

/** Two Horner steps: `(p x + c_i) x + c_(i+1)`. Longer polynomials are compositions of it. */
@inline
export function horner2<T>(p: v128, x: v128, table: usize, i: i32): v128 {
  return madd<T>(madd<T>(p, x, coef<T>(table, i)), x, coef<T>(table, i + 1))
}

/** Four Horner steps. */
@inline
export function horner4<T>(p: v128, x: v128, table: usize, i: i32): v128 {
  return horner2<T>(horner2<T>(p, x, table, i), x, table, i + 2)
}

/** Stores the first `count` (1 … lanes - 1) lanes and touches no byte behind them. */
@inline
export function storePartial<T>(p: usize, v: v128, count: i32): void {
  if (sizeof<T>() == 8) {
    v128.store64_lane(p, v, 0)
    return
  }
  if (count == 1) {
    v128.store32_lane(p, v, 0)
    return
  }
  v128.store64_lane(p, v, 0)
  if (count == 3) v128.store32_lane(p, v, 2, 8)
}

/** `a` where the mask is all ones, `b` where it is zero; the mask comes from a lane comparison. */
@inline
export function select(mask: v128, a: v128, b: v128): v128 {
  return v128.bitselect(a, b, mask)
}

