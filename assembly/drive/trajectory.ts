import {
  SOLVE_ARENA, SOLVE_KEEP_STAGES, SOLVE_SLOTS, SOLVE_STAGES, SOLVE_STEPS, SOLVE_TABLEAU, SOLVE_TIMES, SOLVE_TRAJECTORY, STEPS_ADAPTIVE,
} from '../abi'
import { arenaAlloc } from '../memory/arena'
import { room } from '../memory/room'
import { denseStages, state } from '../step/runge-kutta'

// What a drive did, for the way back: the time of every adaptive step, and states in a bounded number of slots. Slot j holds state
// j * stride; when the slots are full every second one is dropped and the stride doubles. Some slots stay empty, so that the
// sweep has room to spread what it recomputes (bisection: logarithmic instead of quadratic recomputation).

const TIMES_CAPACITY: usize = 0
const COUNT: usize = 4
const STATE_BYTES: usize = 8
const SLOTS: usize = 12
const CAPACITY: usize = 16
/** Slots the forward drive may fill. */
const FORWARD: usize = 20
const USED: usize = 24
const STRIDE: usize = 28
/** Step index of each slot: j * stride on the way forth, anything on the way back. */
const INDICES: usize = 32
const STAGES_CAPACITY: usize = 36
const TRAJECTORY_SIZE: usize = 48

/** Slots kept back for the sweep: enough to bisect 2^16 steps. */
const RESERVE: i32 = 16

/** Sets up the record of a solve; what the solve did not ask to keep costs nothing. */
export function trajectoryNew(s: usize, stateBytes: usize): void {
  const arena = load<usize>(s, SOLVE_ARENA)
  const r = arenaAlloc(arena, TRAJECTORY_SIZE)
  store<usize>(r, stateBytes, STATE_BYTES)
  store<usize>(s, r, SOLVE_TRAJECTORY)
  const capacity = WHOLE ? load<i32>(s, SOLVE_SLOTS) : 0
  if (!capacity) return
  store<i32>(r, capacity, CAPACITY)
  store<i32>(r, capacity - min<i32>(capacity >> 1, RESERVE), FORWARD)
  store<i32>(r, 1, STRIDE)
  store<usize>(r, arenaAlloc(arena, <usize>capacity << 2), SLOTS)
  store<usize>(r, arenaAlloc(arena, <usize>capacity << 2), INDICES)
}

function slot(r: usize, arena: usize, j: i32): usize {
  const at = load<usize>(r, SLOTS) + (<usize>j << 2)
  if (!load<usize>(at)) store<usize>(at, arenaAlloc(arena, load<usize>(r, STATE_BYTES)))
  return load<usize>(at)
}

/** Puts the state of step `index` on top of the filled slots. */
export function pushState(r: usize, arena: usize, index: i32, y: usize): void {
  const used = load<i32>(r, USED)
  memory.copy(slot(r, arena, used), y, load<usize>(r, STATE_BYTES))
  store<i32>(load<usize>(r, INDICES) + (<usize>used << 2), index)
  store<i32>(r, used + 1, USED)
}

/** Drops every second state. Slots are exchanged, not copied. */
function thin(r: usize): void {
  const used = load<i32>(r, USED), slots = load<usize>(r, SLOTS), indices = load<usize>(r, INDICES)
  const left = (used + 1) >> 1
  for (let j = 1; j < left; j++) {
    const a = slots + (<usize>j << 2), b = slots + (<usize>j << 3)
    const p = load<usize>(a)
    store<usize>(a, load<usize>(b))
    store<usize>(b, p)
    store<i32>(indices + (<usize>j << 2), load<i32>(indices + (<usize>j << 3)))
  }
  store<i32>(r, left, USED)
  store<i32>(r, load<i32>(r, STRIDE) * 2, STRIDE)
}

/** Records that the solve has reached (t, y): its start, or the end of an accepted step. */
export function recordState(s: usize, t: f64, y: usize): void {
  const r = load<usize>(s, SOLVE_TRAJECTORY), arena = load<usize>(s, SOLVE_ARENA)
  const capacity = load<i32>(r, CAPACITY)
  if (!capacity && !load<i32>(s, SOLVE_KEEP_STAGES)) return
  const index = load<i32>(r, COUNT)
  // The way back knows those of fixed steps.
  if (!WHOLE || load<i32>(s, SOLVE_STEPS) == STEPS_ADAPTIVE || load<i32>(s, SOLVE_KEEP_STAGES)) {
    const times = room(arena, load<usize>(s, SOLVE_TIMES), r + TIMES_CAPACITY, index, 8)
    store<usize>(s, times, SOLVE_TIMES)
    store<f64>(times + (<usize>index << 3), t)
  }
  store<i32>(r, index + 1, COUNT)
  if (!WHOLE || !capacity) return
  if (index & (load<i32>(r, STRIDE) - 1)) return
  if (load<i32>(r, USED) == load<i32>(r, FORWARD)) {
    thin(r)
    if (index & (load<i32>(r, STRIDE) - 1)) return
  }
  pushState(r, arena, index, y)
}

/** Records y and the stages of an accepted step, extra ones and all, for dense output after the solve. */
export function recordStages(s: usize, index: i32, y: usize, k: usize): void {
  if (!load<i32>(s, SOLVE_KEEP_STAGES)) return
  const r = load<usize>(s, SOLVE_TRAJECTORY)
  const count = denseStages(load<usize>(s, SOLVE_TABLEAU))
  const bytes = load<usize>(r, STATE_BYTES)
  const item = <u64>bytes * (count + 1)
  const block = room(load<usize>(s, SOLVE_ARENA), load<usize>(s, SOLVE_STAGES), r + STAGES_CAPACITY, index, item)
  store<usize>(s, block, SOLVE_STAGES)
  let at = block + <usize>index * <usize>item
  memory.copy(at, y, bytes)
  for (let i = 0; i < count; i++) memory.copy(at += bytes, state(k, i), bytes)
}

// The way back. The filled slots are a stack of states, the latest on top; the sweep pops what it has passed and pushes what
// it takes again, so that a swept trajectory is used up.

/** Step index of the latest state that is kept. */
export function topIndex(r: usize): i32 {
  return load<i32>(load<usize>(r, INDICES) + (<usize>(load<i32>(r, USED) - 1) << 2))
}

/** The latest state that is kept. */
export function topState(r: usize): usize {
  return load<usize>(load<usize>(r, SLOTS) + (<usize>(load<i32>(r, USED) - 1) << 2))
}

export function popState(r: usize): void {
  store<i32>(r, load<i32>(r, USED) - 1, USED)
}

/** Slots that hold nothing. */
export function freeSlots(r: usize): i32 {
  return load<i32>(r, CAPACITY) - load<i32>(r, USED)
}

/** Accepted steps on record. */
export function stepCount(r: usize): i32 {
  return load<i32>(r, COUNT) - 1
}
