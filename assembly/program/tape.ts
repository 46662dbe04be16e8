import { FIELD_DIM, FIELD_OUT } from '../abi'
import { bytesOf } from '../kernels/either'
import { arenaAlloc } from '../memory/arena'
import { room } from '../memory/room'
import { registerBytes, registerTable } from './registers'

// The tape of a solve: what its latest evaluations left in the registers, so that the way back need not evaluate again. A ring of entries,
// numbered as they are written; each is a set of registers with state and derivative. A note says which entries are the stages of an
// accepted step.

const ARENA: usize = 0
const FIELD: usize = 4
const BATCH: usize = 8
const WIDE: usize = 12
/** The table of the stages' derivatives: what is evaluated into its j-th is stage j. */
const K: usize = 16
const STAGES: usize = 20
/** Entries in the ring, and the number of the next one. */
const CAPACITY: usize = 24
const NEXT: usize = 28
const ENTRIES: usize = 32
const ENTRIES_CAPACITY: usize = 36
/** Of every stage the number of its latest entry. */
const NUMBERS: usize = 40
/** The notes, a stack in a ring: step, then the numbers of its stages. */
const NOTES: usize = 44
const NOTES_CAPACITY: usize = 48
const NOTE_COUNT: usize = 52
/** Has the step whose stages were evaluated last been noted? Else it was rejected, and the next one may have its entries. */
const NOTED: usize = 56
const TAPE_SIZE: usize = 60

// An entry: its registers, and those of state and derivative, which an evaluation borrows from its caller.
const STATE: usize = 4
const DERIVATIVE: usize = 8
const TIME: usize = 16
const ENTRY_SIZE: usize = 24

/**
 * A tape for the evaluations of f on `batch` rows within `bytes`, at the least one for each of `stages`. `k`: the table of the stages'
 * derivatives.
 */
export function tapeNew(arena: usize, f: usize, batch: i32, k: usize, stages: i32, bytes: usize, wide: bool): usize {
  const tape = arenaAlloc(arena, TAPE_SIZE)
  store<usize>(tape, arena, ARENA)
  store<usize>(tape, f, FIELD)
  store<i32>(tape, batch, BATCH)
  store<i32>(tape, wide, WIDE)
  store<usize>(tape, k, K)
  store<i32>(tape, stages, STAGES)
  store<i32>(tape, max<i32>(<i32>(<u64>bytes / registerBytes(f, batch, wide)), stages), CAPACITY)
  store<usize>(tape, arenaAlloc(arena, <usize>stages << 2), NUMBERS)
  return tape
}

@inline
function number(tape: usize, stage: i32): usize {
  return load<usize>(tape, NUMBERS) + (<usize>stage << 2)
}

@inline
function entry(tape: usize, i: i32): usize {
  return load<usize>(tape, ENTRIES) + <usize>(i % load<i32>(tape, CAPACITY)) * ENTRY_SIZE
}

/** The entry for an evaluation into `dy`: the registers to evaluate in are `load(entry)`. */
export function tapeEntry(tape: usize, dy: usize): usize {
  const k = load<usize>(tape, K), count = load<i32>(tape, STAGES)
  let stage = 0
  while (stage < count && load<usize>(k + (<usize>stage << 2)) != dy) stage++
  if (stage == 1) {
    if (!load<i32>(tape, NOTED)) {
      store<i32>(tape, max<i32>(load<i32>(number(tape, 1)), load<i32>(number(tape, 0)) + 1), NEXT)
    }
    store<i32>(tape, 0, NOTED)
  }
  const i = load<i32>(tape, NEXT), arena = load<usize>(tape, ARENA), f = load<usize>(tape, FIELD)
  if (stage < count) store<i32>(number(tape, stage), i)
  store<i32>(tape, i + 1, NEXT)
  if (i < load<i32>(tape, CAPACITY)) {
    store<usize>(tape, room(arena, load<usize>(tape, ENTRIES), tape + ENTRIES_CAPACITY, i, ENTRY_SIZE), ENTRIES)
  }
  const at = entry(tape, i)
  if (!load<usize>(at)) {
    const r = registerTable(arena, f, load<i32>(tape, BATCH), false, load<i32>(tape, WIDE) != 0)
    store<usize>(at, r)
    store<usize>(at, load<usize>(r), STATE)
    store<usize>(at, load<usize>(r + (<usize>load<i32>(f, FIELD_OUT) << 2)), DERIVATIVE)
  }
  return at
}

/** Keeps what was evaluated in the registers of an entry, state and derivative as well. */
export function tapeKeep(tape: usize, at: usize, t: f64, y: usize, dy: usize): void {
  const f = load<usize>(tape, FIELD), r = load<usize>(at), own = load<usize>(at, STATE), derivative = load<usize>(at, DERIVATIVE)
  const bytes = bytesOf(load<i32>(tape, BATCH) * load<i32>(f, FIELD_DIM), load<i32>(tape, WIDE) != 0)
  memory.copy(own, y, bytes)
  memory.copy(derivative, dy, bytes)
  store<usize>(r, own)
  store<usize>(r + (<usize>load<i32>(f, FIELD_OUT) << 2), derivative)
  store<f64>(at, t, TIME)
}

@inline
function note(tape: usize, i: i32): usize {
  return load<usize>(tape, NOTES) + <usize>(i % load<i32>(tape, CAPACITY)) * noteBytes(tape)
}

@inline
function noteBytes(tape: usize): usize {
  return <usize>(load<i32>(tape, STAGES) + 1) << 2
}

/** The stages evaluated last are those of step `index`. */
export function tapeNote(tape: usize, index: i32): void {
  const count = load<i32>(tape, NOTE_COUNT)
  if (count < load<i32>(tape, CAPACITY)) {
    const notes = room(load<usize>(tape, ARENA), load<usize>(tape, NOTES), tape + NOTES_CAPACITY, count, noteBytes(tape))
    store<usize>(tape, notes, NOTES)
  }
  const at = note(tape, count)
  store<i32>(at, index)
  memory.copy(at + 4, load<usize>(tape, NUMBERS), noteBytes(tape) - 4)
  store<i32>(tape, count + 1, NOTE_COUNT)
  store<i32>(tape, 1, NOTED)
}

/** Stage `end` is stage 0 of the next step. */
export function tapeSwap(tape: usize, end: i32): void {
  const first = load<i32>(number(tape, 0))
  store<i32>(number(tape, 0), load<i32>(number(tape, end)))
  store<i32>(number(tape, end), first)
}

/** Makes the first `last` stages of step `index` those evaluated last, if they are all on the tape. Are they? Later steps are forgotten. */
export function tapeFind(tape: usize, index: i32, last: i32): bool {
  let count = load<i32>(tape, NOTE_COUNT)
  while (count > 0 && load<i32>(note(tape, count - 1)) > index) count--
  store<i32>(tape, count, NOTE_COUNT)
  if (count == 0) return false
  const at = note(tape, count - 1), oldest = load<i32>(tape, NEXT) - load<i32>(tape, CAPACITY)
  if (load<i32>(at) != index || load<i32>(at, 4) < oldest) return false
  // Stages that were not taken have older numbers than the second, which is always the first to be evaluated.
  for (let j = 2; j < last; j++) if (load<i32>(at + (<usize>j << 2), 4) < load<i32>(at, 8)) return false
  memory.copy(load<usize>(tape, NUMBERS), at + 4, noteBytes(tape) - 4)
  return true
}

/** The registers of `stage`, of the stages evaluated last. */
@inline
export function tapeRegisters(tape: usize, stage: i32): usize {
  return load<usize>(entry(tape, load<i32>(number(tape, stage))))
}

/** Its derivative. */
@inline
export function tapeDerivative(tape: usize, stage: i32): usize {
  return load<usize>(entry(tape, load<i32>(number(tape, stage))), DERIVATIVE)
}

/** Its time. */
@inline
export function tapeTime(tape: usize, stage: i32): f64 {
  return load<f64>(entry(tape, load<i32>(number(tape, stage))), TIME)
}
