import { type Vector, vector } from '../core/boundary.ts'
import type { Numbers } from '../core/check.ts'
import type { ResNet } from '../models/resnet.ts'
import type { Field } from '../program/field.ts'
import { odeint } from '../solve/odeint.ts'
import { euler } from '../tableaus/euler.ts'
import { checkStepLayers, withLayers } from './layers.ts'

/** How far the states that a residual network rebuilds from its last one are from those it had. */
export interface ReversalError {
  /** By state h_0 ... h_L: the largest Euclidean distance in a row of the batch. The last is 0. */
  readonly errors: Float64Array
  /** The largest of all. */
  readonly max: number
}

/** The field with its layers last to first. */
function turnedRound(field: Field): Field {
  const { layers, parameters: old } = field
  const length = old.length / layers
  const turned = vector(field.dtype, old.length)
  for (let k = 0; k < layers; k++) turned.set(old.subarray(k * length, (k + 1) * length), (layers - 1 - k) * length)
  return withLayers(field, layers, turned)
}

function farthestRow(a: Vector, b: Vector, dim: number): number {
  let most = 0
  for (let from = 0; from < a.length; from += dim) {
    let square = 0
    for (let i = from; i < from + dim; i++) square += ((a[i] as number) - (b[i] as number)) ** 2
    most = Math.max(most, square)
  }
  return Math.sqrt(most)
}

/**
 * Walks a residual network backwards by h_k = h_{k+1} - f_{k+1}(h_{k+1})/L (L^-b for another scaleExponent b), from its own h_L, and compares with the states on
 * the way forth. Where the blocks are Lipschitz in their input, smooth in depth or not, the error is O(1/L): a deep network can
 * be differentiated without stored states (Sander, Ablin, Peyre 2022). How deep that is, this says.
 *
 * @param x inputs, [batch, inputs]
 */
export function reversalError(net: ResNet, x: Numbers): ReversalError {
  const { field, readIn, depth, span } = net
  checkStepLayers(net, 'reverse a network with a layer for each step')
  net.checkInputs(x)
  const h0 = readIn === undefined ? x : readIn.forward(x)
  const forth = Float64Array.from({ length: depth + 1 }, (_, k) => span * (k / depth))
  const options = { solver: euler, steps: depth, dense: false } as const
  const states = odeint(field, h0, forth, options).ys
  const turned = turnedRound(field)
  try {
    const rebuilt = odeint(turned, states[depth] as Vector, forth.slice().reverse(), options).ys
    const errors = forth.map((_, k) => farthestRow(states[k] as Vector, rebuilt[depth - k] as Vector, field.dim))
    return { errors, max: errors.reduce((most, error) => Math.max(most, error), 0) }
  } finally {
    turned.dispose()
  }
}
