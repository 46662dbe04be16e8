import { evaluator, evaluatorTranspose } from './evaluator'
import { evaluate, evaluateKeep, evaluateTranspose } from './run'

/** dy = f(t, y) once, for a batch; registers come from `arena`. */
export function apply(f: usize, arena: usize, batch: i32, t: f64, y: usize, dy: usize, wide: bool): void {
  evaluate(evaluator(arena, f, batch, wide), t, y, dy, wide)
}

/** The transpose of `apply`: g (cotangent of dy, used up) to gy and, added, to gp. Returns the cotangent of t. */
export function applyTranspose(
  f: usize, arena: usize, batch: i32, t: f64, y: usize, g: usize, gy: usize, gp: usize, dy: usize, wide: bool,
): f64 {
  const e = evaluator(arena, f, batch, wide)
  evaluatorTranspose(arena, e, wide)
  evaluateKeep(e, 0, t, y, dy, wide)
  return evaluateTranspose(e, 0, g, gy, gp, wide)
}
