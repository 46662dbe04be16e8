// The ABI of the smaller core: solve and evaluate, no gradients.
import { interpolateAt } from './drive/outputs'
import { solve as solveOne } from './drive/solve'
import { packedLength as lengthOf } from './kernels/pack'
import { uniform as fillUniform } from './kernels/random'
import { apply as evaluate } from './program/apply'
import { packField as packLayers } from './program/panels'

export { arenaAlloc, arenaFree, arenaMark, arenaNew, arenaRelease, memoryRefused, memoryTop } from './memory/arena'
export { seed } from './kernels/random'

export function packedLength(wide: bool, k: i32, n: i32): i32 { return wide ? lengthOf<f64>(k, n) : lengthOf<f32>(k, n) }
export function packField(wide: bool, f: usize): void { packLayers(f, wide) }

export function apply(wide: bool, f: usize, arena: usize, batch: i32, t: f64, y: usize, dy: usize): void {
  evaluate(f, arena, batch, t, y, dy, wide)
}
export function solve(wide: bool, s: usize): i32 { return solveOne(s, wide) }

export function interpolate(
  wide: bool, tableau: usize, n: i32, y: usize, k: usize, h: f64, theta: f64, out: usize, derivative: bool,
): void {
  interpolateAt(tableau, n, y, k, h, theta, out, derivative, wide)
}

export function uniform(wide: bool, s: usize, n: i32, low: f64, high: f64, x: usize): void { fillUniform(s, n, low, high, x, wide) }
