import {
  FIELD_DIM, FIELD_HOST, FIELD_ID, FIELD_KIND, FIELD_LAYERS, FIELD_LAYER_PACKED, FIELD_LAYER_PARAMS, FIELD_OPS,
  FIELD_OP_COUNT, FIELD_OUT, FIELD_PACKED, FIELD_PARAMS,
  FIELD_REG_COUNT, FIELD_WIDTHS, OP_A, OP_ACTIVATE, OP_ADD, OP_BIAS, OP_BYTES, OP_CODE, OP_CONCAT, OP_DENSE, OP_DST, OP_MUL,
  OP_PACK, OP_PACK_T, OP_SCALE, OP_SLICE, OP_TIME, OP_WEIGHT,
} from '../abi'
import { valueAt } from '../kernels/either'
import { pack, panelWidth } from '../kernels/pack'
import { arenaAlloc, arenaAlloc64 } from '../memory/arena'
import { blend, blends, blendTranspose } from './blend'
import { HELD_SLOPES, heldDone, HELD_UNITS, hold, kinked, unitsOf } from './held'
import { field } from './host'
import {
  activation, activationTranspose, concat, concatTranspose, dense, denseTranspose, product, productTranspose, scaling,
  register, scalingTranspose, slice, sliceTranspose, sum, sumTranspose, time, timeTranspose, width,
} from './ops'

// An evaluator is a field at work on one batch: its register tables and its counts. One per solve.
export const EVAL_FIELD: usize = 0
export const EVAL_BATCH: usize = 4
const EVAL_NFE: usize = 8
const EVAL_REGISTERS: usize = 12
const EVAL_COTANGENTS: usize = 16
const EVAL_TABLES: usize = 20
/** The parameter set in use: its panels, and where its parameters begin (bytes into the block). */
const EVAL_PACKED: usize = 24
const EVAL_LAYER: usize = 28
/** Room for one packed operand of a weight gradient; 0 for small batches. */
const EVAL_SCRATCH: usize = 32
/** Where parameters follow time: the times of the kept stages (f64), and room for the cotangent of one parameter set. */
const EVAL_TIMES: usize = 36
const EVAL_SET: usize = 40
/** What `step/linearise` keeps with an evaluator; 0 = nothing. */
export const EVAL_LINEAR: usize = 44
/** The pattern that is held (`held`); 0 = every unit follows its sign. */
export const EVAL_HELD: usize = 48
const EVAL_SIZE: usize = 52

/** Rows of a batch from which on a weight gradient packs its operand. */
const PACK_ROWS: i32 = 64

/** Pointers to a fresh block [batch, width] for every register. */
function registerTable<T>(arena: usize, f: usize, batch: i32): usize {
  const count = load<i32>(f, FIELD_REG_COUNT)
  const widths = load<usize>(f, FIELD_WIDTHS)
  const table = arenaAlloc(arena, <usize>count << 2)
  for (let i: usize = 0; i < <usize>count; i++) {
    const bytes = <u64>load<i32>(widths + (i << 2)) * <u64>batch * sizeof<T>()
    store<usize>(table + (i << 2), arenaAlloc64(arena, bytes))
  }
  return table
}

/** An evaluator with one set of registers. */
export function evaluator<T>(arena: usize, f: usize, batch: i32): usize {
  const e = arenaAlloc(arena, EVAL_SIZE)
  store<usize>(e, f, EVAL_FIELD)
  store<i32>(e, batch, EVAL_BATCH)
  const panels = blends(f)
    ? arenaAlloc64(arena, <u64>load<i32>(f, FIELD_LAYER_PACKED) * sizeof<T>())
    : load<usize>(f, FIELD_PACKED)
  store<usize>(e, panels, EVAL_PACKED)
  if (load<i32>(f, FIELD_KIND) != FIELD_HOST) store<usize>(e, registerTable<T>(arena, f, batch), EVAL_REGISTERS)
  return e
}

/** Adds what a transpose of `stages` evaluations needs: a set of registers for each, and one set of cotangents. */
export function evaluatorTranspose<T>(arena: usize, e: usize, stages: i32): void {
  const f = load<usize>(e, EVAL_FIELD), batch = load<i32>(e, EVAL_BATCH)
  const tables = arenaAlloc(arena, <usize>stages << 2)
  for (let i: usize = 0; i < <usize>stages; i++) store<usize>(tables + (i << 2), registerTable<T>(arena, f, batch))
  store<usize>(e, tables, EVAL_TABLES)
  store<usize>(e, registerTable<T>(arena, f, batch), EVAL_COTANGENTS)
  if (blends(f)) {
    store<usize>(e, arenaAlloc(arena, <usize>stages << 3), EVAL_TIMES)
    store<usize>(e, arenaAlloc64(arena, <u64>load<i32>(f, FIELD_LAYER_PARAMS) * sizeof<T>()), EVAL_SET)
  }
  if (batch >= PACK_ROWS) {
    const bytes = <u64>(widest(f) + panelWidth<T>()) * <u64>(batch + 1) * sizeof<T>()
    store<usize>(e, arenaAlloc64(arena, bytes), EVAL_SCRATCH)
  }
}

/** Width of the widest register. */
function widest(f: usize): i32 {
  const widths = load<usize>(f, FIELD_WIDTHS)
  let most = 0
  for (let i: usize = 0; i < load<usize>(f, FIELD_REG_COUNT); i++) most = max<i32>(most, load<i32>(widths + (i << 2)))
  return most
}

/** Lets the evaluator use the parameter set of step `index`. */
export function useLayer<T>(e: usize, index: i32): void {
  const f = load<usize>(e, EVAL_FIELD), layers = load<i32>(f, FIELD_LAYERS)
  if (layers <= 1 || blends(f)) return
  const layer = <usize>(index % layers) * sizeof<T>()
  store<usize>(e, load<usize>(f, FIELD_PACKED) + layer * load<usize>(f, FIELD_LAYER_PACKED), EVAL_PACKED)
  store<usize>(e, layer * load<usize>(f, FIELD_LAYER_PARAMS), EVAL_LAYER)
}

/** Does every step have parameters of its own? */
export function layered(e: usize): bool {
  const f = load<usize>(e, EVAL_FIELD)
  return load<i32>(f, FIELD_LAYERS) > 1 && !blends(f)
}

/** Number of field evaluations so far. */
export function evaluations(e: usize): i32 {
  return load<i32>(e, EVAL_NFE)
}

/** Packs the weights of every dense op in every parameter set; due whenever the parameters have changed. */
export function packField<T>(f: usize): void {
  let params = load<usize>(f, FIELD_PARAMS), packed = load<usize>(f, FIELD_PACKED)
  for (let i = load<i32>(f, FIELD_LAYERS); i > 0; i--) {
    packLayer<T>(f, params, packed)
    params += load<usize>(f, FIELD_LAYER_PARAMS) * sizeof<T>()
    packed += load<usize>(f, FIELD_LAYER_PACKED) * sizeof<T>()
  }
}

function packLayer<T>(f: usize, params: usize, packed: usize): void {
  const widths = load<usize>(f, FIELD_WIDTHS)
  let op = load<usize>(f, FIELD_OPS)
  const size = <usize>sizeof<T>()
  for (let i = load<i32>(f, FIELD_OP_COUNT); i > 0; i--, op += OP_BYTES) {
    if (load<i32>(op, OP_CODE) != OP_DENSE) continue
    const m = width(widths, op, OP_A), n = width(widths, op, OP_DST)
    const weight = params + <usize>load<i32>(op, OP_WEIGHT) * size
    const bias = load<i32>(op, OP_BIAS)
    pack<T>(m, n, weight, 1, m, bias < 0 ? 0 : params + <usize>bias * size, packed + <usize>load<i32>(op, OP_PACK) * size)
    const t = load<i32>(op, OP_PACK_T)
    if (WHOLE && t >= 0) pack<T>(n, m, weight, m, 1, 0, packed + <usize>t * size)
  }
}

/** Runs the program on the registers `r`; `keep` also stores what the transposes need. */
function forward<T>(e: usize, r: usize, t: f64, y: usize, dy: usize, keep: bool): void {
  const f = load<usize>(e, EVAL_FIELD)
  const w = load<usize>(f, FIELD_WIDTHS), packed = load<usize>(e, EVAL_PACKED)
  const batch = load<i32>(e, EVAL_BATCH)
  if (blends(f)) blend<T>(f, t, packed)
  // The first register is the state and the last result is the derivative: no copies.
  store<usize>(r, y)
  store<usize>(r + (<usize>load<i32>(f, FIELD_OUT) << 2), dy)
  const held = WHOLE ? load<usize>(e, EVAL_HELD) : 0
  let op = load<usize>(f, FIELD_OPS), unit = 0
  for (let i = load<i32>(f, FIELD_OP_COUNT); i > 0; i--, op += OP_BYTES) {
    if (WHOLE && held && kinked(op)) {
      hold<T>(held, unit, op, r, w, packed)
      unit += unitsOf(op, batch, w, sizeof<T>() == 8)
      continue
    }
    switch (load<i32>(op, OP_CODE)) {
      case OP_DENSE: dense<T>(op, batch, r, w, packed, keep); break
      case OP_ACTIVATE: activation<T>(op, batch, r, w); break
      case OP_ADD: sum<T>(op, batch, r, w); break
      case OP_MUL: product<T>(op, batch, r, w); break
      case OP_SCALE: scaling<T>(op, batch, r, w); break
      case OP_CONCAT: concat<T>(op, batch, r, w); break
      case OP_SLICE: slice<T>(op, batch, r, w); break
      case OP_TIME: time<T>(op, batch, r, t); break
      default: unreachable()
    }
  }
  if (WHOLE && held) heldDone(held)
}

/** dy = f(t, y) */
export function evaluate<T>(e: usize, t: f64, y: usize, dy: usize): void {
  store<i32>(e, load<i32>(e, EVAL_NFE) + 1, EVAL_NFE)
  const f = load<usize>(e, EVAL_FIELD)
  if (load<i32>(f, FIELD_KIND) == FIELD_HOST) field(load<i32>(f, FIELD_ID), t, y, dy)
  else forward<T>(e, load<usize>(e, EVAL_REGISTERS), t, y, dy, false)
}

/** dy = f(t, y) in the precision of the state, `wide` being f64. */
export function evaluateEither(e: usize, t: f64, y: usize, dy: usize, wide: bool): void {
  if (wide) evaluate<f64>(e, t, y, dy)
  else evaluate<f32>(e, t, y, dy)
}

/** dy = f(t, y), keeping the registers of this evaluation as those of `stage` for `evaluateTranspose`. */
export function evaluateKeep<T>(e: usize, stage: i32, t: f64, y: usize, dy: usize): void {
  store<i32>(e, load<i32>(e, EVAL_NFE) + 1, EVAL_NFE)
  const times = load<usize>(e, EVAL_TIMES)
  if (times) store<f64>(times + (<usize>stage << 3), t)
  forward<T>(e, load<usize>(load<usize>(e, EVAL_TABLES) + (<usize>stage << 2)), t, y, dy, true)
}

/**
 * The transpose of the kept evaluation `stage`: from g = cotangent of dy (used up), gy = cotangent of y (overwritten),
 * gp += cotangent of the parameters (0 = not wanted). Returns the cotangent of t.
 */
export function evaluateTranspose<T>(e: usize, stage: i32, g: usize, gy: usize, gp: usize): f64 {
  const f = load<usize>(e, EVAL_FIELD), times = load<usize>(e, EVAL_TIMES)
  if (!times) return transpose<T>(e, stage, g, gy, gp ? gp + load<usize>(e, EVAL_LAYER) : 0)
  const t = load<f64>(times + (<usize>stage << 3)), set = load<usize>(e, EVAL_SET)
  blend<T>(f, t, load<usize>(e, EVAL_PACKED))
  memory.fill(set, 0, load<usize>(f, FIELD_LAYER_PARAMS) * sizeof<T>())
  const gt = transpose<T>(e, stage, g, gy, set)
  return gt + blendTranspose<T>(f, t, set, gp)
}

/** The same on the panels in use; gp: cotangent of the set in use. */
function transpose<T>(e: usize, stage: i32, g: usize, gy: usize, gp: usize): f64 {
  const f = load<usize>(e, EVAL_FIELD)
  const w = load<usize>(f, FIELD_WIDTHS), packed = load<usize>(e, EVAL_PACKED)
  const batch = load<i32>(e, EVAL_BATCH)
  const r = load<usize>(load<usize>(e, EVAL_TABLES) + (<usize>stage << 2))
  const d = load<usize>(e, EVAL_COTANGENTS)
  store<usize>(d, gy)
  store<usize>(d + (<usize>load<i32>(f, FIELD_OUT) << 2), g)
  // A field need not use its state (y' = t): every op that does adds to zeros.
  memory.fill(gy, 0, <usize>batch * load<i32>(f, FIELD_DIM) * sizeof<T>())
  const held = load<usize>(e, EVAL_HELD)
  let gt: f64 = 0, unit = held ? load<i32>(held, HELD_UNITS) : 0
  let op = load<usize>(f, FIELD_OPS) + <usize>load<i32>(f, FIELD_OP_COUNT) * OP_BYTES
  for (let i = load<i32>(f, FIELD_OP_COUNT); i > 0; i--) {
    op -= OP_BYTES
    let slopes: usize = 0
    if (held && kinked(op)) {
      unit -= unitsOf(op, batch, w, sizeof<T>() == 8)
      slopes = load<usize>(held, HELD_SLOPES) + <usize>unit * sizeof<T>()
    }
    switch (load<i32>(op, OP_CODE)) {
      case OP_DENSE: denseTranspose<T>(op, batch, r, d, w, packed, gp, load<usize>(e, EVAL_SCRATCH), slopes); break
      case OP_ACTIVATE: activationTranspose<T>(op, batch, r, d, w, slopes); break
      case OP_ADD: sumTranspose<T>(op, batch, d, w); break
      case OP_MUL: productTranspose<T>(op, batch, r, d, w); break
      case OP_SCALE: scalingTranspose<T>(op, batch, d, w); break
      case OP_CONCAT: concatTranspose<T>(op, batch, d, w); break
      case OP_SLICE: sliceTranspose<T>(op, batch, d, w); break
      case OP_TIME: gt += timeTranspose<T>(op, batch, d); break
      default: unreachable()
    }
  }
  return gt
}

/**
 * After a transpose: the cotangent of time of each row, added to `rates` (f64, `stride` apart). That of parameters which follow
 * time is not in it.
 */
export function addTimeCotangents(e: usize, stride: i32, rates: usize, wide: bool): void {
  const f = load<usize>(e, EVAL_FIELD), d = load<usize>(e, EVAL_COTANGENTS)
  let op = load<usize>(f, FIELD_OPS)
  for (let i = load<i32>(f, FIELD_OP_COUNT); i > 0; i--, op += OP_BYTES) {
    if (load<i32>(op, OP_CODE) != OP_TIME) continue
    for (let j = 0; j < load<i32>(e, EVAL_BATCH); j++) {
      const at = rates + (<usize>(j * stride) << 3)
      store<f64>(at, load<f64>(at) + valueAt(register(d, op, OP_DST), j, wide))
    }
  }
}
