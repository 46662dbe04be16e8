import {
  OP_DST, OP_FROM, SIGNAL_COEFFICIENTS, SIGNAL_COUNT, SIGNAL_DEGREE, SIGNAL_GRADIENT, SIGNAL_KNOTS, SIGNAL_LENGTH, SIGNAL_ORDER, SIGNAL_PIECE,
  SIGNAL_SIDED,
} from '../abi'
import { bytesOf, setValueAt, valueAt } from '../kernels/either'
import { register, width } from './ops'

// An input that depends on time alone, u(t) or u'(t) of a signal: piecewise polynomials in f64, rounded to the state's precision at
// the end. Its transpose gives a cotangent of time, and of the coefficients.

@inline
function knot(s: usize, i: i32): f64 {
  return load<f64>(load<usize>(s, SIGNAL_KNOTS) + (<usize>i << 3))
}

/** The piece that t lies in; at a knot the one that begins there. */
function pieceAt(s: usize, t: f64): i32 {
  let low = 0, high = load<i32>(s, SIGNAL_COUNT)
  while (low < high) {
    const middle = (low + high) >> 1
    if (knot(s, middle) <= t) low = middle + 1
    else high = middle
  }
  return low
}

/** Steps that begin at t, towards a later or an earlier time, lie in this piece. */
export function enterPiece(s: usize, t: f64, towards: f64): void {
  if (!load<i32>(s, SIGNAL_SIDED)) return
  const piece = pieceAt(s, t)
  store<i32>(s, piece > 0 && towards < t && knot(s, piece - 1) == t ? piece - 1 : piece, SIGNAL_PIECE)
}

/** The piece to be asked at t: at a knot where derivative `order` jumps the one of the step. */
function pieceFor(s: usize, t: f64, order: i32): i32 {
  const piece = pieceAt(s, t), count = load<i32>(s, SIGNAL_COUNT)
  if (!order || piece != load<i32>(s, SIGNAL_PIECE) + 1 || piece == 0 || knot(s, piece - 1) != t) return piece
  // A cubic bends at its ends alone. Within, one side only is asked: the other may round otherwise.
  return load<i32>(s, SIGNAL_DEGREE) == 1 || piece == 1 || piece == count ? piece - 1 : piece
}

/** Derivative `order` of value i at t, in a piece. */
function derivative(s: usize, piece: i32, i: i32, t: f64, order: i32): f64 {
  const degree = load<i32>(s, SIGNAL_DEGREE), stride = <usize>load<i32>(s, SIGNAL_LENGTH) << 3
  const at = load<usize>(s, SIGNAL_COEFFICIENTS) + <usize>piece * (degree + 1) * stride + (<usize>i << 3)
  const x = t - knot(s, max(piece - 1, 0))
  let value: f64 = 0
  for (let j = degree; j >= order; j--) {
    let c = load<f64>(at + <usize>j * stride)
    for (let m = 0; m < order; m++) c *= <f64>(j - m)
    value = value * x + c
  }
  return value
}

/** Where the values of a row begin, n of them. */
function pathOf(s: usize, row: i32, n: i32): i32 {
  if (load<i32>(s, SIGNAL_LENGTH) == n) return 0
  const order = load<usize>(s, SIGNAL_ORDER)
  return (order ? load<i32>(order + (<usize>row << 2)) : row) * n
}

/** DST = u(t), or u'(t) */
export function signal(op: usize, batch: i32, r: usize, w: usize, s: usize, t: f64, wide: bool): void {
  const n = width(w, op, OP_DST), dst = register(r, op, OP_DST), order = load<i32>(op, OP_FROM)
  const piece = pieceFor(s, t, order), bytes = bytesOf(n, wide)
  const own = load<i32>(s, SIGNAL_LENGTH) == n ? 1 : batch
  for (let row = 0; row < own; row++) {
    const from = pathOf(s, row, n)
    for (let i = 0; i < n; i++) setValueAt(dst, row * n + i, wide, derivative(s, piece, from + i, t, order))
  }
  for (let row = own; row < batch; row++) memory.copy(dst + <usize>row * bytes, dst, bytes)
}

/** The cotangent of t that a row has: <g, u'>, or <g, u''>. */
export function signalRowTranspose(op: usize, row: i32, d: usize, w: usize, s: usize, t: f64, wide: bool): f64 {
  const n = width(w, op, OP_DST), g = register(d, op, OP_DST), order = load<i32>(op, OP_FROM) + 1
  const from = pathOf(s, row, n), piece = pieceFor(s, t, order)
  let rate: f64 = 0
  for (let i = 0; i < n; i++) rate += valueAt(g, row * n + i, wide) * derivative(s, piece, from + i, t, order)
  return rate
}

/** Adds the cotangents of the coefficients that DST is made of, where these are wanted. */
function charge(op: usize, batch: i32, d: usize, w: usize, s: usize, t: f64, wide: bool): void {
  const gradient = load<usize>(s, SIGNAL_GRADIENT)
  if (!gradient) return
  const n = width(w, op, OP_DST), g = register(d, op, OP_DST), order = load<i32>(op, OP_FROM), degree = load<i32>(s, SIGNAL_DEGREE)
  const piece = pieceFor(s, t, order), x = t - knot(s, max(piece - 1, 0)), length = load<i32>(s, SIGNAL_LENGTH)
  let power: f64 = 1
  for (let j = order; j <= degree; j++, power *= x) {
    let factor = power
    for (let m = 0; m < order; m++) factor *= <f64>(j - m)
    for (let row = 0; row < batch; row++) {
      const from = gradient + (<usize>((piece * (degree + 1) + j) * length + pathOf(s, row, n)) << 3)
      for (let i = 0; i < n; i++) {
        const at = from + (<usize>i << 3)
        store<f64>(at, load<f64>(at) + factor * valueAt(g, row * n + i, wide))
      }
    }
  }
}

/** The cotangent of t, the sum over the rows; and that of the coefficients. */
export function signalTranspose(op: usize, batch: i32, d: usize, w: usize, s: usize, t: f64, wide: bool): f64 {
  let rate: f64 = 0
  charge(op, batch, d, w, s, t, wide)
  for (let i = 0; i < batch; i++) rate += signalRowTranspose(op, i, d, w, s, t, wide)
  return rate
}
