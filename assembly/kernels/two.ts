import { loadSplat, madd, splat, storePartial } from './simd'

// Products in f32 with a side of two, such as a field in the plane has: a tile would be half empty, or left after two multiply-adds.
// Arguments as in `gemm`. In f64 two columns fill a vector.

/**
 * `gemmPacked` for two columns in pairs (`pack`): a vector has two k's of both columns, and a load puts those of a row beside them. Several
 * rows at a time; where there are fewer, the last one is taken again: so a row has the same bits in any batch.
 */
export function twoColumns(m: i32, k: i32, a: usize, rsa: usize, packed: usize, c: usize, add: bool, low: v128): void {
  const rows = WHOLE ? 4 : 2
  for (; m > 0; m -= rows) {
    const a1 = m > 1 ? rsa : 0, a2 = m > 2 ? a1 + rsa : 0, a3 = m > 3 ? a2 + rsa : 0
    let x = a, b = packed, c0 = v128.load(b), c1 = c0, c2 = c0, c3 = c0
    for (const end = b + (<usize>k << 3); b != end; x += 8) {
      b += 16
      const w = v128.load(b)
      c0 = madd<f32>(v128.load64_splat(x), w, c0)
      c1 = madd<f32>(v128.load64_splat(x + a1), w, c1)
      if (WHOLE) {
        c2 = madd<f32>(v128.load64_splat(x + a2), w, c2)
        c3 = madd<f32>(v128.load64_splat(x + a3), w, c3)
      }
    }
    twoRows(m, c0, c1, c, add, low)
    if (WHOLE && m > 2) twoRows(m - 2, c2, c3, c + 16, add, low)
    a += <usize>rows * rsa
    c += <usize>rows << 3
  }
}

/** Two rows of C, or one, from the sums of each over even and odd k's. */
@inline
function twoRows(m: i32, first: v128, second: v128, c: usize, add: bool, low: v128): void {
  let v = v128.add<f32>(v128.shuffle<f32>(first, second, 0, 2, 4, 6), v128.shuffle<f32>(first, second, 1, 3, 5, 7))
  if (WHOLE && add) v = v128.add<f32>(v, v128.load(c))
  v = v128.pmax<f32>(v, low)
  v128.store64_lane(c, v, 0)
  if (m > 1) v128.store64_lane(c, v, 1, 8)
}

/** The rows of a whole panel where k is 2: the weights stay in registers while the rows go by. */
@inline
export function twoTerms(
  m: i32, a: usize, rsa: usize, csa: usize, b: usize, rsb: usize, init: usize, c: usize, rsc: usize, low: v128,
): void {
  const b0 = v128.load(init), b1 = v128.load(init, 16), u0 = v128.load(b), u1 = v128.load(b, 16)
  const v0 = v128.load(b + rsb), v1 = v128.load(b + rsb, 16)
  for (; m > 0; m--) {
    const x = loadSplat<f32>(a), y = loadSplat<f32>(a + csa)
    v128.store(c, v128.pmax<f32>(madd<f32>(y, v0, madd<f32>(x, u0, b0)), low))
    v128.store(c, v128.pmax<f32>(madd<f32>(y, v1, madd<f32>(x, u1, b1)), low), 16)
    a += rsa
    c += rsc
  }
}

/** The first `count` lanes of v, at the most all, added to what is at c. */
@inline
function addTo(c: usize, v: v128, count: i32): void {
  if (count <= 0) return
  v = v128.add<f32>(v128.load(c), v)
  if (count >= 4) v128.store(c, v)
  else storePartial<f32>(c, v, count)
}

/**
 * C += sum over k of the outer products of `wide` (k x n), whose values are the lanes, and `two` (k x 2), both as they lie: C has two columns
 * (`columns`) or two rows.
 */
export function addOuter(n: i32, k: i32, wide: usize, two: usize, c: usize, columns: bool): void {
  const row = <usize>n << 2, end = two + (<usize>k << 3)
  for (; n > 0; n -= 8) {
    let x0 = splat<f32>(0), x1 = x0, y0 = x0, y1 = x0
    for (let at = wide, x = two; x != end; x += 8, at += row) {
      const u = loadSplat<f32>(x), v = loadSplat<f32>(x + 4), z0 = v128.load(at), z1 = v128.load(at, 16)
      x0 = madd<f32>(u, z0, x0)
      x1 = madd<f32>(u, z1, x1)
      y0 = madd<f32>(v, z0, y0)
      y1 = madd<f32>(v, z1, y1)
    }
    let next = c + row, count = n, rest = n
    if (columns) {
      const swap = v128.shuffle<f32>(x0, y0, 2, 6, 3, 7)
      x0 = v128.shuffle<f32>(x0, y0, 0, 4, 1, 5)
      y0 = v128.shuffle<f32>(x1, y1, 0, 4, 1, 5)
      y1 = v128.shuffle<f32>(x1, y1, 2, 6, 3, 7)
      x1 = swap
      next = c + 32
      count = n << 1
      rest = count - 8
    }
    addTo(c, x0, count)
    addTo(c + 16, x1, count - 4)
    addTo(next, y0, rest)
    addTo(next + 16, y1, rest - 4)
    wide += 32
    c += columns ? 64 : 32
  }
}
