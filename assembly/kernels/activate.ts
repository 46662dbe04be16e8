// Activations over n contiguous elements, in whole vectors as `elementwise`: the quick ones and tanh in loops of their own, in which the
// compiler knows the id. With the choice inside a loop has a call for each vector, four fifths of the time of leaky_relu.
import { SLOPE } from '../abi'
import {
  ACT_ELU, ACT_EXP, ACT_GELU, ACT_LEAKY_RELU, ACT_RELU, ACT_SIGMOID, ACT_SILU, ACT_SIN, ACT_SOFTPLUS, ACT_TANH,
} from '../activations'
import { act, actGrad } from './activation'
import { vectorBytes } from './elementwise'
import { splat } from './simd'

/** What takes so long that a call and a choice for each vector are a seventh of it at the most: the bytes count for more. */
function long<T>(id: i32, x: v128): v128 {
  switch (id) {
    case ACT_ELU: return act<T>(ACT_ELU, x)
    case ACT_SOFTPLUS: return act<T>(ACT_SOFTPLUS, x)
    case ACT_GELU: return act<T>(ACT_GELU, x)
    case ACT_SILU: return act<T>(ACT_SILU, x)
    case ACT_SIGMOID: return act<T>(ACT_SIGMOID, x)
    case ACT_SIN: return act<T>(ACT_SIN, x)
    case ACT_EXP: return act<T>(ACT_EXP, x)
    default: return x
  }
}

/** The same for slopes, and what is rare: their derivatives. */
function longGrad<T>(id: i32, x: v128, y: v128): v128 {
  switch (id) {
    case ACT_SOFTPLUS: return actGrad<T>(ACT_SOFTPLUS, x, y)
    case ACT_GELU: return actGrad<T>(ACT_GELU, x, y)
    case ACT_SILU: return actGrad<T>(ACT_SILU, x, y)
    case ACT_SIN: return actGrad<T>(ACT_SIN, x, y)
    case SLOPE + ACT_ELU: return actGrad<T>(SLOPE + ACT_ELU, x, y)
    case SLOPE + ACT_GELU: return actGrad<T>(SLOPE + ACT_GELU, x, y)
    case SLOPE + ACT_SIGMOID: return actGrad<T>(SLOPE + ACT_SIGMOID, x, y)
    case SLOPE + ACT_SIN: return actGrad<T>(SLOPE + ACT_SIN, x, y)
    case SLOPE + ACT_EXP: return actGrad<T>(SLOPE + ACT_EXP, x, y)
    default: return splat<T>(<T>0)
  }
}

@inline
function map<T>(id: i32, x: usize, y: usize, end: usize): void {
  for (; x < end; x += 16, y += 16) v128.store(y, act<T>(id, v128.load(x)))
}

/** y = act(x). The slope of an activation (SLOPE + id) may not be put where its operand is. */
export function activate<T>(n: i32, id: i32, x: usize, y: usize): void {
  const end = x + vectorBytes<T>(n)
  switch (id) {
    case ACT_RELU: { map<T>(ACT_RELU, x, y, end); break }
    case ACT_LEAKY_RELU: { map<T>(ACT_LEAKY_RELU, x, y, end); break }
    case ACT_TANH: { map<T>(ACT_TANH, x, y, end); break }
    case SLOPE + ACT_TANH: { if (WHOLE) map<T>(SLOPE + ACT_TANH, x, y, end); break }
    default: {
      if (WHOLE && id >= SLOPE) {
        for (let p = x, q = y; p < end; p += 16, q += 16) v128.store(q, splat<T>(<T>1))
        activateTranspose<T>(n, id - SLOPE, x, x, y)
      } else for (; x < end; x += 16, y += 16) v128.store(y, long<T>(id, v128.load(x)))
    }
  }
}

@inline
function pull<T>(id: i32, x: usize, y: usize, g: usize, end: usize): void {
  for (; g < end; g += 16, x += 16, y += 16) {
    v128.store(g, v128.mul<T>(v128.load(g), actGrad<T>(id, v128.load(x), v128.load(y))))
  }
}

/** g = g * act'(x), with y = act(x). That of relu is 0 where y is 0 whatever g is, and its derivative 0 as that of any line. */
export function activateTranspose<T>(n: i32, id: i32, x: usize, y: usize, g: usize): void {
  const end = g + vectorBytes<T>(n)
  switch (id) {
    case ACT_RELU: {
      for (; g < end; g += 16, y += 16) {
        const v = v128.load(y)
        v128.store(g, v128.or(v128.and(v128.load(g), v128.gt<T>(v, splat<T>(<T>0))), v128.ne<T>(v, v)))
      }
      break
    }
    case ACT_LEAKY_RELU: { pull<T>(ACT_LEAKY_RELU, x, y, g, end); break }
    case ACT_ELU: { pull<T>(ACT_ELU, x, y, g, end); break }
    case ACT_TANH: { pull<T>(ACT_TANH, x, y, g, end); break }
    case ACT_SIGMOID: { pull<T>(ACT_SIGMOID, x, y, g, end); break }
    case ACT_EXP: { pull<T>(ACT_EXP, x, y, g, end); break }
    case SLOPE + ACT_TANH: { pull<T>(SLOPE + ACT_TANH, x, y, g, end); break }
    default: {
      for (; id && g < end; g += 16, x += 16, y += 16) {
        v128.store(g, v128.mul<T>(v128.load(g), longGrad<T>(id, v128.load(x), v128.load(y))))
      }
    }
  }
}
