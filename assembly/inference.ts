// The ABI of the smaller core: solve and evaluate, no gradients.
import { interpolateAt } from './drive/outputs'
import { solve } from './drive/solve'
import { packedLength } from './kernels/pack'
import { uniform } from './kernels/random'
import { apply } from './program/apply'
import { packField } from './program/panels'

export { arenaAlloc, arenaFree, arenaMark, arenaNew, arenaRelease, memoryRefused, memoryTop } from './memory/arena'
export { seed } from './kernels/random'

export function packedLength32(k: i32, n: i32): i32 { return packedLength<f32>(k, n) }
export function packedLength64(k: i32, n: i32): i32 { return packedLength<f64>(k, n) }
export function packField32(f: usize): void { packField(f, false) }
export function packField64(f: usize): void { packField(f, true) }

export function apply32(f: usize, arena: usize, batch: i32, t: f64, y: usize, dy: usize): void { apply(f, arena, batch, t, y, dy, false) }
export function apply64(f: usize, arena: usize, batch: i32, t: f64, y: usize, dy: usize): void { apply(f, arena, batch, t, y, dy, true) }

export function solve32(s: usize): i32 { return solve(s, false) }
export function solve64(s: usize): i32 { return solve(s, true) }

export function interpolate32(
  tableau: usize, n: i32, y: usize, k: usize, h: f64, theta: f64, out: usize, derivative: bool,
): void {
  interpolateAt(tableau, n, y, k, h, theta, out, derivative, false)
}
export function interpolate64(
  tableau: usize, n: i32, y: usize, k: usize, h: f64, theta: f64, out: usize, derivative: bool,
): void {
  interpolateAt(tableau, n, y, k, h, theta, out, derivative, true)
}

export function uniform32(s: usize, n: i32, low: f64, high: f64, x: usize): void { uniform<f32>(s, n, low, high, x) }
export function uniform64(s: usize, n: i32, low: f64, high: f64, x: usize): void { uniform<f64>(s, n, low, high, x) }
