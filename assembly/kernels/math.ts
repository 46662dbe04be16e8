// First working version: lane by lane through the standard library. Signatures are final.

@inline
function at<T>(x: v128, i: i32): f64 {
  if (sizeof<T>() == 4) {
    switch (i) {
      case 0: return <f64>f32x4.extract_lane(x, 0)
      case 1: return <f64>f32x4.extract_lane(x, 1)
      case 2: return <f64>f32x4.extract_lane(x, 2)
      default: return <f64>f32x4.extract_lane(x, 3)
    }
  }
  return i == 0 ? f64x2.extract_lane(x, 0) : f64x2.extract_lane(x, 1)
}

@inline
function pack<T>(a: f64, b: f64, c: f64, d: f64): v128 {
  if (sizeof<T>() == 4) {
    let v = f32x4.splat(<f32>a)
    v = f32x4.replace_lane(v, 1, <f32>b)
    v = f32x4.replace_lane(v, 2, <f32>c)
    return f32x4.replace_lane(v, 3, <f32>d)
  }
  return f64x2.replace_lane(f64x2.splat(a), 1, b)
}

export function exp<T>(x: v128): v128 {
  return pack<T>(Math.exp(at<T>(x, 0)), Math.exp(at<T>(x, 1)), Math.exp(at<T>(x, 2)), Math.exp(at<T>(x, 3)))
}
export function expm1<T>(x: v128): v128 {
  return pack<T>(Math.expm1(at<T>(x, 0)), Math.expm1(at<T>(x, 1)), Math.expm1(at<T>(x, 2)), Math.expm1(at<T>(x, 3)))
}
export function log<T>(x: v128): v128 {
  return pack<T>(Math.log(at<T>(x, 0)), Math.log(at<T>(x, 1)), Math.log(at<T>(x, 2)), Math.log(at<T>(x, 3)))
}
export function log1p<T>(x: v128): v128 {
  return pack<T>(Math.log1p(at<T>(x, 0)), Math.log1p(at<T>(x, 1)), Math.log1p(at<T>(x, 2)), Math.log1p(at<T>(x, 3)))
}
export function tanh<T>(x: v128): v128 {
  return pack<T>(Math.tanh(at<T>(x, 0)), Math.tanh(at<T>(x, 1)), Math.tanh(at<T>(x, 2)), Math.tanh(at<T>(x, 3)))
}
export function sigmoid<T>(x: v128): v128 {
  const one = v128.splat<T>(<T>1)
  return v128.div<T>(one, v128.add<T>(one, exp<T>(v128.neg<T>(x))))
}
export function exp64(x: f64): f64 { return Math.exp(x) }
export function log64(x: f64): f64 { return Math.log(x) }
export function pow64(x: f64, y: f64): f64 { return Math.pow(x, y) }
export function tanh64(x: f64): f64 { return Math.tanh(x) }
