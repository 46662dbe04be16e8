import {
  SOLVE_ARENA, SOLVE_BATCH, SOLVE_EVAL, SOLVE_FIELD, SOLVE_K, SOLVE_KINKS, SOLVE_OUT_COUNT, SOLVE_STEPS, SOLVE_STEP_COUNT, SOLVE_T0, SOLVE_T1, SOLVE_TABLEAU,
  SOLVE_TIMES, SOLVE_TRAJECTORY, SOLVE_Y, SOLVE_Y_NEXT, SOLVE_Y_STAGE, STEPS_ADAPTIVE, STEPS_GRID, STEPS_MARKED, STEPS_UNIFORM, TABLEAU_B,
  TABLEAU_MAP, TABLEAU_TWIN, TWIN_STAGES, TWIN_Y,
} from '../abi'
import {
  GRAD_GRID, GRAD_NFE, GRAD_OUT, GRAD_OUT_TIMES, GRAD_PARAMS, GRAD_RECOMPUTED, GRAD_SOLVE, GRAD_STOPS, GRAD_STOP_COUNT, GRAD_T0, GRAD_T1,
  GRAD_Y0,
} from '../abi-sweep'
import { axpyEither, bytesOf, combineEither, valueBytes } from '../kernels/either'
import { arenaAlloc, arenaMark, arenaRelease } from '../memory/arena'
import { aim, EVAL_TAPE, evaluations, evaluatorStages, useLayer, useTape } from '../program/evaluator'
import { evaluate } from '../program/run'
import { tapeDerivative, tapeFind, tapeNew, tapeNote } from '../program/tape'
import { mapTranspose } from '../step/map'
import { coupling } from '../step/reversible'
import {
  denseStages, fsal, lengthCotangent, rkExtraStages, rkStagesAgain, rkTranspose, stages, startCotangent, state, stateTable,
} from '../step/runge-kutta'
import { takeStep } from '../step/step'
import { gridTime } from './fixed'
import { endEarly, patternOf, recordedSpan } from './kinks'
import { interpolateTranspose, outputRate, outTime, reached } from './outputs'
import { stateLength } from './solve'
import { freeSlots, popState, pushState, stepCount, topIndex, topState } from './trajectory'

// The reverse sweep: the exact transpose of the accepted steps, last to first. Step sizes an adaptive solve chose are
// constants, but for one that a stop cut short; those of a fixed grid follow t0 and t1, and so does the gradient.

// Scratch of one sweep.
const LAMBDA: usize = 0
const GY: usize = 4
const GS: usize = 8
const GK: usize = 12
/** The derivatives of the stages at hand, on the tape. */
const DERIVATIVES: usize = 16
/** Output times not yet swept: indices below this. */
const OUT_LEFT: usize = 20
/** What the outputs of the step at hand say about its start time and its length (f64). */
const GT: usize = 24
const GH: usize = 32
/** Of a reversible solve: the cotangent of its state, LAMBDA being that of the twin, and room for one more. */
const MU: usize = 40
const NU: usize = 44
const SWEEP_SIZE: usize = 48

function stepTime(s: usize, i: i32): f64 {
  if (load<i32>(s, SOLVE_STEPS) != STEPS_ADAPTIVE) return gridTime(s, i, load<i32>(s, SOLVE_STEP_COUNT))
  return load<f64>(load<usize>(s, SOLVE_TIMES) + (<usize>i << 3))
}

/** Takes step `at` from y again, to yNext. k[0] is the derivative there. */
function retake(s: usize, n: i32, at: i32, y: usize, yNext: usize, wide: bool): void {
  const tableau = load<usize>(s, SOLVE_TABLEAU), e = load<usize>(s, SOLVE_EVAL), k = load<usize>(s, SOLVE_K)
  const t = stepTime(s, at), tNext = stepTime(s, at + 1), span = recordedSpan(s, at, tNext)
  takeStep(tableau, e, n, k, t, span, y, yNext, load<usize>(s, SOLVE_Y_STAGE), wide)
  if (span == tNext) return
  rkExtraStages(tableau, e, n, k, t, span, y, load<usize>(s, SOLVE_Y_STAGE), wide)
  endEarly(s, n, y, t, tNext, span, yNext, wide)
}

/** Takes the steps from the latest kept state to that of step `index` again, keeping states where there is room. */
function rebuild(s: usize, g: usize, n: i32, index: i32, wide: bool): usize {
  const r = load<usize>(s, SOLVE_TRAJECTORY), arena = load<usize>(s, SOLVE_ARENA)
  const e = load<usize>(s, SOLVE_EVAL), k = load<usize>(s, SOLVE_K)
  while (topIndex(r) > index) popState(r)
  let at = topIndex(r), mark = next(r, at, index)
  let y = topState(r), free = load<usize>(s, SOLVE_Y), other = load<usize>(s, SOLVE_Y_NEXT)
  for (; at < index; at++) {
    useLayer(e, at, wide)
    aim(e, stepTime(s, at), stepTime(s, at + 1))
    patternOf(s, at, wide)
    evaluate(e, stepTime(s, at), y, state(k, 0), wide)
    retake(s, n, at, y, free, wide)
    if (!load<usize>(s, SOLVE_KINKS)) tapeNote(load<usize>(e, EVAL_TAPE), at)
    y = free
    free = other
    other = y
    store<i32>(g, load<i32>(g, GRAD_RECOMPUTED) + 1, GRAD_RECOMPUTED)
    if (at + 1 == mark) {
      pushState(r, arena, mark, y)
      mark = next(r, mark, index)
    }
  }
  return y
}

/** Where, on the way from step `at` to `index`, the next state is worth a slot: halfway, or at once when all fit. -1: nowhere. */
function next(r: usize, at: i32, index: i32): i32 {
  const free = freeSlots(r), gap = index - at
  if (!free || !gap) return -1
  return gap <= free ? at + 1 : at + (gap + 1) / 2
}

/** The first output in (t, ...]: outputs are in order, so those of this step are the last ones left. */
function firstOutput(s: usize, left: i32, t: f64): i32 {
  let j = left
  while (j > 0 && !reached(s, outTime(s, j - 1), t)) j--
  return j
}

/** An output time that is a time of the grid moves with the grid: the step's own length has its cotangent. */
@inline
function onGrid(s: usize, time: f64, tNext: f64): bool {
  const steps = load<i32>(s, SOLVE_STEPS)
  return time == tNext && (steps == STEPS_GRID || (steps != STEPS_ADAPTIVE && time == load<f64>(s, SOLVE_T1)))
}

/** Stages that matter to the step to tNext: those of dense output only where an output comes from it. */
function stagesNeeded(s: usize, first: i32, left: i32, tNext: f64): i32 {
  const tableau = load<usize>(s, SOLVE_TABLEAU)
  for (let j = first; j < left; j++) if (!onGrid(s, outTime(s, j), tNext)) return denseStages(tableau)
  return fsal(tableau) ? stages(tableau) - 1 : stages(tableau)
}

/** The most stages that any step of the sweep needs: room for those of dense output only where an output may come from it. */
function mostStages(s: usize): i32 {
  const tableau = load<usize>(s, SOLVE_TABLEAU), steps = load<i32>(s, SOLVE_STEPS)
  if (load<usize>(s, SOLVE_KINKS)) return denseStages(tableau)
  for (let j = 0; j < load<i32>(s, SOLVE_OUT_COUNT) && steps != STEPS_GRID; j++) {
    const time = outTime(s, j), end = time == load<f64>(s, SOLVE_T0) || time == load<f64>(s, SOLVE_T1)
    if (steps == STEPS_ADAPTIVE || steps == STEPS_MARKED || !end) return denseStages(tableau)
  }
  return stages(tableau)
}

/** Charges the outputs first ... left - 1 that are the end of the step to its cotangent, lambda. */
function chargeEnds(s: usize, g: usize, w: usize, n: i32, first: i32, tNext: f64, wide: bool): void {
  for (let j = first; j < load<i32>(w, OUT_LEFT); j++) {
    if (outTime(s, j) == tNext) axpyEither(n, 1, load<usize>(g, GRAD_OUT) + <usize>j * bytesOf(n, wide), load<usize>(w, LAMBDA), wide)
  }
}

/** Charges the outputs first ... left - 1, all within the step (t, tNext], to y, to the stages and to the times. */
function chargeOutputs(s: usize, g: usize, w: usize, n: i32, first: i32, t: f64, tNext: f64, span: f64, wide: bool): void {
  const tableau = load<usize>(s, SOLVE_TABLEAU), k = load<usize>(w, DERIVATIVES), h = span - t
  let gt: f64 = 0, gh: f64 = 0
  for (let j = first; j < load<i32>(w, OUT_LEFT); j++) {
    const time = outTime(s, j), landed = time == tNext
    const cotangent = load<usize>(g, GRAD_OUT) + <usize>j * n * valueBytes(wide)
    if (onGrid(s, time, tNext)) continue
    const theta = time == span ? 1 : (time - t) / h
    const rate = outputRate(tableau, n, k, theta, cotangent, wide)
    const at = load<usize>(g, GRAD_OUT_TIMES) + (<usize>j << 3)
    store<f64>(at, load<f64>(at) + rate)
    // theta = (time - t) / h
    gt -= rate
    gh -= theta * rate
    if (!landed) gh += interpolateTranspose(tableau, n, k, h, theta, cotangent, load<usize>(w, GY), load<usize>(w, GK), wide)
  }
  store<f64>(w, gt, GT)
  store<f64>(w, gh, GH)
}

/** Is this a time that the solve had to land on? */
function isStop(g: usize, time: f64): bool {
  const stops = load<usize>(g, GRAD_STOPS)
  for (let j = 0; j < load<i32>(g, GRAD_STOP_COUNT); j++) if (load<f64>(stops + (<usize>j << 3)) == time) return true
  return false
}

/** Charges the cotangent of step time i to what it follows from. */
function chargeTime(s: usize, g: usize, i: i32, value: f64): void {
  const steps = load<i32>(s, SOLVE_STEPS), count = load<i32>(s, SOLVE_STEP_COUNT)
  let share: f64 = 0
  // From a stop on the steps start there, wherever t0 is.
  if (load<i32>(g, GRAD_STOP_COUNT) && reached(s, load<f64>(load<usize>(g, GRAD_STOPS)), stepTime(s, i))) return
  if (steps >= STEPS_GRID) {
    const at = load<usize>(g, GRAD_GRID) + (<usize>i << 3)
    store<f64>(at, load<f64>(at) + value)
    return
  }
  if (steps == STEPS_UNIFORM) share = <f64>i / <f64>count
  else if (steps != STEPS_ADAPTIVE && i == count) share = 1
  store<f64>(g, load<f64>(g, GRAD_T0) + (1 - share) * value, GRAD_T0)
  store<f64>(g, load<f64>(g, GRAD_T1) + share * value, GRAD_T1)
}

/**
 * The transpose of a method's step from y at time `from` of the solve to time `to` (their numbers), by its first `last` stages; the
 * outputs from `first` on lie within. y = 0: its stages are those evaluated last. lambda: cotangent of its end, replaced by that of y.
 */
function transposeStep(
  s: usize, g: usize, w: usize, n: i32, first: i32, last: i32, from: i32, to: i32, y: usize, lambda: usize, wide: bool,
): void {
  const tableau = load<usize>(s, SOLVE_TABLEAU), e = load<usize>(s, SOLVE_EVAL), k = load<usize>(w, DERIVATIVES)
  const t = stepTime(s, from), tNext = stepTime(s, to), span = recordedSpan(s, from, tNext), bytes = <usize>n * valueBytes(wide)
  aim(e, t, tNext)
  if (y) rkStagesAgain(tableau, e, n, load<usize>(s, SOLVE_K), last, t, span, y, load<usize>(s, SOLVE_Y_STAGE), wide)
  useTape(e, last)
  for (let j = 0; j < last; j++) store<usize>(k + (<usize>j << 2), tapeDerivative(load<usize>(e, EVAL_TAPE), j))
  for (let j = 0; j < last; j++) memory.fill(state(load<usize>(w, GK), j), 0, bytes)
  memory.fill(load<usize>(w, GY), 0, bytes)
  chargeOutputs(s, g, w, n, first, t, tNext, span, wide)
  store<i32>(w, first, OUT_LEFT)
  if (span != tNext) {
    // A step that a kink ended: its end is one of its dense outputs, and behind it there is nothing.
    interpolateTranspose(tableau, n, k, span - t, (tNext - t) / (span - t), lambda, load<usize>(w, GY), load<usize>(w, GK), wide)
    memory.fill(lambda, 0, bytes)
  }
  if (load<i32>(tableau, TABLEAU_MAP)) {
    chargeTime(s, g, from, mapTranspose(e, n, lambda, load<usize>(w, GY), load<usize>(g, GRAD_PARAMS), wide))
    return
  }
  // The step onto a stop is as long as its start leaves it.
  const lengths = load<i32>(s, SOLVE_STEPS) != STEPS_ADAPTIVE || isStop(g, from < to ? tNext : t)
  rkTranspose(
    tableau, e, n, k, last, span - t, lambda, load<usize>(w, GK), load<usize>(w, GY), load<usize>(w, GS),
    load<usize>(g, GRAD_PARAMS), lengths, wide,
  )
  const gh = lengths ? load<f64>(w, GH) + lengthCotangent() : 0
  chargeTime(s, g, from, load<f64>(w, GT) + startCotangent() - gh)
  chargeTime(s, g, to, gh)
}

/** The transpose of step i. */
function sweepStep(s: usize, g: usize, w: usize, n: i32, i: i32, wide: bool): void {
  const left = load<i32>(w, OUT_LEFT), first = firstOutput(s, left, stepTime(s, i)), tNext = stepTime(s, i + 1)
  const e = load<usize>(s, SOLVE_EVAL), whole = recordedSpan(s, i, tNext) == tNext
  const last = whole ? stagesNeeded(s, first, left, tNext) : denseStages(load<usize>(s, SOLVE_TABLEAU))
  const y: usize = tapeFind(load<usize>(e, EVAL_TAPE), i, last) ? 0 : rebuild(s, g, n, i, wide)
  useLayer(e, i, wide)
  patternOf(s, i, wide)
  chargeEnds(s, g, w, n, first, tNext, wide)
  transposeStep(s, g, w, n, first, last, i, i + 1, y, load<usize>(w, LAMBDA), wide)
}

/** The transpose of step i of a reversible solve, x and y its two solutions: both are taken back on the way, from no store. */
function sweepTwins(s: usize, g: usize, w: usize, n: i32, i: i32, wide: bool): void {
  const tableau = load<usize>(s, SOLVE_TABLEAU), k = load<usize>(s, SOLVE_K), b = load<usize>(tableau, TABLEAU_B)
  const twin = load<usize>(tableau, TABLEAU_TWIN), used = load<i32>(twin, TWIN_STAGES), kept = coupling(twin, i)
  const x = load<usize>(twin, TWIN_Y), y = load<usize>(s, SOLVE_Y), t = stepTime(s, i), tNext = stepTime(s, i + 1), h = tNext - t
  const lambda = load<usize>(w, LAMBDA), mu = load<usize>(w, MU), nu = load<usize>(w, NU), bytes = bytesOf(n, wide)
  const left = load<i32>(w, OUT_LEFT), first = firstOutput(s, left, t)
  chargeEnds(s, g, w, n, first, tNext, wide)
  // y <- y - Psi_-h(x), where Psi_-h(x) is a step from x less x.
  memory.fill(nu, 0, bytes)
  axpyEither(n, -1, mu, nu, wide)
  transposeStep(s, g, w, n, left, used, i + 1, i, x, nu, wide)
  combineEither(n, used, y, -h, b, 0, k, y, wide)
  axpyEither(n, 1, mu, lambda, wide)
  axpyEither(n, 1, nu, lambda, wide)
  // x <- kept (x - y) + a step from y, from which the outputs within come as well.
  memory.copy(nu, lambda, bytes)
  transposeStep(s, g, w, n, first, first < left ? stagesNeeded(s, first, left, tNext) : used, i, i + 1, y, nu, wide)
  axpyEither(n, -kept, lambda, mu, wide)
  axpyEither(n, 1, nu, mu, wide)
  axpyEither(n, kept - 1, lambda, lambda, wide)
  combineEither(n, used, y, h, b, 0, k, nu, wide)
  axpyEither(n, -1, nu, x, wide)
  memory.copy(nu, y, bytes)
  axpyEither(n, 1 / kept, x, nu, wide)
  memory.copy(x, nu, bytes)
}

/** The gradient that `g` asks for (abi, GRAD_*). Uses up the trajectory. */
export function sweep(g: usize, wide: bool): void {
  const s = load<usize>(g, GRAD_SOLVE), arena = load<usize>(s, SOLVE_ARENA), e = load<usize>(s, SOLVE_EVAL)
  const n = stateLength(s), bytes = <usize>n * valueBytes(wide), count = mostStages(s)
  const mark = arenaMark(arena), nfe = evaluations(e)
  const w = arenaAlloc(arena, SWEEP_SIZE), lambda = arenaAlloc(arena, bytes)
  store<usize>(w, lambda, LAMBDA)
  store<usize>(w, arenaAlloc(arena, bytes), GY)
  store<usize>(w, arenaAlloc(arena, bytes), GS)
  store<usize>(w, stateTable(arena, count, n, wide), GK)
  store<usize>(w, arenaAlloc(arena, <usize>count << 2), DERIVATIVES)
  store<i32>(w, load<i32>(s, SOLVE_OUT_COUNT), OUT_LEFT)
  evaluatorStages(arena, e, count, wide)
  if (!load<usize>(e, EVAL_TAPE)) {
    const k = load<usize>(s, SOLVE_K), all = denseStages(load<usize>(s, SOLVE_TABLEAU))
    store<usize>(e, tapeNew(arena, load<usize>(s, SOLVE_FIELD), load<i32>(s, SOLVE_BATCH), k, all, 0, wide), EVAL_TAPE)
  }
  const twin = load<usize>(load<usize>(s, SOLVE_TABLEAU), TABLEAU_TWIN)
  store<usize>(w, arenaAlloc(arena, twin ? bytes : 0), MU)
  store<usize>(w, arenaAlloc(arena, twin ? bytes : 0), NU)
  for (let i = stepCount(load<usize>(s, SOLVE_TRAJECTORY)) - 1; i >= 0; i--) {
    if (!twin) {
      sweepStep(s, g, w, n, i, wide)
      continue
    }
    useLayer(e, i, wide)
    sweepTwins(s, g, w, n, i, wide)
  }
  if (twin) axpyEither(n, 1, load<usize>(w, MU), lambda, wide)
  // What is left are outputs at t0: y0 itself.
  for (let j = 0; j < load<i32>(w, OUT_LEFT); j++) axpyEither(n, 1, load<usize>(g, GRAD_OUT) + <usize>j * bytes, lambda, wide)
  memory.copy(load<usize>(g, GRAD_Y0), lambda, bytes)
  store<i32>(g, evaluations(e) - nfe, GRAD_NFE)
  arenaRelease(arena, mark)
}
