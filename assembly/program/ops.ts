import {
  FLAG_ADD_A, FLAG_ADD_B, OP_A, OP_ACT, OP_B, OP_BIAS, OP_DST, OP_FACTOR, OP_FLAGS, OP_FROM, OP_PACK,
  OP_PACK_T, OP_PRE, OP_WEIGHT,
} from '../abi'
import {
  activateEither, activateTransposeEither, addColumnSumsEither, addEither, axpyEither, bytesOf, divideEither, gemmAddEither,
  gemmPackedEither, innerProductEither, moveColumnsEither, mulAddEither, mulEither, packEither, pickEither, scaleEither, setValueAt, valueAt, valueBytes,
} from '../kernels/either'
import { ACT_IDENTITY } from '../activations'

// The op table: each op's forward and transpose together. A register is a row-major block [batch, width]; `r` is the table
// of register pointers, `d` the table of their cotangents, `w` the table of their widths, all indexed by register.
// A transpose reads the cotangent of DST and writes (or adds to, by the op's flags) those of A and B.

@inline
export function register(table: usize, op: usize, field: usize): usize {
  return load<usize>(table + (<usize>load<i32>(op + field) << 2))
}

@inline
export function width(w: usize, op: usize, field: usize): i32 {
  return load<i32>(w + (<usize>load<i32>(op + field) << 2))
}

@inline
function adds(op: usize, flag: i32): bool {
  return (load<i32>(op, OP_FLAGS) & flag) != 0
}

/** Copies the first row of DST to all others: of an op that was done for one (abi, FLAG_SPREAD). By doublings. */
export function spread(op: usize, batch: i32, r: usize, w: usize, wide: bool): void {
  const dst = register(r, op, OP_DST), row = bytesOf(width(w, op, OP_DST), wide), end = <usize>batch * row
  for (let done = row; done < end; done <<= 1) memory.copy(dst + done, dst, min<usize>(done, end - done))
}

/** Adds the cotangents of all rows up in that of the first. */
export function spreadTranspose(op: usize, batch: i32, d: usize, w: usize, wide: bool): void {
  const n = width(w, op, OP_DST), g = register(d, op, OP_DST)
  addColumnSumsEither(batch - 1, n, g + bytesOf(n, wide), g, wide)
}

/** DST = act(A W^T + b), W [out, in] in the parameters and packed. */
export function dense(op: usize, batch: i32, r: usize, w: usize, packed: usize, keep: bool, wide: bool): void {
  const m = width(w, op, OP_A), n = width(w, op, OP_DST)
  const panels = packed + <usize>load<i32>(op, OP_PACK) * valueBytes(wide)
  const id = load<i32>(op, OP_ACT)
  const a = register(r, op, OP_A), dst = register(r, op, OP_DST)
  if (WHOLE && keep && load<i32>(op, OP_PRE) >= 0) {
    const pre = register(r, op, OP_PRE)
    gemmPackedEither(batch, n, m, a, m, 1, panels, pre, false, ACT_IDENTITY, wide)
    activateEither(batch * n, id, pre, dst, wide)
  } else gemmPackedEither(batch, n, m, a, m, 1, panels, dst, false, id, wide)
}

/**
 * dZ = dDST * act', then dA (+)= dZ W, dW += dZ^T A, db += column sums of dZ. dDST is used up. `scratch` has room for A packed,
 * or is 0: then the batch is too small for packing to pay, and A is read as it lies. The bits are the same. `slopes`: those of
 * the activation where they are held, or 0.
 */
export function denseTranspose(
  op: usize, batch: i32, r: usize, d: usize, w: usize, packed: usize, gp: usize, scratch: usize, slopes: usize, wide: bool,
): void {
  const m = width(w, op, OP_A), n = width(w, op, OP_DST)
  const dz = register(d, op, OP_DST), a = register(r, op, OP_A)
  const id = load<i32>(op, OP_ACT)
  if (slopes) mulEither(batch * n, dz, slopes, dz, wide)
  else if (id != ACT_IDENTITY) {
    const y = register(r, op, OP_DST)
    activateTransposeEither(batch * n, id, load<i32>(op, OP_PRE) >= 0 ? register(r, op, OP_PRE) : y, y, dz, wide)
  }
  const panels = packed + <usize>load<i32>(op, OP_PACK_T) * valueBytes(wide)
  gemmPackedEither(batch, m, n, dz, n, 1, panels, register(d, op, OP_A), adds(op, FLAG_ADD_A), ACT_IDENTITY, wide)
  if (!gp) return
  const dw = gp + <usize>load<i32>(op, OP_WEIGHT) * valueBytes(wide)
  // Rows so short lie almost as in a panel.
  if (scratch && m * <i32>valueBytes(wide) > 256) {
    packEither(batch, m, a, m, 1, 0, scratch, wide)
    gemmPackedEither(n, m, batch, dz, 1, n, scratch, dw, true, ACT_IDENTITY, wide)
  } else gemmAddEither(n, m, batch, dz, 1, n, a, dw, wide)
  const bias = load<i32>(op, OP_BIAS)
  if (bias >= 0) addColumnSumsEither(batch, n, dz, gp + <usize>bias * valueBytes(wide), wide)
}

/** DST = act(A) */
export function activation(op: usize, batch: i32, r: usize, w: usize, wide: bool): void {
  activateEither(batch * width(w, op, OP_DST), load<i32>(op, OP_ACT), register(r, op, OP_A), register(r, op, OP_DST), wide)
}

export function activationTranspose(op: usize, batch: i32, r: usize, d: usize, w: usize, slopes: usize, wide: bool): void {
  const n = batch * width(w, op, OP_DST)
  const g = register(d, op, OP_DST)
  if (slopes) mulEither(n, g, slopes, g, wide)
  else activateTransposeEither(n, load<i32>(op, OP_ACT), register(r, op, OP_A), register(r, op, OP_DST), g, wide)
  pass(n, g, register(d, op, OP_A), adds(op, FLAG_ADD_A), wide)
}

/** Hands a cotangent on: out = g or out += g. */
function pass(n: i32, g: usize, out: usize, adding: bool, wide: bool): void {
  if (adding) addEither(n, g, out, out, wide)
  else memory.copy(out, g, <usize>n * valueBytes(wide))
}

/** DST = A + B */
export function sum(op: usize, batch: i32, r: usize, w: usize, wide: bool): void {
  addEither(batch * width(w, op, OP_DST), register(r, op, OP_A), register(r, op, OP_B), register(r, op, OP_DST), wide)
}

export function sumTranspose(op: usize, batch: i32, d: usize, w: usize, wide: bool): void {
  const n = batch * width(w, op, OP_DST)
  const g = register(d, op, OP_DST)
  pass(n, g, register(d, op, OP_A), adds(op, FLAG_ADD_A), wide)
  pass(n, g, register(d, op, OP_B), adds(op, FLAG_ADD_B), wide)
}

/** DST = A * B, elementwise */
export function product(op: usize, batch: i32, r: usize, w: usize, wide: bool): void {
  mulEither(batch * width(w, op, OP_DST), register(r, op, OP_A), register(r, op, OP_B), register(r, op, OP_DST), wide)
}

export function productTranspose(op: usize, batch: i32, r: usize, d: usize, w: usize, wide: bool): void {
  const n = batch * width(w, op, OP_DST)
  const g = register(d, op, OP_DST), a = register(r, op, OP_A), b = register(r, op, OP_B)
  if (adds(op, FLAG_ADD_A)) mulAddEither(n, g, b, register(d, op, OP_A), wide)
  else mulEither(n, g, b, register(d, op, OP_A), wide)
  if (adds(op, FLAG_ADD_B)) mulAddEither(n, g, a, register(d, op, OP_B), wide)
  else mulEither(n, g, a, register(d, op, OP_B), wide)
}

/** DST = factor * A */
export function scaling(op: usize, batch: i32, r: usize, w: usize, wide: bool): void {
  scaleEither(batch * width(w, op, OP_DST), load<f64>(op, OP_FACTOR), register(r, op, OP_A), register(r, op, OP_DST), wide)
}

export function scalingTranspose(op: usize, batch: i32, d: usize, w: usize, wide: bool): void {
  const n = batch * width(w, op, OP_DST)
  const factor = load<f64>(op, OP_FACTOR)
  if (adds(op, FLAG_ADD_A)) axpyEither(n, factor, register(d, op, OP_DST), register(d, op, OP_A), wide)
  else scaleEither(n, factor, register(d, op, OP_DST), register(d, op, OP_A), wide)
}

/** DST = [A | B], columns side by side */
export function concat(op: usize, batch: i32, r: usize, w: usize, wide: bool): void {
  const a = width(w, op, OP_A), b = width(w, op, OP_B)
  const dst = register(r, op, OP_DST)
  moveColumnsEither(batch, a, register(r, op, OP_A), a, dst, a + b, false, wide)
  moveColumnsEither(batch, b, register(r, op, OP_B), b, dst + <usize>a * valueBytes(wide), a + b, false, wide)
}

export function concatTranspose(op: usize, batch: i32, d: usize, w: usize, wide: bool): void {
  const a = width(w, op, OP_A), b = width(w, op, OP_B)
  const g = register(d, op, OP_DST)
  moveColumnsEither(batch, a, g, a + b, register(d, op, OP_A), a, adds(op, FLAG_ADD_A), wide)
  moveColumnsEither(batch, b, g + <usize>a * valueBytes(wide), a + b, register(d, op, OP_B), b, adds(op, FLAG_ADD_B), wide)
}

/** DST = columns FROM ... FROM + width of A */
export function slice(op: usize, batch: i32, r: usize, w: usize, wide: bool): void {
  const n = width(w, op, OP_DST)
  const from = <usize>load<i32>(op, OP_FROM) * valueBytes(wide)
  moveColumnsEither(batch, n, register(r, op, OP_A) + from, width(w, op, OP_A), register(r, op, OP_DST), n, false, wide)
}

export function sliceTranspose(op: usize, batch: i32, d: usize, w: usize, wide: bool): void {
  const n = width(w, op, OP_DST), m = width(w, op, OP_A)
  const from = <usize>load<i32>(op, OP_FROM) * valueBytes(wide)
  const da = register(d, op, OP_A)
  if (!adds(op, FLAG_ADD_A)) memory.fill(da, 0, <usize>batch * m * valueBytes(wide))
  moveColumnsEither(batch, n, register(d, op, OP_DST), n, da + from, m, true, wide)
}

/** DST_j = A_(i_j): columns in any order and number; with `back` DST_(i_j) = sum of A_j, its transpose. */
export function gather(op: usize, batch: i32, r: usize, w: usize, back: bool, wide: bool): void {
  const n = width(w, op, OP_DST), dst = register(r, op, OP_DST)
  if (back) memory.fill(dst, 0, <usize>batch * n * valueBytes(wide))
  pickEither(batch, load<usize>(op, OP_PACK), register(r, op, OP_A), width(w, op, OP_A), dst, n, back, back, wide)
}

export function gatherTranspose(op: usize, batch: i32, d: usize, w: usize, back: bool, wide: bool): void {
  const m = width(w, op, OP_A), da = register(d, op, OP_A), adding = adds(op, FLAG_ADD_A)
  if (!back && !adding) memory.fill(da, 0, <usize>batch * m * valueBytes(wide))
  pickEither(batch, load<usize>(op, OP_PACK), register(d, op, OP_DST), width(w, op, OP_DST), da, m, !back, !back || adding, wide)
}

/** DST = A / B, elementwise */
export function quotient(op: usize, batch: i32, r: usize, w: usize, wide: bool): void {
  divideEither(batch * width(w, op, OP_DST), register(r, op, OP_A), register(r, op, OP_B), register(r, op, OP_DST), wide)
}

/** dA (+)= dDST / B, dB (+)= -DST (dDST / B). dDST is used up. */
export function quotientTranspose(op: usize, batch: i32, r: usize, d: usize, w: usize, wide: bool): void {
  const n = batch * width(w, op, OP_DST), g = register(d, op, OP_DST), db = register(d, op, OP_B)
  divideEither(n, g, register(r, op, OP_B), g, wide)
  pass(n, g, register(d, op, OP_A), adds(op, FLAG_ADD_A), wide)
  mulEither(n, g, register(r, op, OP_DST), g, wide)
  if (adds(op, FLAG_ADD_B)) axpyEither(n, -1, g, db, wide)
  else scaleEither(n, -1, g, db, wide)
}

/** For every row z (+)= <x, y>, summed in f64. */
function rowProducts(batch: i32, n: i32, x: usize, y: usize, z: usize, adding: bool, wide: bool): void {
  const bytes = bytesOf(n, wide)
  for (let i = 0; i < batch; i++, x += bytes, y += bytes) {
    setValueAt(z, i, wide, innerProductEither(n, x, y, wide) + (adding ? valueAt(z, i, wide) : 0))
  }
}

/** For every row y (+)= c x, with a column c. Rows are whole vectors (`src/program/row-ops`). */
function scaledRows(batch: i32, n: i32, c: usize, x: usize, y: usize, adding: bool, wide: bool): void {
  const bytes = bytesOf(n, wide)
  for (let i = 0; i < batch; i++, x += bytes, y += bytes) {
    if (adding) axpyEither(n, valueAt(c, i, wide), x, y, wide)
    else scaleEither(n, valueAt(c, i, wide), x, y, wide)
  }
}

/** DST (one column) = the inner products of the rows of A and B; `out`: the rows of B, each times its value in the column A. */
export function rows(op: usize, batch: i32, r: usize, w: usize, out: bool, wide: bool): void {
  const n = width(w, op, OP_B), a = register(r, op, OP_A), b = register(r, op, OP_B), dst = register(r, op, OP_DST)
  if (out) scaledRows(batch, n, a, b, dst, false, wide)
  else rowProducts(batch, n, a, b, dst, false, wide)
}

export function rowsTranspose(op: usize, batch: i32, r: usize, d: usize, w: usize, out: bool, wide: bool): void {
  const n = width(w, op, OP_B), a = register(r, op, OP_A), b = register(r, op, OP_B), g = register(d, op, OP_DST)
  const da = register(d, op, OP_A), add = adds(op, FLAG_ADD_A)
  if (out) rowProducts(batch, n, g, b, da, add, wide)
  else scaledRows(batch, n, g, b, da, add, wide)
  scaledRows(batch, n, out ? a : g, out ? g : a, register(d, op, OP_B), adds(op, FLAG_ADD_B), wide)
}

/** DST (one column) = t */
export function time(op: usize, batch: i32, r: usize, t: f64, wide: bool): void {
  const dst = register(r, op, OP_DST)
  for (let i: usize = 0; i < <usize>batch; i++) setValueAt(dst, <i32>i, wide, t)
}

/** DST (one column) = the times of the rows (f64) */
export function rowTimes(op: usize, batch: i32, r: usize, times: usize, wide: bool): void {
  const dst = register(r, op, OP_DST)
  for (let i: usize = 0; i < <usize>batch; i++) setValueAt(dst, <i32>i, wide, load<f64>(times + (i << 3)))
}

/** The cotangent of t: the sum of the column. */
export function timeTranspose(op: usize, batch: i32, d: usize, wide: bool): f64 {
  const g = register(d, op, OP_DST)
  let s: f64 = 0
  for (let i: usize = 0; i < <usize>batch; i++) s += valueAt(g, <i32>i, wide)
  return s
}
