import { evaluate, evaluateKeep, evaluateTranspose, evaluator, evaluatorTranspose } from './run'

/** dy = f(t, y) once, for a batch; registers come from `arena`. */
export function apply<T>(f: usize, arena: usize, batch: i32, t: f64, y: usize, dy: usize): void {
  evaluate<T>(evaluator(arena, f, batch, sizeof<T>() == 8), t, y, dy)
}

/** The transpose of `apply`: g (cotangent of dy, used up) to gy and, added, to gp. Returns the cotangent of t. */
export function applyTranspose<T>(
  f: usize, arena: usize, batch: i32, t: f64, y: usize, g: usize, gy: usize, gp: usize, dy: usize,
): f64 {
  const e = evaluator(arena, f, batch, sizeof<T>() == 8)
  evaluatorTranspose(arena, e, 1, sizeof<T>() == 8)
  evaluateKeep<T>(e, 0, t, y, dy)
  return evaluateTranspose<T>(e, 0, g, gy, gp)
}
