import { lanes } from './simd'

// The right operand of a product is packed in panels of 2 vectors of columns (1 vector where at most that many are left),
// each k rows long, so that the tile walks memory in order. Row 0 of a panel is the bias: the accumulators start from it.

/** Columns of a full panel. */
@inline
export function panelWidth<T>(): i32 {
  return 2 * lanes<T>()
}

/**
 * Is a k x n operand in f32 packed for `twoColumns`? A vector then holds two k's of both columns, [b_(0,0) b_(1,0) b_(0,1) b_(1,1)], and
 * that of the biases is [bias_0 0 bias_1 0].
 */
@inline
export function inPairs(k: i32, n: i32): bool {
  return n == 2 && !(k & 1)
}

/** Elements for a packed k x n operand: as many as `pack` writes, or more if they are in pairs. */
export function packedLength<T>(k: i32, n: i32): i32 {
  const width = panelWidth<T>()
  const full = n / width
  const rest = n - full * width
  const tail = rest == 0 ? 0 : rest <= lanes<T>() ? lanes<T>() : width
  return (full * width + tail) * (k + 1)
}

/** Packs B (k x n, element (i, j) at `b + i*rs + j*cs` elements) and the bias (n elements at `bias`, 0 = zeros) into `out`. */
export function pack<T>(k: i32, n: i32, b: usize, rs: i32, cs: i32, bias: usize, out: usize): void {
  const size = <usize>sizeof<T>(), pairs = i32(sizeof<T>() == 4 && inPairs(k, n))
  // From one value to the next: in pairs to the k beside it, and from there to the next column.
  const next = <usize>(pairs ? rs : cs) * size, back = <usize>(cs - rs) * size
  k >>= pairs
  n <<= pairs
  for (let j0 = 0; j0 < n; j0 += panelWidth<T>()) {
    const width = n - j0 <= lanes<T>() ? lanes<T>() : panelWidth<T>()
    for (let j = j0; j < j0 + width; j++) {
      store<T>(out, bias && j < n && !(j & pairs) ? load<T>(bias + <usize>(j >> pairs) * size) : <T>0)
      out += size
    }
    for (let i = 0; i < k; i++) {
      let from = b + (<usize>(i << pairs) * rs + <usize>j0 * cs) * size
      if (WHOLE && cs == 1 && n - j0 >= panelWidth<T>()) {
        v128.store(out, v128.load(from))
        v128.store(out, v128.load(from, 16), 16)
        out += 32
        continue
      }
      for (let j = j0; j < j0 + width; j++) {
        store<T>(out, j < n ? load<T>(from) : <T>0)
        from += j & pairs ? back : next
        out += size
      }
    }
  }
}
