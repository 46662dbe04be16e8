// kernels/math on arrays (…32v, …64v) and on scalars (…64s), and kernels/activation on arrays. Whole vectors are read and
// written, so arrays need room for `n` rounded up to a multiple of the lanes.
import { NEEDS_INPUT } from '../abi'
import { activate, activateTranspose } from '../kernels/activate'
import { cos, exp, exp64, expm1, log, log1p, log64, pow64, sigmoid, sin, tanh, tanh64 } from '../kernels/math'
import { cdf } from '../kernels/math-erf'
import { cos64, sin64 } from '../kernels/math-trig'
import { splat } from '../kernels/simd'

/** Where tests may put their arrays: the first aligned byte behind the static data. */
export function mathScratch(): usize { return (__heap_base + 15) & ~15 }

const EXP = 0
const EXPM1 = 1
const LOG = 2
const LOG1P = 3
const TANH = 4
const SIGMOID = 5
const SIN = 6
const COS = 7
const CDF = 8

@inline
function apply<T>(fn: i32, x: v128): v128 {
  switch (fn) {
    case EXP: return exp<T>(x)
    case EXPM1: return expm1<T>(x)
    case LOG: return log<T>(x)
    case LOG1P: return log1p<T>(x)
    case TANH: return tanh<T>(x)
    case SIGMOID: return sigmoid<T>(x)
    case SIN: return sin<T>(x)
    case COS: return cos<T>(x)
    default: return cdf<T>(x)
  }
}

@inline
function map<T>(fn: i32, n: i32, x: usize, y: usize): void {
  const end = <usize>n * sizeof<T>()
  for (let i: usize = 0; i < end; i += 16) v128.store(y + i, apply<T>(fn, v128.load(x + i)))
}

export function exp32v(n: i32, x: usize, y: usize): void { map<f32>(EXP, n, x, y) }
export function exp64v(n: i32, x: usize, y: usize): void { map<f64>(EXP, n, x, y) }
export function expm132v(n: i32, x: usize, y: usize): void { map<f32>(EXPM1, n, x, y) }
export function expm164v(n: i32, x: usize, y: usize): void { map<f64>(EXPM1, n, x, y) }
export function log32v(n: i32, x: usize, y: usize): void { map<f32>(LOG, n, x, y) }
export function log64v(n: i32, x: usize, y: usize): void { map<f64>(LOG, n, x, y) }
export function log1p32v(n: i32, x: usize, y: usize): void { map<f32>(LOG1P, n, x, y) }
export function log1p64v(n: i32, x: usize, y: usize): void { map<f64>(LOG1P, n, x, y) }
export function tanh32v(n: i32, x: usize, y: usize): void { map<f32>(TANH, n, x, y) }
export function tanh64v(n: i32, x: usize, y: usize): void { map<f64>(TANH, n, x, y) }
export function sigmoid32v(n: i32, x: usize, y: usize): void { map<f32>(SIGMOID, n, x, y) }
export function sigmoid64v(n: i32, x: usize, y: usize): void { map<f64>(SIGMOID, n, x, y) }
export function sin32v(n: i32, x: usize, y: usize): void { map<f32>(SIN, n, x, y) }
export function sin64v(n: i32, x: usize, y: usize): void { map<f64>(SIN, n, x, y) }
export function cos32v(n: i32, x: usize, y: usize): void { map<f32>(COS, n, x, y) }
export function cos64v(n: i32, x: usize, y: usize): void { map<f64>(COS, n, x, y) }
export function cdf32v(n: i32, x: usize, y: usize): void { map<f32>(CDF, n, x, y) }
export function cdf64v(n: i32, x: usize, y: usize): void { map<f64>(CDF, n, x, y) }

export function exp64s(x: f64): f64 { return exp64(x) }
export function log64s(x: f64): f64 { return log64(x) }
export function pow64s(x: f64, y: f64): f64 { return pow64(x, y) }
export function tanh64s(x: f64): f64 { return tanh64(x) }
export function sin64s(x: f64): f64 { return sin64(x) }
export function cos64s(x: f64): f64 { return cos64(x) }

/** g = act'(x), with y = act(x). */
@inline
function slopes<T>(id: i32, n: i32, x: usize, y: usize, g: usize): void {
  for (let i: usize = 0; i < <usize>n * sizeof<T>(); i += 16) v128.store(g + i, splat<T>(<T>1))
  activateTranspose<T>(n, id, x, y, g)
}

export function act32(id: i32, n: i32, x: usize, y: usize): void { activate<f32>(n, id, x, y) }
export function act64(id: i32, n: i32, x: usize, y: usize): void { activate<f64>(n, id, x, y) }
export function actGrad32(id: i32, n: i32, x: usize, y: usize, g: usize): void { slopes<f32>(id, n, x, y, g) }
export function actGrad64(id: i32, n: i32, x: usize, y: usize, g: usize): void { slopes<f64>(id, n, x, y, g) }
export function actReadsInput(id: i32): i32 { return NEEDS_INPUT >> id & 1 }
