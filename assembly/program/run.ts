import {
  FIELD_ADJOINT, FIELD_DIM, FIELD_HOST, FIELD_ID, FIELD_KIND, FIELD_LAYER_PARAMS, FIELD_OF, FIELD_OPS, FIELD_OP_COUNT, FIELD_OUT, FIELD_ROOM,
  FIELD_ROWS, FIELD_SIGNAL, FIELD_WIDTHS, FLAG_SPREAD, OP_ACTIVATE, OP_ADD, OP_BYTES, OP_CODE, OP_CONCAT, OP_DENSE, OP_DST,
  OP_FLAGS, OP_GATHER, OP_INNER, OP_MUL, OP_OUTER, OP_SCALE, OP_SCATTER, OP_SIGNAL, OP_SLICE, OP_TIME,
} from '../abi'
import { bytesOf, scaleEither, valueAt, valueBytes } from '../kernels/either'
import { blend, blends, blendTranspose } from './blend'
import {
  countEvaluation, EVAL_BATCH, EVAL_COTANGENTS, EVAL_FIELD, EVAL_HELD, EVAL_LAYER, EVAL_OF, EVAL_PACKED, EVAL_REGISTERS, EVAL_ROW_TIMES,
  EVAL_SCRATCH, EVAL_SET, EVAL_TABLES, EVAL_TAPE, EVAL_TIMES, once,
} from './evaluator'
import { HELD_SLOPES, heldDone, HELD_UNITS, hold, kinked, unitsOf } from './held'
import { hostField } from './host'
import {
  activation, activationTranspose, concat, concatTranspose, dense, denseTranspose, gather, gatherTranspose, product, productTranspose,
  quotient, quotientTranspose, register, rows, rowsTranspose, rowTimes, scaling, scalingTranspose, slice, sliceTranspose, spread,
  spreadTranspose, sum, sumTranspose, time, timeTranspose, width,
} from './ops'
import { signal, signalRowTranspose, signalTranspose } from './signal'
import { tapeEntry, tapeKeep } from './tape'

/** Runs the program on the registers `r`; `keep` also stores what the transposes need. */
function forward(e: usize, r: usize, t: f64, y: usize, dy: usize, keep: bool, wide: bool): void {
  const f = load<usize>(e, EVAL_FIELD)
  const w = load<usize>(f, FIELD_WIDTHS), packed = load<usize>(e, EVAL_PACKED)
  const all = load<i32>(e, EVAL_BATCH)
  if (blends(f)) blend(f, t, packed, wide)
  // The first register is the state and the last result is the derivative: no copies.
  store<usize>(r, y)
  store<usize>(r + (<usize>load<i32>(f, FIELD_OUT) << 2), dy)
  const held = WHOLE ? load<usize>(e, EVAL_HELD) : 0, mask = WHOLE ? once(e) : 0
  let op = load<usize>(f, FIELD_OPS), unit = 0
  for (let i = load<i32>(f, FIELD_OP_COUNT); i > 0; i--, op += OP_BYTES) {
    if (WHOLE && held && kinked(op)) {
      hold(held, unit, op, r, w, packed, wide)
      unit += unitsOf(op, all, w, wide)
      continue
    }
    const one = WHOLE ? load<i32>(op, OP_FLAGS) & mask : 0, batch = WHOLE && one ? min<i32>(all, 1) : all
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
    if (WHOLE && one & FLAG_SPREAD) spread(op, all, r, w, wide)
  }
  if (WHOLE && held) heldDone(held)
}

/** The ops that the core for inference does without. TypeScript knows a program without a signal from one that has none to read. */
function rarer(op: usize, batch: i32, r: usize, w: usize, s: usize, t: f64, wide: bool): void {
  switch (load<i32>(op, OP_CODE)) {
    case OP_SIGNAL: signal(op, batch, r, w, s, t, wide); break
    case OP_GATHER: gather(op, batch, r, w, false, wide); break
    case OP_SCATTER: gather(op, batch, r, w, true, wide); break
    case OP_INNER: rows(op, batch, r, w, false, wide); break
    case OP_OUTER: rows(op, batch, r, w, true, wide); break
    default: quotient(op, batch, r, w, wide)
  }
}

/** dy = f(t, y) */
export function evaluate(e: usize, t: f64, y: usize, dy: usize, wide: bool): void {
  countEvaluation(e)
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

/** dy = f(t, y), keeping the registers of this evaluation as those of `stage` for `evaluateTranspose`. */
export function evaluateKeep(e: usize, stage: i32, t: f64, y: usize, dy: usize, wide: bool): void {
  countEvaluation(e)
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
  const all = load<i32>(e, EVAL_BATCH), mask = once(e)
  const r = load<usize>(load<usize>(e, EVAL_TABLES) + (<usize>stage << 2))
  const d = load<usize>(e, EVAL_COTANGENTS)
  store<usize>(d, gy)
  store<usize>(d + (<usize>load<i32>(f, FIELD_OUT) << 2), g)
  // A field need not use its state (y' = t): every op that does adds to zeros.
  memory.fill(gy, 0, <usize>all * load<i32>(f, FIELD_DIM) * valueBytes(wide))
  const held = load<usize>(e, EVAL_HELD)
  let gt: f64 = 0, unit = held ? load<i32>(held, HELD_UNITS) : 0
  let op = load<usize>(f, FIELD_OPS)
  for (let i = load<i32>(f, FIELD_OP_COUNT); i > 0; i--, op += OP_BYTES) {
    if (load<i32>(op, OP_FLAGS) & FLAG_SPREAD) memory.fill(register(d, op, OP_DST), 0, bytesOf(all * width(w, op, OP_DST), wide))
  }
  for (let i = load<i32>(f, FIELD_OP_COUNT); i > 0; i--) {
    op -= OP_BYTES
    let slopes: usize = 0
    if (held && kinked(op)) {
      unit -= unitsOf(op, all, w, wide)
      slopes = load<usize>(held, HELD_SLOPES) + <usize>unit * valueBytes(wide)
    }
    const one = load<i32>(op, OP_FLAGS) & mask, batch = one ? min<i32>(all, 1) : all
    if (one & FLAG_SPREAD) spreadTranspose(op, all, d, w, wide)
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
      case OP_INNER: rowsTranspose(op, batch, r, d, w, false, wide); break
      case OP_OUTER: rowsTranspose(op, batch, r, d, w, true, wide); break
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
