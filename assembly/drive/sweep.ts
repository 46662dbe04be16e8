import {
  GRAD_GRID, GRAD_NFE, GRAD_OUT, GRAD_OUT_TIMES, GRAD_PARAMS, GRAD_RECOMPUTED, GRAD_SOLVE, GRAD_STOPS, GRAD_STOP_COUNT, GRAD_T0, GRAD_T1, GRAD_Y0, SOLVE_ARENA,
  SOLVE_EVAL, SOLVE_K, SOLVE_KINKS, SOLVE_OUT_COUNT, SOLVE_STEPS, SOLVE_STEP_COUNT, SOLVE_T0, SOLVE_T1, SOLVE_TABLEAU, SOLVE_TIMES, SOLVE_TRAJECTORY, SOLVE_Y, SOLVE_Y_NEXT,
  SOLVE_Y_STAGE, STEPS_ADAPTIVE, STEPS_GRID, STEPS_UNIFORM, TABLEAU_MAP,
} from '../abi'
import { axpy } from '../kernels/elementwise'
import { arenaAlloc, arenaMark, arenaRelease } from '../memory/arena'
import { evaluate, evaluations, evaluatorTranspose, useLayer } from '../program/run'
import { mapTranspose } from '../step/map'
import {
  denseStages, fsal, lengthCotangent, rkExtraStages, rkStagesKeep, rkTranspose, stages, startCotangent, state, stateTable,
} from '../step/runge-kutta'
import { takeStep } from '../step/step'
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
const STATES: usize = 16
/** Output times not yet swept: indices below this. */
const OUT_LEFT: usize = 20
/** What the outputs of the step at hand say about its start time and its length (f64). */
const GT: usize = 24
const GH: usize = 32
const SWEEP_SIZE: usize = 48

@inline
function stepTime(s: usize, i: i32): f64 {
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
function rebuild<T>(s: usize, g: usize, n: i32, index: i32): usize {
  const r = load<usize>(s, SOLVE_TRAJECTORY), arena = load<usize>(s, SOLVE_ARENA)
  const e = load<usize>(s, SOLVE_EVAL), k = load<usize>(s, SOLVE_K)
  while (topIndex(r) > index) popState(r)
  let at = topIndex(r), mark = next(r, at, index)
  let y = topState(r), free = load<usize>(s, SOLVE_Y), other = load<usize>(s, SOLVE_Y_NEXT)
  for (; at < index; at++) {
    useLayer<T>(e, at)
    patternOf(s, at, sizeof<T>() == 8)
    evaluate<T>(e, stepTime(s, at), y, state(k, 0))
    retake(s, n, at, y, free, sizeof<T>() == 8)
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
    if (steps == STEPS_ADAPTIVE || !end) return denseStages(tableau)
  }
  return stages(tableau)
}

/** Charges the outputs first ... left - 1, all within the step (t, tNext], to lambda, to y, to the stages and to the times. */
function chargeOutputs<T>(s: usize, g: usize, w: usize, n: i32, first: i32, t: f64, tNext: f64, span: f64): void {
  const tableau = load<usize>(s, SOLVE_TABLEAU), k = load<usize>(s, SOLVE_K), h = span - t
  let gt: f64 = 0, gh: f64 = 0
  for (let j = first; j < load<i32>(w, OUT_LEFT); j++) {
    const time = outTime(s, j), landed = time == tNext
    const cotangent = load<usize>(g, GRAD_OUT) + <usize>j * n * sizeof<T>()
    if (landed) axpy<T>(n, 1, cotangent, load<usize>(w, LAMBDA))
    if (onGrid(s, time, tNext)) continue
    const theta = time == span ? 1 : (time - t) / h
    const rate = outputRate<T>(tableau, n, k, theta, cotangent)
    const at = load<usize>(g, GRAD_OUT_TIMES) + (<usize>j << 3)
    store<f64>(at, load<f64>(at) + rate)
    // theta = (time - t) / h
    gt -= rate
    gh -= theta * rate
    if (!landed) gh += interpolateTranspose<T>(tableau, n, k, h, theta, cotangent, load<usize>(w, GY), load<usize>(w, GK))
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

/** The transpose of step i. */
function sweepStep<T>(s: usize, g: usize, w: usize, n: i32, i: i32): void {
  const tableau = load<usize>(s, SOLVE_TABLEAU), e = load<usize>(s, SOLVE_EVAL), k = load<usize>(s, SOLVE_K)
  const t = stepTime(s, i), tNext = stepTime(s, i + 1), span = recordedSpan(s, i, tNext), lambda = load<usize>(w, LAMBDA)
  const y = rebuild<T>(s, g, n, i)
  useLayer<T>(e, i)
  patternOf(s, i, sizeof<T>() == 8)
  const first = firstOutput(s, load<i32>(w, OUT_LEFT), t)
  const last = span == tNext ? stagesNeeded(s, first, load<i32>(w, OUT_LEFT), tNext) : denseStages(tableau)
  rkStagesKeep<T>(tableau, e, n, k, load<usize>(w, STATES), last, t, span, y)
  const bytes = <usize>n * sizeof<T>()
  for (let j = 0; j < last; j++) memory.fill(state(load<usize>(w, GK), j), 0, bytes)
  memory.fill(load<usize>(w, GY), 0, bytes)
  chargeOutputs<T>(s, g, w, n, first, t, tNext, span)
  store<i32>(w, first, OUT_LEFT)
  if (span != tNext) {
    // A step that a kink ended: its end is one of its dense outputs, and behind it there is nothing.
    interpolateTranspose<T>(tableau, n, k, span - t, (tNext - t) / (span - t), lambda, load<usize>(w, GY), load<usize>(w, GK))
    memory.fill(lambda, 0, bytes)
  }
  if (load<i32>(tableau, TABLEAU_MAP)) {
    chargeTime(s, g, i, mapTranspose<T>(e, n, lambda, load<usize>(w, GY), load<usize>(g, GRAD_PARAMS)))
    return
  }
  // The step onto a stop is as long as its start leaves it.
  const lengths = load<i32>(s, SOLVE_STEPS) != STEPS_ADAPTIVE || isStop(g, tNext)
  rkTranspose<T>(
    tableau, e, n, k, load<usize>(w, STATES), last, span - t, lambda, load<usize>(w, GK), load<usize>(w, GY),
    load<usize>(w, GS), load<usize>(g, GRAD_PARAMS), lengths,
  )
  const gh = lengths ? load<f64>(w, GH) + lengthCotangent() : 0
  chargeTime(s, g, i, load<f64>(w, GT) + startCotangent() - gh)
  chargeTime(s, g, i + 1, gh)
}

/** The gradient that `g` asks for (abi, GRAD_*). Uses up the trajectory. */
export function sweep<T>(g: usize): void {
  const s = load<usize>(g, GRAD_SOLVE), arena = load<usize>(s, SOLVE_ARENA), e = load<usize>(s, SOLVE_EVAL)
  const n = stateLength(s), bytes = <usize>n * sizeof<T>(), count = mostStages(s)
  const mark = arenaMark(arena), nfe = evaluations(e)
  const w = arenaAlloc(arena, SWEEP_SIZE), lambda = arenaAlloc(arena, bytes)
  store<usize>(w, lambda, LAMBDA)
  store<usize>(w, arenaAlloc(arena, bytes), GY)
  store<usize>(w, arenaAlloc(arena, bytes), GS)
  store<usize>(w, stateTable(arena, count, n, sizeof<T>() == 8), GK)
  store<usize>(w, stateTable(arena, count, n, sizeof<T>() == 8), STATES)
  store<i32>(w, load<i32>(s, SOLVE_OUT_COUNT), OUT_LEFT)
  evaluatorTranspose<T>(arena, e, count)
  for (let i = stepCount(load<usize>(s, SOLVE_TRAJECTORY)) - 1; i >= 0; i--) sweepStep<T>(s, g, w, n, i)
  // What is left are outputs at t0: y0 itself.
  for (let j = 0; j < load<i32>(w, OUT_LEFT); j++) axpy<T>(n, 1, load<usize>(g, GRAD_OUT) + <usize>j * bytes, lambda)
  memory.copy(load<usize>(g, GRAD_Y0), lambda, bytes)
  store<i32>(g, evaluations(e) - nfe, GRAD_NFE)
  arenaRelease(arena, mark)
}
