// Seeded data, the same in every runtime and for every contestant. No imports.

/** Numbers in [0, 1) by mulberry32: 32 bits each, and integers only until the last division. */
export function stream(seed) {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let z = state
    z = Math.imul(z ^ (z >>> 15), z | 1)
    z ^= z + Math.imul(z ^ (z >>> 7), z | 61)
    return ((z ^ (z >>> 14)) >>> 0) / 4294967296
  }
}

/** `length` numbers in f32, uniform in [-scale, scale). */
export function uniform(next, length, scale) {
  return Float32Array.from({ length }, () => scale * (2 * next() - 1))
}
