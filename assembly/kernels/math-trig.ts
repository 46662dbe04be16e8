// First working version: see math.ts. Signatures are final.

@inline
function sinOf(x: f64): f64 {
  return Math.sin(x)
}

export function sin<T>(x: v128): v128 {
  if (sizeof<T>() == 4) {
    let v = f32x4.splat(<f32>Math.sin(<f64>f32x4.extract_lane(x, 0)))
    v = f32x4.replace_lane(v, 1, <f32>Math.sin(<f64>f32x4.extract_lane(x, 1)))
    v = f32x4.replace_lane(v, 2, <f32>Math.sin(<f64>f32x4.extract_lane(x, 2)))
    return f32x4.replace_lane(v, 3, <f32>Math.sin(<f64>f32x4.extract_lane(x, 3)))
  }
  return f64x2.replace_lane(f64x2.splat(Math.sin(f64x2.extract_lane(x, 0))), 1, Math.sin(f64x2.extract_lane(x, 1)))
}

export function cos<T>(x: v128): v128 {
  if (sizeof<T>() == 4) {
    let v = f32x4.splat(<f32>Math.cos(<f64>f32x4.extract_lane(x, 0)))
    v = f32x4.replace_lane(v, 1, <f32>Math.cos(<f64>f32x4.extract_lane(x, 1)))
    v = f32x4.replace_lane(v, 2, <f32>Math.cos(<f64>f32x4.extract_lane(x, 2)))
    return f32x4.replace_lane(v, 3, <f32>Math.cos(<f64>f32x4.extract_lane(x, 3)))
  }
  return f64x2.replace_lane(f64x2.splat(Math.cos(f64x2.extract_lane(x, 0))), 1, Math.cos(f64x2.extract_lane(x, 1)))
}

export function sin64(x: f64): f64 {
  return sinOf(x)
}

export function cos64(x: f64): f64 {
  return Math.cos(x)
}
