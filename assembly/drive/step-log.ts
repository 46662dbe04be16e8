import {
  SOLVE_ACCEPTED, SOLVE_EVAL, SOLVE_H_LARGEST, SOLVE_H_SMALLEST, SOLVE_K, SOLVE_T, SOLVE_TABLEAU, SOLVE_Y, SOLVE_Y_NEXT,
  SOLVE_Y_STAGE, TABLEAU_END, TABLEAU_TWIN, TWIN_NEXT,
} from '../abi'
import { firstNonFiniteEither } from '../kernels/either'
import { EVAL_TAPE } from '../program/evaluator'
import { tapeNote, tapeSwap } from '../program/tape'
import { advanceTwin } from '../step/reversible'
import { denseStages, rkExtraStages, stages, state } from '../step/runge-kutta'
import { emit, lookedInto } from './outputs'
import { recordStages, recordState } from './trajectory'

/**
 * Takes the extra stages of dense output, if there are any and the step is looked into. Due before `accept`. Returns the first
 * component of theirs that is not finite, or -1.
 */
export function lookInto(s: usize, n: i32, t: f64, tNext: f64, wide: bool): i32 {
  const tableau = load<usize>(s, SOLVE_TABLEAU), k = load<usize>(s, SOLVE_K)
  if (denseStages(tableau) == stages(tableau) || !lookedInto(s, tNext)) return -1
  rkExtraStages(
    tableau, load<usize>(s, SOLVE_EVAL), n, k, t, tNext, load<usize>(s, SOLVE_Y), load<usize>(s, SOLVE_Y_STAGE), wide,
  )
  for (let i = stages(tableau); i < denseStages(tableau); i++) {
    const bad = firstNonFiniteEither(n, state(k, i), wide)
    if (bad >= 0) return bad
  }
  return -1
}

/**
 * What every accepted step does: outputs, record, statistics; then the end of the step becomes the start of the next. Returns
 * whether k[0] is the derivative there.
 */
export function accept(s: usize, n: i32, t: f64, tNext: f64, wide: bool): bool {
  const k = load<usize>(s, SOLVE_K), y = load<usize>(s, SOLVE_Y), yNext = load<usize>(s, SOLVE_Y_NEXT)
  const accepted = load<i32>(s, SOLVE_ACCEPTED)
  const tableau = load<usize>(s, SOLVE_TABLEAU), end = load<i32>(tableau, TABLEAU_END)
  const known = end >= 0 && (end < stages(tableau) || lookedInto(s, tNext))
  const twin = WHOLE ? load<usize>(tableau, TABLEAU_TWIN) : 0
  emit(s, n, k, t, tNext, y, twin ? load<usize>(twin, TWIN_NEXT) : yNext, wide)
  if (twin) advanceTwin(twin)
  recordStages(s, accepted, y, k)
  recordState(s, tNext, yNext)
  const tape = WHOLE ? load<usize>(load<usize>(s, SOLVE_EVAL), EVAL_TAPE) : 0
  if (WHOLE && tape) tapeNote(tape, accepted)
  const size = abs<f64>(tNext - t)
  store<f64>(s, min<f64>(size, load<f64>(s, SOLVE_H_SMALLEST)), SOLVE_H_SMALLEST)
  store<f64>(s, max<f64>(size, load<f64>(s, SOLVE_H_LARGEST)), SOLVE_H_LARGEST)
  store<i32>(s, accepted + 1, SOLVE_ACCEPTED)
  store<usize>(s, yNext, SOLVE_Y)
  store<usize>(s, y, SOLVE_Y_NEXT)
  store<f64>(s, tNext, SOLVE_T)
  if (known) swapEnds(k, end)
  if (WHOLE && tape && known) tapeSwap(tape, end)
  return known
}

/** First same as last: the derivative at the end of this step, stage `end`, is the first stage of the next. */
function swapEnds(k: usize, end: i32): void {
  const first = state(k, 0)
  store<usize>(k, state(k, end))
  store<usize>(k + (<usize>end << 2), first)
}
