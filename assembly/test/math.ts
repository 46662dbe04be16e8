// Array forms of kernels/math and kernels/activation. Arrays are padded to whole vectors: `n` is rounded up to lanes.
import { act, actGrad, actNeedsInput } from '../kernels/activation'
import { exp, exp64 as expOne, expm1, log, log1p, log64 as logOne, pow64 as powOne, sigmoid, tanh, tanh64 as tanhOne } from '../kernels/math'
import { cdf } from '../kernels/math-erf'
import { cos, cos64 as cosOne, sin, sin64 as sinOne } from '../kernels/math-trig'

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

export function exp32(n: i32, x: usize, y: usize): void { map<f32>(EXP, n, x, y) }
export function exp64(n: i32, x: usize, y: usize): void { map<f64>(EXP, n, x, y) }
export function expm132(n: i32, x: usize, y: usize): void { map<f32>(EXPM1, n, x, y) }
export function expm164(n: i32, x: usize, y: usize): void { map<f64>(EXPM1, n, x, y) }
export function log32(n: i32, x: usize, y: usize): void { map<f32>(LOG, n, x, y) }
export function log64(n: i32, x: usize, y: usize): void { map<f64>(LOG, n, x, y) }
export function log1p32(n: i32, x: usize, y: usize): void { map<f32>(LOG1P, n, x, y) }
export function log1p64(n: i32, x: usize, y: usize): void { map<f64>(LOG1P, n, x, y) }
export function tanh32(n: i32, x: usize, y: usize): void { map<f32>(TANH, n, x, y) }
export function tanh64(n: i32, x: usize, y: usize): void { map<f64>(TANH, n, x, y) }
export function sigmoid32(n: i32, x: usize, y: usize): void { map<f32>(SIGMOID, n, x, y) }
export function sigmoid64(n: i32, x: usize, y: usize): void { map<f64>(SIGMOID, n, x, y) }
export function sin32(n: i32, x: usize, y: usize): void { map<f32>(SIN, n, x, y) }
export function sin64(n: i32, x: usize, y: usize): void { map<f64>(SIN, n, x, y) }
export function cos32(n: i32, x: usize, y: usize): void { map<f32>(COS, n, x, y) }
export function cos64(n: i32, x: usize, y: usize): void { map<f64>(COS, n, x, y) }
export function cdf32(n: i32, x: usize, y: usize): void { map<f32>(CDF, n, x, y) }
export function cdf64(n: i32, x: usize, y: usize): void { map<f64>(CDF, n, x, y) }

export function expScalar(x: f64): f64 { return expOne(x) }
export function logScalar(x: f64): f64 { return logOne(x) }
export function powScalar(x: f64, y: f64): f64 { return powOne(x, y) }
export function tanhScalar(x: f64): f64 { return tanhOne(x) }
export function sinScalar(x: f64): f64 { return sinOne(x) }
export function cosScalar(x: f64): f64 { return cosOne(x) }

@inline
function mapAct<T>(id: i32, n: i32, x: usize, y: usize): void {
  const end = <usize>n * sizeof<T>()
  for (let i: usize = 0; i < end; i += 16) v128.store(y + i, act<T>(id, v128.load(x + i)))
}

@inline
function mapActGrad<T>(id: i32, n: i32, x: usize, y: usize, g: usize): void {
  const end = <usize>n * sizeof<T>()
  for (let i: usize = 0; i < end; i += 16) {
    v128.store(g + i, actGrad<T>(id, v128.load(x + i), v128.load(y + i)))
  }
}

export function act32(id: i32, n: i32, x: usize, y: usize): void { mapAct<f32>(id, n, x, y) }
export function act64(id: i32, n: i32, x: usize, y: usize): void { mapAct<f64>(id, n, x, y) }
export function actGrad32(id: i32, n: i32, x: usize, y: usize, g: usize): void { mapActGrad<f32>(id, n, x, y, g) }
export function actGrad64(id: i32, n: i32, x: usize, y: usize, g: usize): void { mapActGrad<f64>(id, n, x, y, g) }
export function actReadsInput(id: i32): i32 { return <i32>actNeedsInput(id) }
