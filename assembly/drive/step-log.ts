import { SOLVE_ACCEPTED, SOLVE_H_LARGEST, SOLVE_H_SMALLEST, SOLVE_K, SOLVE_T, SOLVE_TABLEAU, SOLVE_Y, SOLVE_Y_NEXT, TABLEAU_FSAL } from '../abi'
import { stages, state } from '../step/runge-kutta'
import { emit } from './outputs'
import { recordStages, recordState } from './trajectory'

/** What every accepted step does: outputs, record, statistics; then the end of the step becomes the start of the next. */
export function accept<T>(s: usize, n: i32, t: f64, tNext: f64): void {
  const k = load<usize>(s, SOLVE_K), y = load<usize>(s, SOLVE_Y), yNext = load<usize>(s, SOLVE_Y_NEXT)
  const accepted = load<i32>(s, SOLVE_ACCEPTED)
  emit<T>(s, n, k, t, tNext, y, yNext)
  recordStages(s, accepted, y, k)
  recordState(s, tNext, yNext)
  const size = abs<f64>(tNext - t)
  store<f64>(s, min<f64>(size, load<f64>(s, SOLVE_H_SMALLEST)), SOLVE_H_SMALLEST)
  store<f64>(s, max<f64>(size, load<f64>(s, SOLVE_H_LARGEST)), SOLVE_H_LARGEST)
  store<i32>(s, accepted + 1, SOLVE_ACCEPTED)
  store<usize>(s, yNext, SOLVE_Y)
  store<usize>(s, y, SOLVE_Y_NEXT)
  store<f64>(s, tNext, SOLVE_T)
  const tableau = load<usize>(s, SOLVE_TABLEAU)
  if (load<i32>(tableau, TABLEAU_FSAL)) swapEnds(k, stages(tableau) - 1)
}

/** First same as last: the derivative at the end of this step is the first stage of the next. */
function swapEnds(k: usize, last: i32): void {
  const first = state(k, 0)
  store<usize>(k, state(k, last))
  store<usize>(k + (<usize>last << 2), first)
}
