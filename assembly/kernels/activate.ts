// Activations over n contiguous elements, in whole vectors as `elementwise`: a loop for each, in which the compiler knows the id. One loop
// with the choice inside is a call for each vector, four fifths of the time of leaky_relu and half of that of tanh.
import { SLOPE } from '../abi'
import {
  ACT_ELU, ACT_EXP, ACT_GELU, ACT_LEAKY_RELU, ACT_RELU, ACT_SIGMOID, ACT_SILU, ACT_SIN, ACT_SOFTPLUS, ACT_TANH,
} from '../activations'
import { act, actGrad } from './activation'
import { vectorBytes } from './elementwise'
import { splat } from './simd'

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
    case ACT_ELU: { map<T>(ACT_ELU, x, y, end); break }
    case ACT_SOFTPLUS: { map<T>(ACT_SOFTPLUS, x, y, end); break }
    case ACT_GELU: { map<T>(ACT_GELU, x, y, end); break }
    case ACT_SILU: { map<T>(ACT_SILU, x, y, end); break }
    case ACT_TANH: { map<T>(ACT_TANH, x, y, end); break }
    case ACT_SIGMOID: { map<T>(ACT_SIGMOID, x, y, end); break }
    case ACT_SIN: { map<T>(ACT_SIN, x, y, end); break }
    case ACT_EXP: { map<T>(ACT_EXP, x, y, end); break }
    case SLOPE + ACT_TANH: { if (WHOLE) map<T>(SLOPE + ACT_TANH, x, y, end); break }
    default: {
      if (WHOLE && id >= SLOPE) {
        for (let p = x, q = y; p < end; p += 16, q += 16) v128.store(q, splat<T>(<T>1))
        activateTranspose<T>(n, id - SLOPE, x, x, y)
      } else memory.copy(y, x, end - x)
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
    case ACT_SOFTPLUS: { pull<T>(ACT_SOFTPLUS, x, y, g, end); break }
    case ACT_GELU: { pull<T>(ACT_GELU, x, y, g, end); break }
    case ACT_SILU: { pull<T>(ACT_SILU, x, y, g, end); break }
    case ACT_TANH: { pull<T>(ACT_TANH, x, y, g, end); break }
    case ACT_SIGMOID: { pull<T>(ACT_SIGMOID, x, y, g, end); break }
    case ACT_SIN: { pull<T>(ACT_SIN, x, y, g, end); break }
    case ACT_EXP: { pull<T>(ACT_EXP, x, y, g, end); break }
    case SLOPE + ACT_ELU: { pull<T>(SLOPE + ACT_ELU, x, y, g, end); break }
    case SLOPE + ACT_GELU: { pull<T>(SLOPE + ACT_GELU, x, y, g, end); break }
    case SLOPE + ACT_TANH: { pull<T>(SLOPE + ACT_TANH, x, y, g, end); break }
    case SLOPE + ACT_SIGMOID: { pull<T>(SLOPE + ACT_SIGMOID, x, y, g, end); break }
    case SLOPE + ACT_SIN: { pull<T>(SLOPE + ACT_SIN, x, y, g, end); break }
    case SLOPE + ACT_EXP: break
    default: { if (id >= SLOPE) pull<T>(SLOPE, x, y, g, end) }
  }
}
