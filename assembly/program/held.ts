import {
  FIELD_OPS, FIELD_OP_COUNT, FIELD_WIDTHS, KINKED, OP_A, OP_ACT, OP_ACTIVATE, OP_BYTES, OP_CODE, OP_DENSE, OP_DST, OP_PACK,
} from '../abi'
import { ACT_IDENTITY, ACT_RELU } from '../activations'
import { gemmPackedEither, mulEither, setValueAt, valueAt, valueBytes } from '../kernels/either'
import { arenaAlloc, arenaAlloc64 } from '../memory/arena'
import { room } from '../memory/room'
import { register, width } from './ops'

// A piecewise linear field whose pattern is held: every unit whose activation has a kink at 0 keeps the slope it was given, whatever
// the sign of what comes in, so that the field goes on smoothly beyond the kink. Units are numbered through the ops and their rows; each
// op begins at a whole vector, so that kernels may work in whole vectors here as well.

/** Units, those between the ops included. */
export const HELD_UNITS: usize = 0
/** The slopes of all units, in the precision of the state. */
export const HELD_SLOPES: usize = 4
/** Blocks for what comes in, one an evaluation; AT is the next, LAST the last, which serves for all that follow. */
export const HELD_INPUTS: usize = 8
const AT: usize = 12
const LAST: usize = 16
/** How the next evaluation goes: SET_*. */
const SET: usize = 20
const SET_BEFORE: usize = 56
/** Every flip: the step it came before, and the unit (i32 each); how many, and how many of them are in the slopes. */
const LOG: usize = 24
const LOG_CAPACITY: usize = 28
const FLIPS: usize = 32
const APPLIED: usize = 36
const OPS: usize = 40
const WIDTHS: usize = 44
const BATCH: usize = 48
const ARENA: usize = 52
const HELD_SIZE: usize = 64

/** The slopes stay; they follow the signs, for the first time; they follow the signs, and each that changes is a flip. */
const SET_NOT: i32 = 0
const SET_FIRST: i32 = 1
const SET_ANEW: i32 = 2

/** Has this op a kink? */
@inline
export function kinked(op: usize): bool {
  const code = load<i32>(op, OP_CODE)
  return (code == OP_DENSE || code == OP_ACTIVATE) && (KINKED >> load<i32>(op, OP_ACT) & 1) != 0
}

/** The slope below 0 of an op with a kink; above it is 1. */
@inline
export function lowSlope(op: usize): f64 {
  return load<i32>(op, OP_ACT) == ACT_RELU ? 0 : 0.01
}

/** Units of an op, filled up to a whole vector. */
export function unitsOf(op: usize, batch: i32, w: usize, wide: bool): i32 {
  const lanes = wide ? 2 : 4
  return (batch * width(w, op, OP_DST) + lanes - 1) / lanes * lanes
}

/** Holds the pattern of field `f` for `batch` rows, with `blocks` blocks for what comes in besides the one for all that follow. */
export function heldNew(arena: usize, f: usize, batch: i32, blocks: i32, wide: bool): usize {
  const h = arenaAlloc(arena, HELD_SIZE), w = load<usize>(f, FIELD_WIDTHS)
  let op = load<usize>(f, FIELD_OPS), units = 0
  for (let i = load<i32>(f, FIELD_OP_COUNT); i > 0; i--, op += OP_BYTES) if (kinked(op)) units += unitsOf(op, batch, w, wide)
  const bytes = <u64>units << (wide ? 3 : 2), table = arenaAlloc(arena, <usize>(blocks + 1) << 2)
  for (let i: usize = 0; i <= <usize>blocks; i++) store<usize>(table + (i << 2), arenaAlloc64(arena, bytes))
  store<i32>(h, units, HELD_UNITS)
  store<usize>(h, arenaAlloc64(arena, bytes), HELD_SLOPES)
  store<usize>(h, table, HELD_INPUTS)
  store<i32>(h, blocks, LAST)
  store<i32>(h, SET_FIRST, SET)
  store<usize>(h, load<usize>(f, FIELD_OPS), OPS)
  store<usize>(h, w, WIDTHS)
  store<i32>(h, batch, BATCH)
  store<usize>(h, arena, ARENA)
  return h
}

/** The inputs of the next evaluations go to block i, i + 1, ... */
export function heldAt(h: usize, i: i32): void {
  store<i32>(h, min<i32>(i, load<i32>(h, LAST)), AT)
}

/** Block i of the inputs; those from the last on are one. */
export function heldInputs(h: usize, i: i32): usize {
  return load<usize>(load<usize>(h, HELD_INPUTS) + (<usize>min<i32>(i, load<i32>(h, LAST)) << 2))
}

/** Exchanges two blocks. */
export function heldSwap(h: usize, i: i32, j: i32): void {
  const a = load<usize>(h, HELD_INPUTS) + (<usize>i << 2), b = load<usize>(h, HELD_INPUTS) + (<usize>j << 2), p = load<usize>(a)
  store<usize>(a, load<usize>(b))
  store<usize>(b, p)
}

/** The next evaluation, before step `index`, lets the slopes follow the signs; at 0 the slope is that below. */
export function heldAnew(h: usize, index: i32): void {
  if (load<i32>(h, SET) == SET_NOT) store<i32>(h, SET_ANEW, SET)
  store<i32>(h, index, SET_BEFORE)
}

/** An evaluation is over. */
export function heldDone(h: usize): void {
  heldAt(h, load<i32>(h, AT) + 1)
  store<i32>(h, SET_NOT, SET)
}

/** An op with a kink at unit `first`, its slopes held. */
export function hold(h: usize, first: i32, op: usize, r: usize, w: usize, packed: usize, wide: bool): void {
  const batch = load<i32>(h, BATCH), n = width(w, op, OP_DST), from = <usize>first * valueBytes(wide)
  const a = register(r, op, OP_A), z = heldInputs(h, load<i32>(h, AT)) + from, slopes = load<usize>(h, HELD_SLOPES) + from
  if (load<i32>(op, OP_CODE) == OP_DENSE) {
    const m = width(w, op, OP_A), panels = packed + <usize>load<i32>(op, OP_PACK) * valueBytes(wide)
    gemmPackedEither(batch, n, m, a, m, 1, panels, z, false, ACT_IDENTITY, wide)
  } else memory.copy(z, a, <usize>(batch * n) * valueBytes(wide))
  if (load<i32>(h, SET) != SET_NOT) setSlopes(h, first, batch * n, z, slopes, lowSlope(op), wide)
  mulEither(batch * n, z, slopes, register(r, op, OP_DST), wide)
}

function setSlopes(h: usize, first: i32, count: i32, z: usize, slopes: usize, low: f64, wide: bool): void {
  for (let i = 0; i < count; i++) {
    const above = valueAt(z, i, wide) > 0
    if (load<i32>(h, SET) == SET_FIRST) setValueAt(slopes, i, wide, above ? 1 : low)
    else if (above != (valueAt(slopes, i, wide) == 1)) heldFlip(h, first + i, low, load<i32>(h, SET_BEFORE), wide)
  }
}

function toggle(h: usize, unit: i32, low: f64, wide: bool): void {
  const slopes = load<usize>(h, HELD_SLOPES)
  setValueAt(slopes, unit, wide, valueAt(slopes, unit, wide) == 1 ? low : 1)
}

/** Where the log has entry i. */
@inline
function entry(h: usize, i: i32): usize {
  return load<usize>(h, LOG) + (<usize>i << 3)
}

/** Flips a unit before step `index`, and makes a note of it. */
export function heldFlip(h: usize, unit: i32, low: f64, index: i32, wide: bool): void {
  const count = load<i32>(h, FLIPS)
  store<usize>(h, room(load<usize>(h, ARENA), load<usize>(h, LOG), h + LOG_CAPACITY, count, 8), LOG)
  store<i32>(entry(h, count), index)
  store<i32>(entry(h, count), unit, 4)
  store<i32>(h, count + 1, FLIPS)
  store<i32>(h, count + 1, APPLIED)
  toggle(h, unit, low, wide)
}

/** Has this unit flipped right before step `index`, the one at hand? */
export function heldFlipped(h: usize, unit: i32, index: i32): bool {
  for (let i = load<i32>(h, FLIPS) - 1; i >= 0 && load<i32>(entry(h, i)) >= index; i--) {
    if (load<i32>(entry(h, i)) == index && load<i32>(entry(h, i), 4) == unit) return true
  }
  return false
}

/** Undoes or repeats flip i. */
function turnLogged(h: usize, i: i32, wide: bool): void {
  const unit = load<i32>(entry(h, i), 4)
  let op = load<usize>(h, OPS), end = 0
  for (; ; op += OP_BYTES) {
    if (kinked(op)) end += unitsOf(op, load<i32>(h, BATCH), load<usize>(h, WIDTHS), wide)
    if (unit < end) return toggle(h, unit, lowSlope(op), wide)
  }
}

/** Brings the slopes to what they were in step `index`. */
export function heldUse(h: usize, index: i32, wide: bool): void {
  let i = load<i32>(h, APPLIED)
  for (; i < load<i32>(h, FLIPS) && load<i32>(entry(h, i)) <= index; i++) turnLogged(h, i, wide)
  for (; i > 0 && load<i32>(entry(h, i - 1)) > index; i--) turnLogged(h, i - 1, wide)
  store<i32>(h, i, APPLIED)
}
