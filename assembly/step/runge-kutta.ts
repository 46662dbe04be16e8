import {
  TABLEAU_A, TABLEAU_B, TABLEAU_C, TABLEAU_DEGREE, TABLEAU_DENSE, TABLEAU_DENSE_STAGES, TABLEAU_END, TABLEAU_STAGES,
  TABLEAU_TERMS,
} from '../abi'
import { axpyEither, bytesOf, combineEither, innerProductEither, valueAt, valueBytes } from '../kernels/either'
import { combineTerms } from '../kernels/elementwise'
import { arenaAlloc } from '../memory/arena'
import { evaluate, evaluateTranspose } from '../program/run'

// One explicit Runge-Kutta step and its transpose, for any tableau.
// `tableau` as in abi, `e` an evaluator, `k` a table of pointers to the stages' derivatives, n values per state.

@inline
export function stages(tableau: usize): i32 {
  return load<i32>(tableau, TABLEAU_STAGES)
}

/** The stages of dense output: those of the step, and the extra ones behind them. */
@inline
export function denseStages(tableau: usize): i32 {
  return load<i32>(tableau, TABLEAU_DENSE_STAGES)
}

/** First same as last: is the last stage of a step f at the new point? */
@inline
export function fsal(tableau: usize): bool {
  return load<i32>(tableau, TABLEAU_END) == stages(tableau) - 1
}

@inline
function row(tableau: usize, i: i32, wide: bool): usize {
  return load<usize>(tableau, TABLEAU_A) + <usize>i * denseStages(tableau) * valueBytes(wide)
}

/** A stage at c = 1 is taken at tNext itself, so that the next step may use it again (FSAL) to the bit. */
@inline
export function stageTime(tableau: usize, i: i32, t: f64, tNext: f64): f64 {
  const c = load<f64>(load<usize>(tableau, TABLEAU_C) + (<usize>i << 3))
  return c == 1 ? tNext : t + c * (tNext - t)
}

/** A table of `count` states of n values. */
export function stateTable(arena: usize, count: i32, n: i32, wide: bool): usize {
  const table = arenaAlloc(arena, <usize>count << 2)
  for (let i: usize = 0; i < <usize>count; i++) store<usize>(table + (i << 2), arenaAlloc(arena, bytesOf(n, wide)))
  return table
}

@inline
export function state(table: usize, i: i32): usize {
  return load<usize>(table + (<usize>i << 2))
}

/** out = y + h times the sum of stage i, or of b behind the last: in f64 without the zeros, which are half of a high order's rows. */
@inline
function combineRow(tableau: usize, n: i32, i: i32, y: usize, h: f64, k: usize, out: usize, wide: bool): void {
  if (WHOLE && wide) combineTerms(n, y, h, load<usize>(tableau, TABLEAU_TERMS) + (<usize>i << 2), k, out)
  else combineEither(n, i, y, h, i < stages(tableau) ? row(tableau, i, wide) : load<usize>(tableau, TABLEAU_B), 0, k, out, wide)
}

/** yNext = the step from (t, y) to tNext. k[0] holds f(t, y) already; yStage is scratch. */
export function rkStep(
  tableau: usize, e: usize, n: i32, k: usize, t: f64, tNext: f64, y: usize, yNext: usize, yStage: usize, wide: bool,
): void {
  const s = stages(tableau), h = tNext - t
  const same = fsal(tableau)
  for (let i = 1; i < s; i++) {
    const at = same && i == s - 1 ? yNext : yStage
    combineRow(tableau, n, i, y, h, k, at, wide)
    evaluate(e, stageTime(tableau, i, t, tNext), at, state(k, i), wide)
  }
  if (!same) combineRow(tableau, n, s, y, h, k, yNext, wide)
}

/** The stages that only dense output needs, after `rkStep`. */
export function rkExtraStages(
  tableau: usize, e: usize, n: i32, k: usize, t: f64, tNext: f64, y: usize, yStage: usize, wide: bool,
): void {
  for (let i = stages(tableau); i < denseStages(tableau); i++) {
    combineEither(n, i, y, tNext - t, load<usize>(tableau, TABLEAU_A), i * denseStages(tableau), k, yStage, wide)
    evaluate(e, stageTime(tableau, i, t, tNext), yStage, state(k, i), wide)
  }
}

/** The weights b_i(theta) of the dense output (f64, one a stage), or their derivatives. Horner from the highest power. */
export function denseWeights(tableau: usize, theta: f64, derivative: bool, weights: usize): void {
  const degree = load<i32>(tableau, TABLEAU_DEGREE)
  let at = load<usize>(tableau, TABLEAU_DENSE)
  for (let i: usize = 0; i < <usize>denseStages(tableau); i++, at += <usize>degree << 3) {
    let w: f64 = 0
    for (let j = degree - 1; j >= 0; j--) {
      const p = load<f64>(at + (<usize>j << 3))
      w = w * theta + (derivative ? <f64>(j + 1) * p : p)
    }
    store<f64>(weights + (i << 3), derivative ? w : w * theta)
  }
}

/** Takes the first `last` stages of a step again, for the tape; yStage is scratch. */
export function rkStagesAgain(
  tableau: usize, e: usize, n: i32, k: usize, last: i32, t: f64, tNext: f64, y: usize, yStage: usize, wide: bool,
): void {
  for (let i = 0; i < last; i++) {
    if (i) combineEither(n, i, y, tNext - t, row(tableau, i, wide), 0, k, yStage, wide)
    evaluate(e, stageTime(tableau, i, t, tNext), i ? yStage : y, state(k, i), wide)
  }
}

// What the transpose of a step says about its time and its length.
const timeCotangents: usize = memory.data(16)

/** The cotangent of t at fixed h, after `rkTranspose`. */
export function startCotangent(): f64 {
  return load<f64>(timeCotangents)
}

/** The cotangent of h at fixed t, after `rkTranspose` with `lengths`. */
export function lengthCotangent(): f64 {
  return load<f64>(timeCotangents, 8)
}

/** <g, sum_j w_j k_j> */
function along(n: i32, count: i32, weights: usize, k: usize, g: usize, wide: bool): f64 {
  let s: f64 = 0
  for (let j: usize = 0; j < <usize>count; j++) {
    const w = valueAt(weights, <i32>j, wide)
    if (w != 0) s += w * innerProductEither(n, g, load<usize>(k + (j << 2)), wide)
  }
  return s
}

/**
 * The transpose of yNext = y + h sum_i b_i k_i, k_i = f(t + c_i h, y + h sum_j a_ij k_j), its stages on the tape in use.
 * `lambda`: cotangent of yNext, replaced by that of y. `gk`: cotangents of the stages that dense output has already
 * charged (used up), `gy`: the same for y; both are added to. `gs` is scratch, `gp` += the cotangent of the parameters.
 * `lengths`: also the cotangent of h. Reverse of the forward order; Hager 2000 gives the same scheme as an RK method.
 */
export function rkTranspose(
  tableau: usize, e: usize, n: i32, k: usize, last: i32, h: f64,
  lambda: usize, gk: usize, gy: usize, gs: usize, gp: usize, lengths: bool, wide: bool,
): void {
  const b = load<usize>(tableau, TABLEAU_B), c = load<usize>(tableau, TABLEAU_C)
  let gt: f64 = 0
  // What lies behind the step's own stages has no weight in it.
  const weighted = min<i32>(last, stages(tableau))
  let gh: f64 = lengths ? along(n, weighted, b, k, lambda, wide) : 0
  for (let i = 0; i < weighted; i++) {
    const w = valueAt(b, i, wide)
    if (w != 0) axpyEither(n, h * w, lambda, state(gk, i), wide)
  }
  axpyEither(n, 1, lambda, gy, wide)
  for (let i = last - 1; i >= 0; i--) {
    const ti = evaluateTranspose(e, i, state(gk, i), gs, gp, wide)
    gt += ti
    gh += load<f64>(c + (<usize>i << 3)) * ti
    if (lengths) gh += along(n, i, row(tableau, i, wide), k, gs, wide)
    axpyEither(n, 1, gs, gy, wide)
    for (let j = 0; j < i; j++) {
      const w = valueAt(row(tableau, i, wide), j, wide)
      if (w != 0) axpyEither(n, h * w, gs, state(gk, j), wide)
    }
  }
  memory.copy(lambda, gy, <usize>n * valueBytes(wide))
  store<f64>(timeCotangents, gt)
  store<f64>(timeCotangents, gh, 8)
}
