import { STREAM_SIZE } from '../abi'
import { setValueAt } from './either'
import { log64 } from './math'
import { cos64, sin64 } from './math-trig'

// xoshiro256** (Blackman, Vigna 2018): STREAM_SIZE bytes of state at `s`, seeded by splitmix64 so that any two seeds give unrelated
// streams. Integer arithmetic only: the same stream on every machine.

/** Fills the state from a seed. */
export function seed(s: usize, value: u64): void {
  for (let i: usize = 0; i < <usize>STREAM_SIZE; i += 8) {
    value += 0x9e3779b97f4a7c15
    let z = value
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb
    store<u64>(s + i, z ^ (z >> 31))
  }
}

function next(s: usize): u64 {
  const s0 = load<u64>(s), s1 = load<u64>(s, 8), s3 = load<u64>(s, 24)
  const s2 = load<u64>(s, 16) ^ s0
  const s3b = s3 ^ s1
  const result = rotl<u64>(s1 * 5, 7) * 9
  store<u64>(s, s0 ^ s3b)
  store<u64>(s, s1 ^ s2, 8)
  store<u64>(s, s2 ^ (s1 << 17), 16)
  store<u64>(s, rotl<u64>(s3b, 45), 24)
  return result
}

/** Uniform on [0, 1), 53 bits. */
function unit(s: usize): f64 {
  return <f64>(next(s) >> 11) * 1.1102230246251565e-16
}

/** n deviates uniform on [low, high] (high only by rounding). */
export function uniform(s: usize, n: i32, low: f64, high: f64, x: usize, wide: bool): void {
  for (let i = 0; i < n; i++) setValueAt(x, i, wide, low + (high - low) * unit(s))
}

/** n normal deviates; Box, Muller 1958. Both deviates of a pair are used. */
export function normal(s: usize, n: i32, mean: f64, deviation: f64, x: usize, wide: bool): void {
  for (let i = 0; i < n; i += 2) {
    const radius = deviation * sqrt<f64>(-2 * log64(1 - unit(s)))
    const angle = 6.283185307179586 * unit(s)
    setValueAt(x, i, wide, mean + radius * cos64(angle))
    if (i + 1 < n) setValueAt(x, i + 1, wide, mean + radius * sin64(angle))
  }
}

/** A random permutation of 0 ... n-1 (i32); Fisher, Yates by Durstenfeld 1964, Lemire's multiply-shift for the index. */
export function permutation(s: usize, n: i32, x: usize): void {
  for (let i = 0; i < n; i++) store<i32>(x + (<usize>i << 2), i)
  for (let i = n - 1; i > 0; i--) {
    const j = <i32>(((next(s) >> 32) * <u64>(i + 1)) >> 32)
    const a = x + (<usize>i << 2), b = x + (<usize>j << 2)
    const v = load<i32>(a)
    store<i32>(a, load<i32>(b))
    store<i32>(b, v)
  }
}
