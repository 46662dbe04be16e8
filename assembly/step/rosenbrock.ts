import { TABLEAU_A, TABLEAU_B, TABLEAU_ROSENBROCK } from '../abi'
import { bytesOf, combineEither, setValueAt, valueAt } from '../kernels/either'
import { evaluateEither } from '../program/run'
import { factorise, linearise, rightSide, solveLinear, timeDerivative } from './linearise'
import { stages, stageTime, state } from './runge-kutta'

// One step of a Rosenbrock method. Hairer, Wanner II, IV.7 (7.25), written for k_i = u_i / h, so that y, error and dense output
// are the sums of k_i that they are for a Runge-Kutta method:
//
//   (I / gamma - h J) k_i = f(t + c_i h, y + h sum_j a_ij k_j) + sum_j C_ij k_j + gamma_i h df/dt
//
// J and df/dt at (t, y); one factorisation serves all stages, and one Jacobian all attempts from one point. The linear algebra is
// in f64 whatever the precision of the state, which is `wide` or not; so the code is there once.

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

/** As `rkStep`: k[0] holds f(t, y), and keeps it; k[1] ... are the stages. A step that cannot be taken leaves a NaN in yNext. */
export function rosenbrockStep(
  tableau: usize, e: usize, n: i32, k: usize, t: f64, tNext: f64, y: usize, yNext: usize, yStage: usize, wide: bool,
): void {
  const s = stages(tableau), h = tNext - t, numbers = load<usize>(tableau, TABLEAU_ROSENBROCK)
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
      combineEither(n, i, y, h, load<usize>(tableau, TABLEAU_A), i * s, k, yStage, wide)
      evaluateEither(e, stageTime(tableau, i, t, tNext), yStage, f, wide)
    }
    const gammaH = h * valueAt(numbers, i + 1, true)
    solveStage(e, n, i, k, f, gammaH, numbers + (<usize>(1 + s + i * s) << 3), wide)
  }
  combineEither(n, s, y, h, load<usize>(tableau, TABLEAU_B), 0, k, yNext, wide)
}
