import type { TestCore } from './test-core.ts'

/** Bits of the core's element type. */
export type Dtype = 32 | 64
export const dtypes: readonly Dtype[] = [32, 64]

/** Bits of a significand. */
export const precision = { 32: 24, 64: 53 } as const

export function rounded(x: number, dtype: Dtype): number {
  return dtype === 32 ? Math.fround(x) : x
}

/** Copies the arrays into the core, calls `kernel(n, …pointers, result)` and reads the result back. */
export function mapped(
  core: TestCore,
  dtype: Dtype,
  inputs: readonly (readonly number[])[],
  kernel: (...args: number[]) => void,
): number[] {
  const n = inputs[0]?.length ?? 0
  const stride = Math.ceil((n * dtype) / 8 / 16) * 16
  const base = core['mathScratch']?.() ?? 0
  const pointers = Array.from({ length: inputs.length + 1 }, (_, i) => base + i * stride)
  const missing = base + pointers.length * stride - core.memory.buffer.byteLength
  if (missing > 0) core.memory.grow(Math.ceil(missing / 65536))
  const view = (p: number): Float32Array | Float64Array =>
    dtype === 32 ? new Float32Array(core.memory.buffer, p, n) : new Float64Array(core.memory.buffer, p, n)
  inputs.forEach((values, i) => {
    view(pointers[i]!).set(values)
  })
  kernel(n, ...pointers)
  return Array.from(view(pointers.at(-1)!))
}

/** Seeded numbers in [0, 1): Numerical Recipes' linear congruence, its upper bits first. */
export function uniform(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0
    return (state >>> 0) / 2 ** 32
  }
}

/** The doubles or floats next to x, x itself and both signs of it. */
export function around(x: number, dtype: Dtype): number[] {
  const eps = 2 ** -precision[dtype]
  const y = rounded(x, dtype)
  const near = [y, rounded(y * (1 + 2 * eps), dtype), rounded(y * (1 - eps), dtype)]
  return [...near, ...near.map((v) => -v)]
}

/** `n` numbers: a third evenly spread over [low, high], a third random there, a third random in magnitude. */
export function spread(low: number, high: number, n: number, dtype: Dtype, seed: number): number[] {
  const next = uniform(seed)
  const third = Math.ceil(n / 3)
  const even = Array.from({ length: third }, (_, i) => low + ((high - low) * i) / (third - 1))
  const any = Array.from({ length: third }, () => low + (high - low) * next())
  const top = Math.log2(Math.max(-low, high))
  const scaled = Array.from({ length: third }, () => (next() < 0.5 ? -1 : 1) * 2 ** (top - 60 * next()))
  return [...even, ...any, ...scaled.filter((x) => x >= low && x <= high)].map((x) => rounded(x, dtype))
}
