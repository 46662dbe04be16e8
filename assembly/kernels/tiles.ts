import { ACT_RELU } from '../activations'
import { lanes, loadSplat, madd, splat, storePartial } from './simd'

// The tiles of a product: as many rows by as many vectors of C, held in registers while k goes by. Arguments as in `gemm`.
//
// x86-64 has sixteen vector registers, one of them V8's own: 4 x 2 accumulators, 2 of B, 1 of A and a product fit, 4 x 4 would spill
// (docs/performance-kernels.md).

/** What the values of C may not fall below: relu is one instruction, and the identity that one with -Infinity. */
@inline
export function floor<T>(activation: i32): v128 {
  return splat<T>(activation == ACT_RELU ? <T>0 : <T>-Infinity)
}

/** A vector of C. Only relu is fused: the others cost far more than a second pass over C, and would stand in every tile. */
@inline
function finish<T>(c: usize, v: v128, low: v128, count: i32): void {
  // pmax(v, 0) keeps a NaN in v, and is one instruction where max is seven
  v = v128.pmax<T>(v, low)
  if (count >= lanes<T>()) v128.store(c, v)
  else storePartial<T>(c, v, count)
}

@inline
export function tile4x2<T>(
  k: i32, a: usize, rsa: usize, csa: usize, b: usize, rsb: usize, init: usize, rsi: usize,
  c: usize, rsc: usize, count: i32, low: v128,
): void {
  let c00 = v128.load(init), c01 = v128.load(init, 16)
  init += rsi
  let c10 = v128.load(init), c11 = v128.load(init, 16)
  init += rsi
  let c20 = v128.load(init), c21 = v128.load(init, 16)
  init += rsi
  let c30 = v128.load(init), c31 = v128.load(init, 16)
  const a1 = rsa, a2 = rsa << 1, a3 = a2 + rsa
  const end = b + <usize>k * rsb
  while (b != end) {
    const b0 = v128.load(b), b1 = v128.load(b, 16)
    const x0 = loadSplat<T>(a)
    c00 = madd<T>(x0, b0, c00)
    c01 = madd<T>(x0, b1, c01)
    const x1 = loadSplat<T>(a + a1)
    c10 = madd<T>(x1, b0, c10)
    c11 = madd<T>(x1, b1, c11)
    const x2 = loadSplat<T>(a + a2)
    c20 = madd<T>(x2, b0, c20)
    c21 = madd<T>(x2, b1, c21)
    const x3 = loadSplat<T>(a + a3)
    c30 = madd<T>(x3, b0, c30)
    c31 = madd<T>(x3, b1, c31)
    a += csa
    b += rsb
  }
  const rest = count - lanes<T>()
  finish<T>(c, c00, low, lanes<T>())
  finish<T>(c + 16, c01, low, rest)
  c += rsc
  finish<T>(c, c10, low, lanes<T>())
  finish<T>(c + 16, c11, low, rest)
  c += rsc
  finish<T>(c, c20, low, lanes<T>())
  finish<T>(c + 16, c21, low, rest)
  c += rsc
  finish<T>(c, c30, low, lanes<T>())
  finish<T>(c + 16, c31, low, rest)
}

/** For the relaxed build: twelve chains hide the latency of fused multiply-adds, and no product needs a register of its own. */
@inline
export function tile6x2<T>(
  k: i32, a: usize, rsa: usize, csa: usize, b: usize, rsb: usize, init: usize, rsi: usize,
  c: usize, rsc: usize, count: i32, low: v128,
): void {
  let c00 = v128.load(init), c01 = v128.load(init, 16)
  init += rsi
  let c10 = v128.load(init), c11 = v128.load(init, 16)
  init += rsi
  let c20 = v128.load(init), c21 = v128.load(init, 16)
  init += rsi
  let c30 = v128.load(init), c31 = v128.load(init, 16)
  init += rsi
  let c40 = v128.load(init), c41 = v128.load(init, 16)
  init += rsi
  let c50 = v128.load(init), c51 = v128.load(init, 16)
  const a1 = rsa, a2 = rsa << 1, a3 = a2 + rsa
  const end = b + <usize>k * rsb
  while (b != end) {
    const b0 = v128.load(b), b1 = v128.load(b, 16), e = a + a3
    const x0 = loadSplat<T>(a)
    c00 = madd<T>(x0, b0, c00)
    c01 = madd<T>(x0, b1, c01)
    const x1 = loadSplat<T>(a + a1)
    c10 = madd<T>(x1, b0, c10)
    c11 = madd<T>(x1, b1, c11)
    const x2 = loadSplat<T>(a + a2)
    c20 = madd<T>(x2, b0, c20)
    c21 = madd<T>(x2, b1, c21)
    const x3 = loadSplat<T>(e)
    c30 = madd<T>(x3, b0, c30)
    c31 = madd<T>(x3, b1, c31)
    const x4 = loadSplat<T>(e + a1)
    c40 = madd<T>(x4, b0, c40)
    c41 = madd<T>(x4, b1, c41)
    const x5 = loadSplat<T>(e + a2)
    c50 = madd<T>(x5, b0, c50)
    c51 = madd<T>(x5, b1, c51)
    a += csa
    b += rsb
  }
  const rest = count - lanes<T>()
  finish<T>(c, c00, low, lanes<T>())
  finish<T>(c + 16, c01, low, rest)
  c += rsc
  finish<T>(c, c10, low, lanes<T>())
  finish<T>(c + 16, c11, low, rest)
  c += rsc
  finish<T>(c, c20, low, lanes<T>())
  finish<T>(c + 16, c21, low, rest)
  c += rsc
  finish<T>(c, c30, low, lanes<T>())
  finish<T>(c + 16, c31, low, rest)
  c += rsc
  finish<T>(c, c40, low, lanes<T>())
  finish<T>(c + 16, c41, low, rest)
  c += rsc
  finish<T>(c, c50, low, lanes<T>())
  finish<T>(c + 16, c51, low, rest)
}

@inline
export function tile4x1<T>(
  k: i32, a: usize, rsa: usize, csa: usize, b: usize, rsb: usize, init: usize, rsi: usize,
  c: usize, rsc: usize, count: i32, low: v128,
): void {
  let c0 = v128.load(init), c1 = v128.load(init + rsi), c2 = v128.load(init + (rsi << 1)), c3 = v128.load(init + (rsi << 1) + rsi)
  const a1 = rsa, a2 = rsa << 1, a3 = a2 + rsa
  const end = b + <usize>k * rsb
  while (b != end) {
    const b0 = v128.load(b)
    c0 = madd<T>(loadSplat<T>(a), b0, c0)
    c1 = madd<T>(loadSplat<T>(a + a1), b0, c1)
    c2 = madd<T>(loadSplat<T>(a + a2), b0, c2)
    c3 = madd<T>(loadSplat<T>(a + a3), b0, c3)
    a += csa
    b += rsb
  }
  finish<T>(c, c0, low, count)
  finish<T>(c + rsc, c1, low, count)
  finish<T>(c + (rsc << 1), c2, low, count)
  finish<T>(c + (rsc << 1) + rsc, c3, low, count)
}

/** One row against two panels, `next` bytes apart: four independent chains, for batch 1. */
export function tile1x4<T>(k: i32, a: usize, csa: usize, b: usize, next: usize, c: usize, activation: i32): void {
  let c0 = v128.load(b), c1 = v128.load(b, 16), c2 = v128.load(b + next), c3 = v128.load(b + next, 16)
  const end = b + <usize>k * 32
  while (b != end) {
    b += 32
    const x = loadSplat<T>(a), d = b + next
    c0 = madd<T>(x, v128.load(b), c0)
    c1 = madd<T>(x, v128.load(b, 16), c1)
    c2 = madd<T>(x, v128.load(d), c2)
    c3 = madd<T>(x, v128.load(d, 16), c3)
    a += csa
  }
  const low = floor<T>(activation)
  v128.store(c, v128.pmax<T>(c0, low))
  v128.store(c, v128.pmax<T>(c1, low), 16)
  v128.store(c, v128.pmax<T>(c2, low), 32)
  v128.store(c, v128.pmax<T>(c3, low), 48)
}

/** The same against four panels: a tenth faster. */
export function tile1x8<T>(k: i32, a: usize, csa: usize, b: usize, next: usize, c: usize, activation: i32): void {
  const n2 = next << 1, n3 = n2 + next
  let c0 = v128.load(b), c1 = v128.load(b, 16), c2 = v128.load(b + next), c3 = v128.load(b + next, 16)
  let c4 = v128.load(b + n2), c5 = v128.load(b + n2, 16), c6 = v128.load(b + n3), c7 = v128.load(b + n3, 16)
  const end = b + <usize>k * 32
  while (b != end) {
    b += 32
    const x = loadSplat<T>(a)
    c0 = madd<T>(x, v128.load(b), c0)
    c1 = madd<T>(x, v128.load(b, 16), c1)
    const d = b + next
    c2 = madd<T>(x, v128.load(d), c2)
    c3 = madd<T>(x, v128.load(d, 16), c3)
    const e = b + n2
    c4 = madd<T>(x, v128.load(e), c4)
    c5 = madd<T>(x, v128.load(e, 16), c5)
    const f = b + n3
    c6 = madd<T>(x, v128.load(f), c6)
    c7 = madd<T>(x, v128.load(f, 16), c7)
    a += csa
  }
  const low = floor<T>(activation)
  v128.store(c, v128.pmax<T>(c0, low))
  v128.store(c, v128.pmax<T>(c1, low), 16)
  v128.store(c, v128.pmax<T>(c2, low), 32)
  v128.store(c, v128.pmax<T>(c3, low), 48)
  v128.store(c, v128.pmax<T>(c4, low), 64)
  v128.store(c, v128.pmax<T>(c5, low), 80)
  v128.store(c, v128.pmax<T>(c6, low), 96)
  v128.store(c, v128.pmax<T>(c7, low), 112)
}

@inline
export function tile1x2<T>(k: i32, a: usize, csa: usize, b: usize, rsb: usize, init: usize, c: usize, count: i32, low: v128): void {
  let c0 = v128.load(init), c1 = v128.load(init, 16)
  const end = b + <usize>k * rsb
  while (b != end) {
    const x = loadSplat<T>(a)
    c0 = madd<T>(x, v128.load(b), c0)
    c1 = madd<T>(x, v128.load(b, 16), c1)
    a += csa
    b += rsb
  }
  finish<T>(c, c0, low, lanes<T>())
  finish<T>(c + 16, c1, low, count - lanes<T>())
}

@inline
export function tile1x1<T>(k: i32, a: usize, csa: usize, b: usize, rsb: usize, init: usize, c: usize, count: i32, low: v128): void {
  let c0 = v128.load(init)
  const end = b + <usize>k * rsb
  while (b != end) {
    c0 = madd<T>(loadSplat<T>(a), v128.load(b), c0)
    a += csa
    b += rsb
  }
  finish<T>(c, c0, low, count)
}
