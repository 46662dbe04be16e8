import { TABLEAU_MAP, TABLEAU_ROSENBROCK, TABLEAU_TWIN } from '../abi'
import { aim } from '../program/evaluator'
import { mapStep } from './map'
import { reversibleStep } from './reversible'
import { rosenbrockStep } from './rosenbrock'
import { rkStep, state } from './runge-kutta'

/**
 * One step of whatever kind the tableau is: yNext from (t, y). k[0] holds f(t, y) already; yStage is scratch. `wide`: is the state
 * in f64?
 */
export function takeStep(
  tableau: usize, e: usize, n: i32, k: usize, t: f64, tNext: f64, y: usize, yNext: usize, yStage: usize, wide: bool,
): void {
  if (WHOLE) {
    aim(e, t, tNext)
    if (load<i32>(tableau, TABLEAU_MAP)) return mapStep(n, state(k, 0), yNext, wide)
    if (load<usize>(tableau, TABLEAU_ROSENBROCK)) return rosenbrockStep(tableau, e, n, k, t, tNext, y, yNext, yStage, wide)
    if (load<usize>(tableau, TABLEAU_TWIN)) return reversibleStep(tableau, e, n, k, t, tNext, y, yNext, yStage, wide)
  }
  rkStep(tableau, e, n, k, t, tNext, y, yNext, yStage, wide)
}
