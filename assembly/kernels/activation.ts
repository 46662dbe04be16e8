// Activations and their derivatives, one vector at a time. The id is known to the compiler: `activate` has a loop for each.
import {
  ACT_ELU,
  ACT_EXP,
  ACT_GELU,
  ACT_LEAKY_RELU,
  ACT_RELU,
  ACT_SIGMOID,
  ACT_SILU,
  ACT_SIN,
  ACT_SOFTPLUS,
  ACT_TANH,
} from '../activations'
import { SLOPE } from '../abi'
import { exp, expm1, log1p, sigmoid, tanh } from './math'
import { cdf, density } from './math-erf'
import { cos, sin } from './math-trig'
import { madd, nmadd, select, splat } from './simd'

const LEAKY_SLOPE: f64 = 0.01

/** sigma(x), lane by lane. `id` is an `ACT_*`, known to the compiler. NaN gives NaN for every id. */
@inline
export function act<T>(id: i32, x: v128): v128 {
  const zero = splat<T>(<T>0)
  // pmax(a, b) is a < b ? b : a, so a NaN in the first operand stays; the other order would turn NaN into 0
  if (id == ACT_RELU) return v128.pmax<T>(x, zero)
  if (id == ACT_LEAKY_RELU) return v128.pmax<T>(x, v128.mul<T>(x, splat<T>(<T>LEAKY_SLOPE)))
  if (id == ACT_ELU) return select(v128.gt<T>(x, zero), x, expm1<T>(x))
  if (id == ACT_SOFTPLUS) return v128.add<T>(v128.pmax<T>(x, zero), log1p<T>(exp<T>(v128.neg<T>(v128.abs<T>(x)))))
  if (id == ACT_GELU) return v128.mul<T>(x, cdf<T>(x))
  if (id == ACT_SILU) return v128.mul<T>(x, sigmoid<T>(x))
  if (id == ACT_TANH) return tanh<T>(x)
  if (id == ACT_SIGMOID) return sigmoid<T>(x)
  if (id == ACT_SIN) return sin<T>(x)
  if (id == ACT_EXP) return exp<T>(x)
  // an operand in place of y: what the derivative of tanh reads
  if (id == SLOPE + ACT_TANH) return tanhGrad<T>(x)
  return x
}

/**
 * sigma'(x), given y = sigma(x); `x` is read only where NEEDS_INPUT says so. leaky'(0) = 0.01. SLOPE + id: the derivative of that by the
 * one of its operands that it reads, which is `x` here; 0 where an activation is piecewise linear (that of exp is 1: `activate`). The
 * slopes of softplus and silu are made of sigmoids: who differentiates these writes them so.
 */
@inline
export function actGrad<T>(id: i32, x: v128, y: v128): v128 {
  const one = splat<T>(<T>1), zero = splat<T>(<T>0)
  if (id == ACT_LEAKY_RELU) return step<T>(y, splat<T>(<T>LEAKY_SLOPE))
  // below 0, e^x = y + 1
  if (id == ACT_ELU) return v128.add<T>(one, v128.pmin<T>(y, zero))
  if (id == ACT_SOFTPLUS) return sigmoid<T>(x)
  if (id == ACT_GELU) return geluGrad<T>(x)
  if (id == ACT_SILU) return siluGrad<T>(x)
  if (id == ACT_TANH) return tanhGrad<T>(y)
  if (id == ACT_SIGMOID) return v128.mul<T>(y, v128.sub<T>(one, y))
  if (id == ACT_SIN) return cos<T>(x)
  if (id == ACT_EXP) return y
  if (id == SLOPE + ACT_ELU) return select(v128.gt<T>(x, zero), zero, one)
  if (id == SLOPE + ACT_GELU) return geluCurvature<T>(x)
  if (id == SLOPE + ACT_TANH) return v128.mul<T>(x, splat<T>(<T>-2))
  if (id == SLOPE + ACT_SIGMOID) return nmadd<T>(splat<T>(<T>2), x, one)
  if (id == SLOPE + ACT_SIN) return v128.neg<T>(sin<T>(x))
  return zero
}

/** 1 where y > 0, `low` where y <= 0, NaN where y is NaN. */
@inline
function step<T>(y: v128, low: v128): v128 {
  const one = splat<T>(<T>1)
  return v128.or(select(v128.gt<T>(y, splat<T>(<T>0)), one, low), v128.ne<T>(y, y))
}

/** (1 - y)(1 + y), not 1 - y^2: 1 - y is exact where |y| nears 1. */
@inline
function tanhGrad<T>(y: v128): v128 {
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

/** (Phi(x) + x phi(x))' = 2 phi(x) - x (x phi(x)) */
function geluCurvature<T>(x: v128): v128 {
  const p = density<T>(x)
  return nmadd<T>(x, v128.mul<T>(x, p), v128.add<T>(p, p))
}
