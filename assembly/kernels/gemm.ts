import { ACT_IDENTITY, ACT_RELU } from '../activations'
import { activate } from './activate'
import { inPairs } from './pack'
import { lanes } from './simd'
import { floor, tile1x1, tile1x2, tile1x4, tile1x8, tile4x1, tile4x2, tile6x2 } from './tiles'
import { addOuter, twoColumns, twoTerms } from './two'

// C = act(init + A B), one loop for every product of the core: forward (B = packed W^T), input gradient (B = packed W) and
// weight gradient (A = dZ^T by its strides, B = X as it lies). After BLIS: MR x NR tiles of C in registers (`tiles`), k innermost.
// Each element is one chain of multiply-adds in the order of k whatever the tile, or two where `two` has a kernel of its own: so a row
// has the same bits in any batch.
//
// Strides: rsa, csa between the rows and the k's of A, rsb between the k's of B, rsc between the rows of C, rsi between the
// rows of the initial values (0 = the same bias for every row); all in bytes here.

/** The rows of C that belong to the panel at `b`: `count` columns at `c`. A call for each tile would cost as much as a short tile. */
function panelRows<T>(
  m: i32, k: i32, a: usize, rsa: usize, csa: usize, b: usize, rsb: usize, init: usize, rsi: usize,
  c: usize, rsc: usize, count: i32, activation: i32,
): void {
  const wide = count > lanes<T>(), low = floor<T>(activation)
  if (WHOLE && sizeof<T>() == 4 && k == 2 && !rsi && count >= 2 * lanes<T>()) {
    twoTerms(m, a, rsa, csa, b, rsb, init, c, rsc, low)
    return
  }
  for (; ASC_FEATURE_RELAXED_SIMD && wide && m >= 6; m -= 6) {
    tile6x2<T>(k, a, rsa, csa, b, rsb, init, rsi, c, rsc, count, low)
    a += 6 * rsa
    c += 6 * rsc
    init += 6 * rsi
  }
  for (; m >= 4; m -= 4) {
    if (wide) tile4x2<T>(k, a, rsa, csa, b, rsb, init, rsi, c, rsc, count, low)
    else tile4x1<T>(k, a, rsa, csa, b, rsb, init, rsi, c, rsc, count, low)
    a += rsa << 2
    c += rsc << 2
    init += rsi << 2
  }
  for (; m > 0; m--) {
    if (wide) tile1x2<T>(k, a, csa, b, rsb, init, c, count, low)
    else tile1x1<T>(k, a, csa, b, rsb, init, c, count, low)
    a += rsa
    c += rsc
    init += rsi
  }
}

/**
 * C (m x n, rows contiguous) = act(A B + bias), or C += A B when `add`, with B packed by `pack` (the bias inside).
 * A: element (i, l) at `a + i*rsa + l*csa` elements; csa = 1 where B may be in pairs (`inPairs`).
 */
export function gemmPacked<T>(
  m: i32, n: i32, k: i32, a: usize, rsa: i32, csa: i32, packed: usize, c: usize, add: bool, activation: i32,
): void {
  const start = c
  const size = <usize>sizeof<T>()
  const ra = <usize>rsa * size, ca = <usize>csa * size, rc = <usize>n * size
  const width = 2 * lanes<T>()
  const panelBytes = <usize>(k + 1) * 32
  let j = 0
  if (sizeof<T>() == 4 && inPairs(k, n)) {
    twoColumns(m, k, a, ra, packed, c, add, floor<T>(activation))
    j = n
  }
  if (m == 1 && !add) {
    for (; sizeof<T>() == 4 && j + 4 * width <= n; j += 4 * width) {
      tile1x8<T>(k, a, ca, packed, panelBytes, c, activation)
      packed += 4 * panelBytes
      c += 128
    }
    for (; j + 2 * width <= n; j += 2 * width) {
      tile1x4<T>(k, a, ca, packed, panelBytes, c, activation)
      packed += 2 * panelBytes
      c += 64
    }
  }
  for (; j < n; j += width) {
    const count = n - j
    const rb: usize = count <= lanes<T>() ? 16 : 32
    panelRows<T>(m, k, a, ra, ca, packed + rb, rb, add ? c : packed, add ? rc : 0, c, rc, count, activation)
    packed += panelBytes
    c += 32
  }
  if (activation != ACT_IDENTITY && activation != ACT_RELU) activate<T>(m * n, activation, start, start)
}

/** C (m x n, rows contiguous) += A B with B (k x n) as it lies, rows contiguous: the weight gradient dW += dZ^T X. */
export function gemmAdd<T>(m: i32, n: i32, k: i32, a: usize, rsa: i32, csa: i32, b: usize, c: usize): void {
  const size = <usize>sizeof<T>()
  const rc = <usize>n * size
  const width = 2 * lanes<T>()
  if (sizeof<T>() == 4 && rsa == 1 && n == 2) return addOuter(m, k, a, b, c, true)
  if (sizeof<T>() == 4 && rsa == 1 && m == 2) return addOuter(n, k, b, a, c, false)
  for (let j = 0; j < n; j += width) {
    panelRows<T>(
      m, k, a, <usize>rsa * size, <usize>csa * size, b, rc, c, rc, c, rc, n - j, ACT_IDENTITY,
    )
    b += 32
    c += 32
  }
}
