import {
  FLAG_ADD_A, FLAG_ADD_B, OP_A, OP_ACT, OP_B, OP_BIAS, OP_DST, OP_FACTOR, OP_FLAGS, OP_FROM, OP_PACK,
  OP_PACK_T, OP_PRE, OP_WEIGHT,
} from '../abi'
import { ACT_IDENTITY } from '../activations'
import { activate, activateTranspose, add, addColumns, axpy, copyColumns, mul, mulAdd, scale } from '../kernels/elementwise'
import { gemmAdd, gemmPacked } from '../kernels/gemm'
import { pack } from '../kernels/pack'
import { addColumnSums } from '../kernels/reduce'

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

/** DST = act(A W^T + b), W [out, in] in the parameters and packed. */
export function dense<T>(op: usize, batch: i32, r: usize, w: usize, packed: usize, keep: bool): void {
  const m = width(w, op, OP_A), n = width(w, op, OP_DST)
  const panels = packed + <usize>load<i32>(op, OP_PACK) * sizeof<T>()
  const id = load<i32>(op, OP_ACT)
  const a = register(r, op, OP_A), dst = register(r, op, OP_DST)
  if (WHOLE && keep && load<i32>(op, OP_PRE) >= 0) {
    const pre = register(r, op, OP_PRE)
    gemmPacked<T>(batch, n, m, a, m, 1, panels, pre, false, ACT_IDENTITY)
    activate<T>(batch * n, id, pre, dst)
  } else gemmPacked<T>(batch, n, m, a, m, 1, panels, dst, false, id)
}

/**
 * dZ = dDST * act', then dA (+)= dZ W, dW += dZ^T A, db += column sums of dZ. dDST is used up. `scratch` has room for A packed,
 * or is 0: then the batch is too small for packing to pay, and A is read as it lies. The bits are the same. `slopes`: those of
 * the activation where they are held, or 0.
 */
export function denseTranspose<T>(
  op: usize, batch: i32, r: usize, d: usize, w: usize, packed: usize, gp: usize, scratch: usize, slopes: usize,
): void {
  const m = width(w, op, OP_A), n = width(w, op, OP_DST)
  const dz = register(d, op, OP_DST), a = register(r, op, OP_A)
  const id = load<i32>(op, OP_ACT)
  if (slopes) mul<T>(batch * n, dz, slopes, dz)
  else if (id != ACT_IDENTITY) {
    const y = register(r, op, OP_DST)
    activateTranspose<T>(batch * n, id, load<i32>(op, OP_PRE) >= 0 ? register(r, op, OP_PRE) : y, y, dz)
  }
  const panels = packed + <usize>load<i32>(op, OP_PACK_T) * sizeof<T>()
  gemmPacked<T>(batch, m, n, dz, n, 1, panels, register(d, op, OP_A), adds(op, FLAG_ADD_A), ACT_IDENTITY)
  if (!gp) return
  const dw = gp + <usize>load<i32>(op, OP_WEIGHT) * sizeof<T>()
  if (scratch) {
    pack<T>(batch, m, a, m, 1, 0, scratch)
    gemmPacked<T>(n, m, batch, dz, 1, n, scratch, dw, true, ACT_IDENTITY)
  } else gemmAdd<T>(n, m, batch, dz, 1, n, a, dw)
  const bias = load<i32>(op, OP_BIAS)
  if (bias >= 0) addColumnSums<T>(batch, n, dz, gp + <usize>bias * sizeof<T>())
}

/** DST = act(A) */
export function activation<T>(op: usize, batch: i32, r: usize, w: usize): void {
  activate<T>(batch * width(w, op, OP_DST), load<i32>(op, OP_ACT), register(r, op, OP_A), register(r, op, OP_DST))
}

export function activationTranspose<T>(op: usize, batch: i32, r: usize, d: usize, w: usize, slopes: usize): void {
  const n = batch * width(w, op, OP_DST)
  const g = register(d, op, OP_DST)
  if (slopes) mul<T>(n, g, slopes, g)
  else activateTranspose<T>(n, load<i32>(op, OP_ACT), register(r, op, OP_A), register(r, op, OP_DST), g)
  pass<T>(n, g, register(d, op, OP_A), adds(op, FLAG_ADD_A))
}

/** Hands a cotangent on: out = g or out += g. */
function pass<T>(n: i32, g: usize, out: usize, adding: bool): void {
  if (adding) add<T>(n, g, out, out)
  else memory.copy(out, g, <usize>n * sizeof<T>())
}

/** DST = A + B */
export function sum<T>(op: usize, batch: i32, r: usize, w: usize): void {
  add<T>(batch * width(w, op, OP_DST), register(r, op, OP_A), register(r, op, OP_B), register(r, op, OP_DST))
}

export function sumTranspose<T>(op: usize, batch: i32, d: usize, w: usize): void {
  const n = batch * width(w, op, OP_DST)
  const g = register(d, op, OP_DST)
  pass<T>(n, g, register(d, op, OP_A), adds(op, FLAG_ADD_A))
  pass<T>(n, g, register(d, op, OP_B), adds(op, FLAG_ADD_B))
}

/** DST = A * B, elementwise */
export function product<T>(op: usize, batch: i32, r: usize, w: usize): void {
  mul<T>(batch * width(w, op, OP_DST), register(r, op, OP_A), register(r, op, OP_B), register(r, op, OP_DST))
}

export function productTranspose<T>(op: usize, batch: i32, r: usize, d: usize, w: usize): void {
  const n = batch * width(w, op, OP_DST)
  const g = register(d, op, OP_DST), a = register(r, op, OP_A), b = register(r, op, OP_B)
  if (adds(op, FLAG_ADD_A)) mulAdd<T>(n, g, b, register(d, op, OP_A))
  else mul<T>(n, g, b, register(d, op, OP_A))
  if (adds(op, FLAG_ADD_B)) mulAdd<T>(n, g, a, register(d, op, OP_B))
  else mul<T>(n, g, a, register(d, op, OP_B))
}

/** DST = factor * A */
export function scaling<T>(op: usize, batch: i32, r: usize, w: usize): void {
  scale<T>(batch * width(w, op, OP_DST), load<f64>(op, OP_FACTOR), register(r, op, OP_A), register(r, op, OP_DST))
}

export function scalingTranspose<T>(op: usize, batch: i32, d: usize, w: usize): void {
  const n = batch * width(w, op, OP_DST)
  const factor = load<f64>(op, OP_FACTOR)
  if (adds(op, FLAG_ADD_A)) axpy<T>(n, factor, register(d, op, OP_DST), register(d, op, OP_A))
  else scale<T>(n, factor, register(d, op, OP_DST), register(d, op, OP_A))
}

/** DST = [A | B], columns side by side */
export function concat<T>(op: usize, batch: i32, r: usize, w: usize): void {
  const a = width(w, op, OP_A), b = width(w, op, OP_B)
  const dst = register(r, op, OP_DST)
  copyColumns<T>(batch, a, register(r, op, OP_A), a, dst, a + b)
  copyColumns<T>(batch, b, register(r, op, OP_B), b, dst + <usize>a * sizeof<T>(), a + b)
}

export function concatTranspose<T>(op: usize, batch: i32, d: usize, w: usize): void {
  const a = width(w, op, OP_A), b = width(w, op, OP_B)
  const g = register(d, op, OP_DST), g2 = g + <usize>a * sizeof<T>()
  const da = register(d, op, OP_A), db = register(d, op, OP_B)
  if (adds(op, FLAG_ADD_A)) addColumns<T>(batch, a, g, a + b, da, a)
  else copyColumns<T>(batch, a, g, a + b, da, a)
  if (adds(op, FLAG_ADD_B)) addColumns<T>(batch, b, g2, a + b, db, b)
  else copyColumns<T>(batch, b, g2, a + b, db, b)
}

/** DST = columns FROM ... FROM + width of A */
export function slice<T>(op: usize, batch: i32, r: usize, w: usize): void {
  const n = width(w, op, OP_DST)
  const from = <usize>load<i32>(op, OP_FROM) * sizeof<T>()
  copyColumns<T>(batch, n, register(r, op, OP_A) + from, width(w, op, OP_A), register(r, op, OP_DST), n)
}

export function sliceTranspose<T>(op: usize, batch: i32, d: usize, w: usize): void {
  const n = width(w, op, OP_DST), m = width(w, op, OP_A)
  const from = <usize>load<i32>(op, OP_FROM) * sizeof<T>()
  const da = register(d, op, OP_A)
  if (!adds(op, FLAG_ADD_A)) memory.fill(da, 0, <usize>batch * m * sizeof<T>())
  addColumns<T>(batch, n, register(d, op, OP_DST), n, da + from, m)
}

/** DST (one column) = t */
export function time<T>(op: usize, batch: i32, r: usize, t: f64): void {
  const dst = register(r, op, OP_DST)
  for (let i: usize = 0; i < <usize>batch; i++) store<T>(dst + i * sizeof<T>(), <T>t)
}

/** DST (one column) = the times of the rows (f64) */
export function rowTimes<T>(op: usize, batch: i32, r: usize, times: usize): void {
  const dst = register(r, op, OP_DST)
  for (let i: usize = 0; i < <usize>batch; i++) store<T>(dst + i * sizeof<T>(), <T>load<f64>(times + (i << 3)))
}

/** The cotangent of t: the sum of the column. */
export function timeTranspose<T>(op: usize, batch: i32, d: usize): f64 {
  const g = register(d, op, OP_DST)
  let s: f64 = 0
  for (let i: usize = 0; i < <usize>batch; i++) s += <f64>load<T>(g + i * sizeof<T>())
  return s
}
