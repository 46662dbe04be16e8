import { madd, splat } from '../kernels/simd'

// What a machine can do inside of wasm, at the most: what the kernels are measured by.

/** Where the sums begin, then factor and summand. Chains that began alike would be one, and a literal is made anew at every use. */
const STARTS = memory.data<f64>([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 0.5, 1])

@inline
function start<T>(i: usize): v128 {
  return splat<T>(<T>load<f64>(STARTS + (i << 3)))
}

/** Twelve independent multiply-adds a round, in registers: 24 operations in every lane. More would not fit into sixteen registers. */
@inline
function multiplyAdd<T>(rounds: i32): f64 {
  const half = start<T>(12), one = start<T>(13)
  let a = start<T>(0), b = start<T>(1), c = start<T>(2), d = start<T>(3), e = start<T>(4), f = start<T>(5)
  let g = start<T>(6), h = start<T>(7), i = start<T>(8), j = start<T>(9), k = start<T>(10), l = start<T>(11)
  for (let r = 0; r < rounds; r++) {
    a = madd<T>(a, half, one)
    b = madd<T>(b, half, one)
    c = madd<T>(c, half, one)
    d = madd<T>(d, half, one)
    e = madd<T>(e, half, one)
    f = madd<T>(f, half, one)
    g = madd<T>(g, half, one)
    h = madd<T>(h, half, one)
    i = madd<T>(i, half, one)
    j = madd<T>(j, half, one)
    k = madd<T>(k, half, one)
    l = madd<T>(l, half, one)
  }
  const low = v128.add<T>(v128.add<T>(v128.add<T>(a, b), v128.add<T>(c, d)), v128.add<T>(e, f))
  const high = v128.add<T>(v128.add<T>(v128.add<T>(g, h), v128.add<T>(i, j)), v128.add<T>(k, l))
  return <f64>v128.extract_lane<T>(v128.add<T>(low, high), 0)
}

export function multiplyAdd32(rounds: i32): f64 { return multiplyAdd<f32>(rounds) }
export function multiplyAdd64(rounds: i32): f64 { return multiplyAdd<f64>(rounds) }

/** Reads `bytes` at x, a multiple of 64, `rounds` times. */
export function read(bytes: usize, x: usize, rounds: i32): f64 {
  let a = splat<f32>(0), b = a, c = a, d = a
  for (let r = 0; r < rounds; r++) {
    for (let p = x; p < x + bytes; p += 64) {
      a = v128.or(a, v128.load(p))
      b = v128.or(b, v128.load(p, 16))
      c = v128.or(c, v128.load(p, 32))
      d = v128.or(d, v128.load(p, 48))
    }
  }
  return <f64>v128.extract_lane<f32>(v128.or(v128.or(a, b), v128.or(c, d)), 0)
}

/** Memory for operands, zeroed. */
export function room(bytes: usize): usize {
  const at = heap.alloc(bytes)
  memory.fill(at, 0, bytes)
  return at
}
