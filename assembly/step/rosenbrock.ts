import { MAX_STAGES, TABLEAU_A, TABLEAU_B, TABLEAU_ROSENBROCK } from '../abi'
import { bytesOf, combineEither, setValueAt, valueAt } from '../kernels/either'
import { evaluate } from '../program/run'
import { factorise, linearise, rightSide, solveLinear, timeDerivative } from './linearise'
import { denseWeights, stages, stageTime, state } from './runge-kutta'

// One step of a Rosenbrock method. Hairer, Wanner II, IV.7 (7.25), written for k_i = u_i / h, so that y, error and dense output
// are the sums of k_i that they are for a Runge-Kutta method:
//
//   (I / gamma - h J) k_i = f(t + c_i h, y + h sum_j a_ij k_j) + sum_j C_ij k_j + gamma_i h df/dt
//
// J and df/dt at (t, y); one factorisation serves all stages, and one Jacobian all attempts from one point. The linear algebra is
// in f64 whatever the precision of the state, which is `wide` or not; so the code is there once.

/** Where in the step. At 1/2 a stiff component of RODAS is nearly right whatever the step, and would not tell. */
const LOOK: f64 = 0.25
/** Weights of dense output there. */
const weights: usize = memory.data(MAX_STAGES * 8)

/** The stage i for which f is given. */
function solveStage(e: usize, n: i32, i: i32, k: usize, f: usize, gammaH: f64, couplings: usize, wide: bool): void {
  const side = rightSide(e), rate = timeDerivative(e)
  for (let m = 0; m < n; m++) {
    let sum = valueAt(f, m, wide) + gammaH * valueAt(rate, m, true)
    for (let j = 1; j < i; j++) sum += valueAt(couplings, j, true) * valueAt(state(k, j), m, wide)
    setValueAt(side, m, true, sum)
  }
  solveLinear(e)
  for (let m = 0; m < n; m++) setValueAt(state(k, i), m, wide, valueAt(side, m, true))
}

/** sum_i row_i k_i, component m. */
function sumOf(k: usize, count: i32, row: usize, m: i32, wide: bool): f64 {
  let sum: f64 = 0
  for (let i = 0; i < count; i++) sum += valueAt(row, i, true) * valueAt(state(k, i), m, wide)
  return sum
}

/**
 * What the controller sees, as one more stage: of each component the larger of the embedded estimate and of what dense output is
 * wrong by at LOOK, that is M^-1 (p' - f(p)) with the matrix M of the step. The embedded estimate of a very stiff component is
 * damped as its error at the end is, and would pass a step too long for what drives it. `p`: scratch, one state.
 */
function judgeStep(tableau: usize, e: usize, n: i32, k: usize, t: f64, h: f64, y: usize, p: usize, wide: bool): void {
  const s = stages(tableau) - 1, side = rightSide(e), seen = state(k, s)
  const embedded = load<usize>(tableau, TABLEAU_ROSENBROCK) + (<usize>(1 + s) << 3)
  denseWeights(tableau, LOOK, false, weights)
  for (let m = 0; m < n; m++) setValueAt(p, m, wide, valueAt(y, m, wide) + h * sumOf(k, s, weights, m, wide))
  evaluate(e, t + LOOK * h, p, seen, wide)
  denseWeights(tableau, LOOK, true, weights)
  for (let m = 0; m < n; m++) setValueAt(side, m, true, sumOf(k, s, weights, m, wide) - valueAt(seen, m, wide))
  solveLinear(e)
  for (let m = 0; m < n; m++) {
    setValueAt(seen, m, wide, max<f64>(abs<f64>(sumOf(k, s, embedded, m, wide)), abs<f64>(valueAt(side, m, true))))
  }
}

/**
 * As `rkStep`: k[0] holds f(t, y), and keeps it; then come the stages, and what the controller sees. A step that cannot be taken
 * leaves a NaN in yNext.
 */
export function rosenbrockStep(
  tableau: usize, e: usize, n: i32, k: usize, t: f64, tNext: f64, y: usize, yNext: usize, yStage: usize, wide: bool,
): void {
  const s = stages(tableau) - 1, h = tNext - t, numbers = load<usize>(tableau, TABLEAU_ROSENBROCK)
  let bad = linearise(e, t, h, y, state(k, 0))
  // The derivative is at fault: the stage says so, for whoever looks for the cause.
  if (bad >= 0) setValueAt(state(k, 1), bad, wide, NaN)
  else bad = factorise(e, load<f64>(numbers), h)
  if (bad >= 0) {
    memory.copy(yNext, y, bytesOf(n, wide))
    setValueAt(yNext, bad, wide, NaN)
    return
  }
  for (let i = 1; i < s; i++) {
    const f = state(k, i > 1 ? i : 0)
    if (i > 1) {
      combineEither(n, i, y, h, load<usize>(tableau, TABLEAU_A), i * (s + 1), k, yStage, wide)
      evaluate(e, stageTime(tableau, i, t, tNext), yStage, f, wide)
    }
    const gammaH = h * valueAt(numbers, i + 1, true)
    solveStage(e, n, i, k, f, gammaH, numbers + (<usize>(1 + 2 * s + i * s) << 3), wide)
  }
  combineEither(n, s, y, h, load<usize>(tableau, TABLEAU_B), 0, k, yNext, wide)
  judgeStep(tableau, e, n, k, t, h, y, yStage, wide)
}
