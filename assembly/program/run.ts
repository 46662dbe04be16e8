import {
  FIELD_ADJOINT, FIELD_DIM, FIELD_HOST, FIELD_ID, FIELD_KIND, FIELD_LAYERS, FIELD_LAYER_PACKED, FIELD_LAYER_PARAMS, FIELD_OF, FIELD_OPS,
  FIELD_OP_COUNT, FIELD_OUT, FIELD_PACKED, FIELD_ROOM, FIELD_ROWS, FIELD_SIGNAL, FIELD_WIDTHS, OP_ACTIVATE, OP_ADD,
  OP_BYTES, OP_CODE, OP_CONCAT, OP_DENSE, OP_DST, OP_GATHER, OP_MUL, OP_SCALE, OP_SCATTER, OP_SIGNAL, OP_SLICE, OP_TIME,
} from '../abi'
import { bytesOf, scaleEither, valueAt, valueBytes } from '../kernels/either'
import { panelWidth } from '../kernels/pack'
import { arenaAlloc, arenaAlloc64 } from '../memory/arena'
import { blend, blends, blendTranspose } from './blend'
import { HELD_SLOPES, heldDone, HELD_UNITS, hold, kinked, unitsOf } from './held'
import { hostField } from './host'
import {
  activation, activationTranspose, concat, concatTranspose, dense, denseTranspose, gather, gatherTranspose, product, productTranspose,
  quotient, quotientTranspose, register, scaling, rowTimes, scalingTranspose, slice, sliceTranspose, sum, sumTranspose, time, timeTranspose, width,
} from './ops'
import { registerTable, widest } from './registers'
import { enterPiece, signal, signalRowTranspose, signalTranspose } from './signal'
import { tapeEntry, tapeKeep, tapeRegisters, tapeTime } from './tape'

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
/** Where a signal is read or parameters follow time: the times of the kept stages (f64). */
const EVAL_TIMES: usize = 36
/** Where parameters follow time: room for the cotangent of one parameter set. */
const EVAL_SET: usize = 40
/** What `step/linearise` keeps with an evaluator; 0 = nothing. */
export const EVAL_LINEAR: usize = 44
/** Where every row has a time of its own: these (f64); 0 = all rows have one. */
const EVAL_ROW_TIMES: usize = 48
/** Of an adjoint equation: the evaluator of its program. */
const EVAL_OF: usize = 52
/** The pattern that is held (`held`); 0 = every unit follows its sign. */
export const EVAL_HELD: usize = 56
/** The tape that evaluations are kept on (`tape`); 0 = they are not. */
export const EVAL_TAPE: usize = 60
const EVAL_SIZE: usize = 64

/** Rows of a batch from which on a weight gradient packs its operand. */
const PACK_ROWS: i32 = 64

/** An evaluator with one set of registers. */
export function evaluator(arena: usize, f: usize, batch: i32, wide: bool): usize {
  const e = arenaAlloc(arena, EVAL_SIZE)
  store<usize>(e, f, EVAL_FIELD)
  store<i32>(e, batch, EVAL_BATCH)
  const panels = blends(f)
    ? arenaAlloc64(arena, <u64>load<i32>(f, FIELD_LAYER_PACKED) << (wide ? 3 : 2))
    : load<usize>(f, FIELD_PACKED)
  store<usize>(e, panels, EVAL_PACKED)
  const kind = load<i32>(f, FIELD_KIND)
  if (WHOLE && kind == FIELD_ADJOINT) {
    const program = evaluator(arena, load<usize>(f, FIELD_OF), load<i32>(f, FIELD_ROWS), wide)
    evaluatorTranspose(arena, program, wide)
    store<usize>(e, program, EVAL_OF)
  } else if (kind != FIELD_HOST) store<usize>(e, registerTable(arena, f, batch, true, wide), EVAL_REGISTERS)
  return e
}

/** Adds what the transpose of one kept evaluation needs: a set of registers for it, and one of cotangents. */
export function evaluatorTranspose(arena: usize, e: usize, wide: bool): void {
  evaluatorStages(arena, e, 1, wide)
  store<usize>(load<usize>(e, EVAL_TABLES), registerTable(arena, load<usize>(e, EVAL_FIELD), load<i32>(e, EVAL_BATCH), true, wide))
}

/** Adds what the transposes of `stages` evaluations need whose registers are on a tape (`useTape`). */
export function evaluatorStages(arena: usize, e: usize, stages: i32, wide: bool): void {
  const f = load<usize>(e, EVAL_FIELD), batch = load<i32>(e, EVAL_BATCH)
  store<usize>(e, arenaAlloc(arena, <usize>stages << 2), EVAL_TABLES)
  store<usize>(e, registerTable(arena, f, batch, true, wide), EVAL_COTANGENTS)
  if (blends(f) || load<usize>(f, FIELD_SIGNAL)) store<usize>(e, arenaAlloc(arena, <usize>stages << 3), EVAL_TIMES)
  if (blends(f)) {
    store<usize>(e, arenaAlloc64(arena, <u64>load<i32>(f, FIELD_LAYER_PARAMS) << (wide ? 3 : 2)), EVAL_SET)
  }
  if (batch >= PACK_ROWS) {
    const panel = wide ? panelWidth<f64>() : panelWidth<f32>()
    const bytes = <u64>(widest(f) + panel) * <u64>(batch + 1) << (wide ? 3 : 2)
    store<usize>(e, arenaAlloc64(arena, bytes), EVAL_SCRATCH)
  }
}

/** Lets the evaluator use the parameter set of step `index`. */
export function useLayer(e: usize, index: i32, wide: bool): void {
  const f = load<usize>(e, EVAL_FIELD), layers = load<i32>(f, FIELD_LAYERS)
  if (layers <= 1 || blends(f)) return
  const layer = bytesOf(index % layers, wide)
  store<usize>(e, load<usize>(f, FIELD_PACKED) + layer * load<usize>(f, FIELD_LAYER_PACKED), EVAL_PACKED)
  store<usize>(e, layer * load<usize>(f, FIELD_LAYER_PARAMS), EVAL_LAYER)
}

/** Tells the signal, if there is one, that steps begin at t, towards another time. */
export function aim(e: usize, t: f64, towards: f64): void {
  const f = load<usize>(e, EVAL_FIELD)
  if (load<i32>(f, FIELD_KIND) == FIELD_ADJOINT) return aim(load<usize>(e, EVAL_OF), t, towards)
  const s = load<usize>(f, FIELD_SIGNAL)
  if (s) enterPiece(s, t, towards)
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

/** Runs the program on the registers `r`; `keep` also stores what the transposes need. */
function forward(e: usize, r: usize, t: f64, y: usize, dy: usize, keep: bool, wide: bool): void {
  const f = load<usize>(e, EVAL_FIELD)
  const w = load<usize>(f, FIELD_WIDTHS), packed = load<usize>(e, EVAL_PACKED)
  const batch = load<i32>(e, EVAL_BATCH)
  if (blends(f)) blend(f, t, packed, wide)
  // The first register is the state and the last result is the derivative: no copies.
  store<usize>(r, y)
  store<usize>(r + (<usize>load<i32>(f, FIELD_OUT) << 2), dy)
  const held = WHOLE ? load<usize>(e, EVAL_HELD) : 0
  let op = load<usize>(f, FIELD_OPS), unit = 0
  for (let i = load<i32>(f, FIELD_OP_COUNT); i > 0; i--, op += OP_BYTES) {
    if (WHOLE && held && kinked(op)) {
      hold(held, unit, op, r, w, packed, wide)
      unit += unitsOf(op, batch, w, wide)
      continue
    }
    switch (load<i32>(op, OP_CODE)) {
      case OP_DENSE: dense(op, batch, r, w, packed, keep, wide); break
      case OP_ACTIVATE: activation(op, batch, r, w, wide); break
      case OP_ADD: sum(op, batch, r, w, wide); break
      case OP_MUL: product(op, batch, r, w, wide); break
      case OP_SCALE: scaling(op, batch, r, w, wide); break
      case OP_CONCAT: concat(op, batch, r, w, wide); break
      case OP_SLICE: slice(op, batch, r, w, wide); break
      case OP_TIME:
        if (WHOLE && load<usize>(e, EVAL_ROW_TIMES)) rowTimes(op, batch, r, load<usize>(e, EVAL_ROW_TIMES), wide)
        else time(op, batch, r, t, wide)
        break
      default:
        if (WHOLE) rarer(op, batch, r, w, load<usize>(f, FIELD_SIGNAL), t, wide)
        else unreachable()
    }
  }
  if (WHOLE && held) heldDone(held)
}

/** The ops that the core for inference does without. TypeScript knows a program without a signal from one that has none to read. */
function rarer(op: usize, batch: i32, r: usize, w: usize, s: usize, t: f64, wide: bool): void {
  switch (load<i32>(op, OP_CODE)) {
    case OP_SIGNAL: signal(op, batch, r, w, s, t, wide); break
    case OP_GATHER: gather(op, batch, r, w, false, wide); break
    case OP_SCATTER: gather(op, batch, r, w, true, wide); break
    default: quotient(op, batch, r, w, wide)
  }
}

/** dy = f(t, y) */
export function evaluate(e: usize, t: f64, y: usize, dy: usize, wide: bool): void {
  store<i32>(e, load<i32>(e, EVAL_NFE) + 1, EVAL_NFE)
  const f = load<usize>(e, EVAL_FIELD)
  if (load<i32>(f, FIELD_KIND) == FIELD_HOST) hostField(load<i32>(f, FIELD_ID), t, y, dy)
  else if (WHOLE && load<i32>(f, FIELD_KIND) == FIELD_ADJOINT) adjoint(e, t, y, dy, wide)
  else if (!WHOLE || !load<usize>(e, EVAL_TAPE)) forward(e, load<usize>(e, EVAL_REGISTERS), t, y, dy, false, wide)
  else {
    const tape = load<usize>(e, EVAL_TAPE), entry = tapeEntry(tape, dy)
    forward(e, load<usize>(entry), t, y, dy, true, wide)
    tapeKeep(tape, entry, t, y, dy)
  }
}

/** Lets the transposes of stages 0 ... last - 1 find the registers of those that were evaluated last. */
export function useTape(e: usize, last: i32): void {
  const tape = load<usize>(e, EVAL_TAPE), tables = load<usize>(e, EVAL_TABLES), times = load<usize>(e, EVAL_TIMES)
  for (let i = 0; i < last; i++) {
    store<usize>(tables + (<usize>i << 2), tapeRegisters(tape, i))
    if (times) store<f64>(times + (<usize>i << 3), tapeTime(tape, i))
  }
}

/**
 * y' = f(t, y), a' = -(df/dy)^T a, q' = -(df/dparameters)^T a (Chen et al. 2018, appendix B). The parts of `dy` are filled from rooms
 * of their own: the kernels write behind the ends of what they are given.
 */
function adjoint(e: usize, t: f64, y: usize, dy: usize, wide: bool): void {
  const f = load<usize>(e, EVAL_FIELD), program = load<usize>(e, EVAL_OF)
  const n = load<i32>(f, FIELD_ROWS) * load<i32>(load<usize>(f, FIELD_OF), FIELD_DIM)
  const bytes = <usize>n * valueBytes(wide), rest = <usize>load<i32>(f, FIELD_DIM) * valueBytes(wide) - 2 * bytes
  const out = load<usize>(f, FIELD_ROOM), g = load<usize>(f, FIELD_ROOM + 4)
  const gy = load<usize>(f, FIELD_ROOM + 8), gp = load<usize>(f, FIELD_ROOM + 12)
  evaluateKeep(program, 0, t, y, out, wide)
  scaleEither(n, -1, y + bytes, g, wide)
  memory.fill(gp, 0, rest)
  evaluateTranspose(program, 0, g, gy, rest ? gp : 0, wide)
  memory.copy(dy, out, bytes)
  memory.copy(dy + bytes, gy, bytes)
  memory.copy(dy + 2 * bytes, gp, rest)
}

/** Row i of dy = f(times_i, row i of y), for the first `batch` rows. A field of one program, the same for all times. */
export function evaluateRows(e: usize, batch: i32, times: usize, y: usize, dy: usize, wide: bool): void {
  store<i32>(e, batch, EVAL_BATCH)
  store<usize>(e, times, EVAL_ROW_TIMES)
  forward(e, load<usize>(e, EVAL_REGISTERS), 0, y, dy, false, wide)
}

/** Counts an evaluation that another evaluator has done. */
export function countEvaluation(e: usize): void {
  store<i32>(e, load<i32>(e, EVAL_NFE) + 1, EVAL_NFE)
}

/** dy = f(t, y), keeping the registers of this evaluation as those of `stage` for `evaluateTranspose`. */
export function evaluateKeep(e: usize, stage: i32, t: f64, y: usize, dy: usize, wide: bool): void {
  store<i32>(e, load<i32>(e, EVAL_NFE) + 1, EVAL_NFE)
  const times = load<usize>(e, EVAL_TIMES)
  if (times) store<f64>(times + (<usize>stage << 3), t)
  forward(e, load<usize>(load<usize>(e, EVAL_TABLES) + (<usize>stage << 2)), t, y, dy, true, wide)
}

/**
 * The transpose of the kept evaluation `stage`: from g = cotangent of dy (used up), gy = cotangent of y (overwritten),
 * gp += cotangent of the parameters (0 = not wanted). Returns the cotangent of t.
 */
export function evaluateTranspose(e: usize, stage: i32, g: usize, gy: usize, gp: usize, wide: bool): f64 {
  const f = load<usize>(e, EVAL_FIELD), times = load<usize>(e, EVAL_TIMES)
  const t = times ? load<f64>(times + (<usize>stage << 3)) : 0
  if (!blends(f)) return transpose(e, stage, t, g, gy, gp ? gp + load<usize>(e, EVAL_LAYER) : 0, wide)
  const set = load<usize>(e, EVAL_SET)
  blend(f, t, load<usize>(e, EVAL_PACKED), wide)
  memory.fill(set, 0, load<usize>(f, FIELD_LAYER_PARAMS) * valueBytes(wide))
  const gt = transpose(e, stage, t, g, gy, set, wide)
  return gt + blendTranspose(f, t, set, gp, wide)
}

/** The same on the panels in use; t: where a signal is read. gp: cotangent of the set in use. */
function transpose(e: usize, stage: i32, t: f64, g: usize, gy: usize, gp: usize, wide: bool): f64 {
  const f = load<usize>(e, EVAL_FIELD)
  const w = load<usize>(f, FIELD_WIDTHS), packed = load<usize>(e, EVAL_PACKED)
  const batch = load<i32>(e, EVAL_BATCH)
  const r = load<usize>(load<usize>(e, EVAL_TABLES) + (<usize>stage << 2))
  const d = load<usize>(e, EVAL_COTANGENTS)
  store<usize>(d, gy)
  store<usize>(d + (<usize>load<i32>(f, FIELD_OUT) << 2), g)
  // A field need not use its state (y' = t): every op that does adds to zeros.
  memory.fill(gy, 0, <usize>batch * load<i32>(f, FIELD_DIM) * valueBytes(wide))
  const held = load<usize>(e, EVAL_HELD)
  let gt: f64 = 0, unit = held ? load<i32>(held, HELD_UNITS) : 0
  let op = load<usize>(f, FIELD_OPS) + <usize>load<i32>(f, FIELD_OP_COUNT) * OP_BYTES
  for (let i = load<i32>(f, FIELD_OP_COUNT); i > 0; i--) {
    op -= OP_BYTES
    let slopes: usize = 0
    if (held && kinked(op)) {
      unit -= unitsOf(op, batch, w, wide)
      slopes = load<usize>(held, HELD_SLOPES) + <usize>unit * valueBytes(wide)
    }
    switch (load<i32>(op, OP_CODE)) {
      case OP_DENSE: denseTranspose(op, batch, r, d, w, packed, gp, load<usize>(e, EVAL_SCRATCH), slopes, wide); break
      case OP_ACTIVATE: activationTranspose(op, batch, r, d, w, slopes, wide); break
      case OP_ADD: sumTranspose(op, batch, d, w, wide); break
      case OP_MUL: productTranspose(op, batch, r, d, w, wide); break
      case OP_SCALE: scalingTranspose(op, batch, d, w, wide); break
      case OP_CONCAT: concatTranspose(op, batch, d, w, wide); break
      case OP_SLICE: sliceTranspose(op, batch, d, w, wide); break
      case OP_TIME: gt += timeTranspose(op, batch, d, wide); break
      case OP_SIGNAL: gt += signalTranspose(op, batch, d, w, load<usize>(f, FIELD_SIGNAL), t, wide); break
      case OP_GATHER: gatherTranspose(op, batch, d, w, false, wide); break
      case OP_SCATTER: gatherTranspose(op, batch, d, w, true, wide); break
      default: quotientTranspose(op, batch, r, d, w, wide)
    }
  }
  return gt
}

/**
 * After a transpose at time t: the cotangent of time of each row, added to `rates` (f64, `stride` apart). That of parameters which
 * follow time is not in it.
 */
export function addTimeCotangents(e: usize, t: f64, stride: i32, rates: usize, wide: bool): void {
  const f = load<usize>(e, EVAL_FIELD), d = load<usize>(e, EVAL_COTANGENTS), s = load<usize>(f, FIELD_SIGNAL)
  let op = load<usize>(f, FIELD_OPS)
  for (let i = load<i32>(f, FIELD_OP_COUNT); i > 0; i--, op += OP_BYTES) {
    const code = load<i32>(op, OP_CODE)
    if (code != OP_TIME && code != OP_SIGNAL) continue
    for (let j = 0; j < load<i32>(e, EVAL_BATCH); j++) {
      const at = rates + (<usize>(j * stride) << 3)
      const rate = code == OP_TIME
        ? valueAt(register(d, op, OP_DST), j, wide)
        : signalRowTranspose(op, j, d, load<usize>(f, FIELD_WIDTHS), s, t, wide)
      store<f64>(at, load<f64>(at) + rate)
    }
  }
}
