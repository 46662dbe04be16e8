// Activations and their derivatives. The cheapest are inlined into the caller; the others stand behind one call: their
// bodies exist once per dtype and not once per call site, for which tanh in a loop pays some 7 %.
import {
  ACT_ELU,
  ACT_EXP,
  ACT_GELU,
  ACT_IDENTITY,
  ACT_LEAKY_RELU,
  ACT_RELU,
  ACT_SIGMOID,
  ACT_SILU,
  ACT_SIN,
  ACT_SOFTPLUS,
  ACT_TANH,
} from '../activations'
import { NEEDS_INPUT, SLOPE } from '../abi'
import { exp, expm1, log1p, sigmoid, tanh } from './math'
import { cdf, density } from './math-erf'
import { cos, sin } from './math-trig'
import { madd, nmadd, select, splat } from './simd'

const LEAKY_SLOPE: f64 = 0.01

/** sigma(x), lane by lane. `id` is an `ACT_*`. NaN gives NaN for every id. */
@inline
export function act<T>(id: i32, x: v128): v128 {
  if (id == ACT_IDENTITY) return x
  // pmax(a, b) is a < b ? b : a, so a NaN in the first operand stays; the other order would turn NaN into 0
  if (id == ACT_RELU) return v128.pmax<T>(x, splat<T>(<T>0))
  return curve<T>(id, x)
}

function curve<T>(id: i32, x: v128): v128 {
  const zero = splat<T>(<T>0)
  switch (id) {
    case ACT_LEAKY_RELU: return v128.pmax<T>(x, v128.mul<T>(x, splat<T>(<T>LEAKY_SLOPE)))
    case ACT_ELU: return select(v128.gt<T>(x, zero), x, expm1<T>(x))
    case ACT_SOFTPLUS: return v128.add<T>(v128.pmax<T>(x, zero), log1p<T>(exp<T>(v128.neg<T>(v128.abs<T>(x)))))
    case ACT_GELU: return v128.mul<T>(x, cdf<T>(x))
    case ACT_SILU: return v128.mul<T>(x, sigmoid<T>(x))
    case ACT_TANH: return tanh<T>(x)
    case ACT_SIGMOID: return sigmoid<T>(x)
    case ACT_SIN: return sin<T>(x)
    case ACT_EXP: return exp<T>(x)
    default: return WHOLE && id >= SLOPE ? actGrad<T>(id - SLOPE, x, x) : x
  }
}

/** Whether `actGrad` of this id reads `x`; the others are derivatives in terms of `y` alone. */
@inline
export function actNeedsInput(id: i32): bool {
  return (NEEDS_INPUT >> id & 1) != 0
}

/** sigma'(x), given y = sigma(x); `x` is read only where `actNeedsInput(id)`. relu'(0) = 0, leaky'(0) = 0.01. */
@inline
export function actGrad<T>(id: i32, x: v128, y: v128): v128 {
  if (id == ACT_IDENTITY) return splat<T>(<T>1)
  if (id == ACT_RELU) return step<T>(y, splat<T>(<T>0))
  return slope<T>(id, x, y)
}

/** 1 where y > 0, `low` where y <= 0, NaN where y is NaN. */
@inline
function step<T>(y: v128, low: v128): v128 {
  const one = splat<T>(<T>1)
  return v128.or(select(v128.gt<T>(y, splat<T>(<T>0)), one, low), v128.ne<T>(y, y))
}

/** The same but for relu. */
export function slope<T>(id: i32, x: v128, y: v128): v128 {
  const one = splat<T>(<T>1)
  switch (id) {
    case ACT_LEAKY_RELU: return step<T>(y, splat<T>(<T>LEAKY_SLOPE))
    // below 0, e^x = y + 1
    case ACT_ELU: return v128.add<T>(one, v128.pmin<T>(y, splat<T>(<T>0)))
    case ACT_SOFTPLUS: return sigmoid<T>(x)
    case ACT_GELU: return geluGrad<T>(x)
    case ACT_SILU: return siluGrad<T>(x)
    case ACT_TANH: return tanhGrad<T>(y)
    case ACT_SIGMOID: return v128.mul<T>(y, v128.sub<T>(one, y))
    case ACT_SIN: return cos<T>(x)
    case ACT_EXP: return y
    default: return WHOLE && id >= SLOPE ? curvature<T>(id - SLOPE, x) : one
  }
}

/** (1 - y)(1 + y), not 1 - y^2: 1 - y is exact where |y| nears 1. */
@inline
export function tanhGrad<T>(y: v128): v128 {
  const one = splat<T>(<T>1)
  return v128.mul<T>(v128.sub<T>(one, y), v128.add<T>(one, y))
}

/** (x Phi(x))' = Phi(x) + x phi(x) */
function geluGrad<T>(x: v128): v128 {
  return madd<T>(x, density<T>(x), cdf<T>(x))
}

/** (x s(x))' = s (1 + x (1 - s)) */
function siluGrad<T>(x: v128): v128 {
  const one = splat<T>(<T>1)
  const s = sigmoid<T>(x)
  return v128.mul<T>(s, madd<T>(x, v128.sub<T>(one, s), one))
}

/**
 * The derivative of `slope` by the one of its operands that it reads; 0 where an activation is piecewise linear. The slopes of softplus and
 * silu are made of sigmoids: who differentiates these writes them so.
 */
function curvature<T>(id: i32, v: v128): v128 {
  const one = splat<T>(<T>1), zero = splat<T>(<T>0)
  switch (id) {
    case ACT_ELU: return select(v128.gt<T>(v, zero), zero, one)
    case ACT_GELU: return geluCurvature<T>(v)
    case ACT_TANH: return v128.mul<T>(v, splat<T>(<T>-2))
    case ACT_SIGMOID: return nmadd<T>(splat<T>(<T>2), v, one)
    case ACT_SIN: return v128.neg<T>(sin<T>(v))
    case ACT_EXP: return one
    default: return zero
  }
}

/** (Phi(x) + x phi(x))' = 2 phi(x) - x (x phi(x)) */
function geluCurvature<T>(x: v128): v128 {
  const p = density<T>(x)
  return nmadd<T>(x, v128.mul<T>(x, p), v128.add<T>(p, p))
}
