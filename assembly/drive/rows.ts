import {
  FIELD_DIM, SOLVE_EVAL, SOLVE_FIELD, SOLVE_K, SOLVE_STATUS, SOLVE_T, SOLVE_TABLEAU, SOLVE_TAPE, SOLVE_T_NEXT, SOLVE_Y,
  SOLVE_Y_NEXT, STATUS_OK, TABLEAU_A, TABLEAU_B,
} from '../abi'
import { bytesOf, combineEither } from '../kernels/either'
import { arenaAlloc, arenaAlloc64 } from '../memory/arena'
import { countEvaluation, evaluator } from '../program/evaluator'
import { evaluateRows } from '../program/run'
import { denseStages, fsal, stages, stageTime, state } from '../step/runge-kutta'
import { begin, finished, propose, settle } from './adaptive'
import { end, start } from './solve'

// Many solves of one field, each of one row with its own time, step, tolerances met and outputs: they take their steps together, so
// that the field is evaluated for all of them at once, and share nothing else. A row of an evaluation does not depend on the others,
// so each solve has the bits that it has alone. One that is done leaves, and the others close up.

// The rows at work.
const LIST: usize = 0
const COUNT: usize = 4
/** One evaluation of all: its evaluator, times (f64), states, derivatives. */
const EVALUATOR: usize = 8
const TIMES: usize = 12
const STATES: usize = 16
const DERIVATIVES: usize = 20
const ROWS_SIZE: usize = 32

function rowsNew(arena: usize, field: usize, count: i32, wide: bool): usize {
  const w = arenaAlloc(arena, ROWS_SIZE), bytes = <u64>count * load<i32>(field, FIELD_DIM) << (wide ? 3 : 2)
  store<usize>(w, arenaAlloc(arena, <usize>count << 2), LIST)
  store<usize>(w, evaluator(arena, field, count, wide), EVALUATOR)
  store<usize>(w, arenaAlloc(arena, <usize>count << 3), TIMES)
  store<usize>(w, arenaAlloc64(arena, bytes), STATES)
  store<usize>(w, arenaAlloc64(arena, bytes), DERIVATIVES)
  return w
}

@inline
function row(w: usize, j: i32): usize {
  return load<usize>(load<usize>(w, LIST) + (<usize>j << 2))
}

function join(w: usize, s: usize): void {
  const count = load<i32>(w, COUNT)
  store<usize>(load<usize>(w, LIST) + (<usize>count << 2), s)
  store<i32>(w, count + 1, COUNT)
}

/** Row j is done: the last one takes its place. */
function leave(w: usize, j: i32): void {
  const last = load<i32>(w, COUNT) - 1, list = load<usize>(w, LIST)
  store<usize>(list + (<usize>j << 2), load<usize>(list + (<usize>last << 2)))
  store<i32>(w, last, COUNT)
}

/** Stage i of all rows at work. In ascending order: a kernel may write behind the end of a row, where the next one comes. */
function stage(w: usize, tableau: usize, n: i32, i: i32, wide: bool): void {
  const count = load<i32>(w, COUNT), bytes = bytesOf(n, wide), times = load<usize>(w, TIMES)
  const from = i * denseStages(tableau)
  const last = fsal(tableau) && i == stages(tableau) - 1
  let at = load<usize>(w, STATES)
  for (let j = 0; j < count; j++, at += bytes) {
    const s = row(w, j)
    combineEither(n, i, load<usize>(s, SOLVE_Y), length(s), load<usize>(tableau, TABLEAU_A), from, load<usize>(s, SOLVE_K), at, wide)
    if (last) memory.copy(load<usize>(s, SOLVE_Y_NEXT), at, bytes)
    store<f64>(times + (<usize>j << 3), stageTime(tableau, i, load<f64>(s, SOLVE_T), load<f64>(s, SOLVE_T_NEXT)))
  }
  at = load<usize>(w, DERIVATIVES)
  evaluateRows(load<usize>(w, EVALUATOR), count, times, load<usize>(w, STATES), at, wide)
  for (let j = 0; j < count; j++, at += bytes) {
    const s = row(w, j)
    memory.copy(state(load<usize>(s, SOLVE_K), i), at, bytes)
    countEvaluation(load<usize>(s, SOLVE_EVAL))
  }
}

/** The length of a step as `rkStep` has it. */
@inline
function length(s: usize): f64 {
  return load<f64>(s, SOLVE_T_NEXT) - load<f64>(s, SOLVE_T)
}

/** What `rkStep` does, for all rows at work. */
function step(w: usize, tableau: usize, n: i32, wide: bool): void {
  for (let i = 1; i < stages(tableau); i++) stage(w, tableau, n, i, wide)
  if (fsal(tableau)) return
  for (let j = 0; j < load<i32>(w, COUNT); j++) {
    const s = row(w, j)
    combineEither(
      n, stages(tableau), load<usize>(s, SOLVE_Y), length(s), load<usize>(tableau, TABLEAU_B), 0, load<usize>(s, SOLVE_K),
      load<usize>(s, SOLVE_Y_NEXT), wide,
    )
  }
}

/**
 * Solves all of the `count` solves at `rows`: adaptive, of one network whose parameters do not follow time, by one explicit
 * Runge-Kutta method, without stops. How each ended is in its SOLVE_STATUS. `arena` is for what they share.
 */
export function solveRows(rows: usize, count: i32, arena: usize, wide: bool): void {
  const first = load<usize>(rows), field = load<usize>(first, SOLVE_FIELD), tableau = load<usize>(first, SOLVE_TABLEAU)
  const n = load<i32>(field, FIELD_DIM), w = rowsNew(arena, field, count, wide)
  for (let j = 0; j < count; j++) {
    const s = load<usize>(rows + (<usize>j << 2))
    // What is evaluated for all rows together is on no row's tape.
    store<usize>(s, 0, SOLVE_TAPE)
    const status = start(s, n, wide)
    store<i32>(s, status, SOLVE_STATUS)
    if (status != STATUS_OK || finished(s)) continue
    begin(s, n, wide)
    join(w, s)
  }
  while (load<i32>(w, COUNT)) {
    // From the last to the first: whoever takes the place of one that leaves has been asked already.
    for (let j = load<i32>(w, COUNT) - 1; j >= 0; j--) {
      const status = propose(row(w, j), n, wide)
      store<i32>(row(w, j), status, SOLVE_STATUS)
      if (status != STATUS_OK) leave(w, j)
    }
    step(w, tableau, n, wide)
    for (let j = load<i32>(w, COUNT) - 1; j >= 0; j--) {
      const status = settle(row(w, j), n, wide)
      store<i32>(row(w, j), status, SOLVE_STATUS)
      if (status != STATUS_OK || finished(row(w, j))) leave(w, j)
    }
  }
  for (let j = 0; j < count; j++) {
    const s = load<usize>(rows + (<usize>j << 2))
    end(s, n, load<i32>(s, SOLVE_STATUS), wide)
  }
}
