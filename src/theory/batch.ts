/** The constructed network on batches, in the core. */

import type { Vector } from '../core/boundary.ts'
import type { Numbers } from '../core/check.ts'
import { Compose } from '../models/compose.ts'
import { Block } from '../program/block.ts'
import { Field } from '../program/field.ts'
import type { FlatAffine, TapeFree } from './rcnet-tape-free.ts'

/** Compositions whose biases are in memory at a time: depth costs time only. */
const SEGMENT = 1024

/** Points that go through a segment together: few enough for their hidden layers to stay in the cache. */
const ROWS = 256

/** An affine map as a block of the core. */
function affine({ rows, columns, W, b }: FlatAffine): Block {
  const block = new Block(columns, rows, (p) => p.dense(p.state, rows), { dtype: 'f64' })
  block.parameters = Float64Array.from([...W, ...b])
  return block
}

/** The parameter sets of `count` compositions from number `from` on: the same weights, every step's own biases. */
function segment(layers: TapeFree['layers'], from: number, count: number, sets: number): Float64Array {
  const length = layers.reduce((n, { W, rows }) => n + W.length + rows, 0)
  const parameters = new Float64Array(sets * length)
  let at = 0
  for (let k = from; k < from + count; k++) {
    for (const { W, b, rows } of layers) {
      const first = b.length === rows ? 0 : k * rows
      parameters.set(W, at)
      parameters.set(b.subarray(first, first + rows), at + W.length)
      at += W.length + rows
    }
  }
  return parameters
}

/**
 * Values of L2 g^steps L1 at a batch of points, row-major [batch, d], in f64: the tapes' digits stand in the biases, so the
 * numbers are short and any number of compositions is exact to rounding.
 */
export function evaluateBatch({ readIn, layers, readOut, steps }: TapeFree, x: Numbers): Vector {
  const [first, last] = [affine(readIn), affine(readOut)]
  const sets = Math.min(steps, SEGMENT)
  const g = new Field(
    readIn.rows,
    (p) =>
      layers.reduce((z, { rows }, i) => {
        return p.dense(z, rows, { activation: i < layers.length - 1 ? 'relu' : 'identity' })
      }, p.state),
    { dtype: 'f64', layers: sets },
  )
  try {
    const composition = new Compose(g)
    const z = first.forward(x)
    const chunk = ROWS * g.dim
    for (let from = 0; from < steps; from += SEGMENT) {
      const count = Math.min(SEGMENT, steps - from)
      g.parameters = segment(layers, from, count, sets)
      composition.times = count
      for (let at = 0; at < z.length; at += chunk) {
        z.set(composition.forward(z.subarray(at, at + chunk)), at)
      }
    }
    return last.forward(z)
  } finally {
    for (const block of [first, g, last]) block.dispose()
  }
}
