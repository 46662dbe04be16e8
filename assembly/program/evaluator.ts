import {
  FIELD_ADJOINT, FIELD_HOST, FIELD_KIND, FIELD_LAYERS, FIELD_LAYER_PACKED, FIELD_LAYER_PARAMS, FIELD_OF, FIELD_PACKED, FIELD_ROWS,
  FIELD_SIGNAL, FLAG_ONE, FLAG_SPREAD,
} from '../abi'
import { bytesOf } from '../kernels/either'
import { panelWidth } from '../kernels/pack'
import { arenaAlloc, arenaAlloc64 } from '../memory/arena'
import { blends } from './blend'
import { registerTable, widest } from './registers'
import { enterPiece } from './signal'
import { tapeRegisters, tapeTime } from './tape'

// An evaluator is a field at work on one batch: its register tables and its counts. One per solve.
export const EVAL_FIELD: usize = 0
export const EVAL_BATCH: usize = 4
export const EVAL_NFE: usize = 8
export const EVAL_REGISTERS: usize = 12
export const EVAL_COTANGENTS: usize = 16
export const EVAL_TABLES: usize = 20
/** The parameter set in use: its panels, and where its parameters begin (bytes into the block). */
export const EVAL_PACKED: usize = 24
export const EVAL_LAYER: usize = 28
/** Room for one packed operand of a weight gradient; 0 for small batches. */
export const EVAL_SCRATCH: usize = 32
/** Where a signal is read or parameters follow time: the times of the kept stages (f64). */
export const EVAL_TIMES: usize = 36
/** Where parameters follow time: room for the cotangent of one parameter set. */
export const EVAL_SET: usize = 40
/** What `step/linearise` keeps with an evaluator; 0 = nothing. */
export const EVAL_LINEAR: usize = 44
/** Where every row has a time of its own: these (f64); 0 = all rows have one. */
export const EVAL_ROW_TIMES: usize = 48
/** Of an adjoint equation: the evaluator of its program. */
export const EVAL_OF: usize = 52
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

/** Counts an evaluation that another evaluator has done. */
export function countEvaluation(e: usize): void {
  store<i32>(e, load<i32>(e, EVAL_NFE) + 1, EVAL_NFE)
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
 * The flags by which an op may be done for one row: none where rows have times of their own, units are held, which are numbered through
 * all rows, or a linearisation asks every row for its cotangent of time.
 */
export function once(e: usize): i32 {
  return load<usize>(e, EVAL_ROW_TIMES) | load<usize>(e, EVAL_HELD) | load<usize>(e, EVAL_LINEAR) ? 0 : FLAG_ONE | FLAG_SPREAD
}
