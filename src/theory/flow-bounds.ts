/** What can be said of a unit in doubles: roundings, and how far its input may move. */

import type { ReluField } from './relu-field.ts'
import { dotAt, inputsOf, rateOf } from './relu-region.ts'

/** Roundings that a number may be made of, and still be 0. */
const SLACK: number = 16 * Number.EPSILON

/** Two times around this one that differ by less are one. */
export function resolution(elapsed: number): number {
  return SLACK * elapsed
}

/** What follows from a state: the inputs of the units, the derivative along the solve, and the sizes of what these are sums of. */
export interface Stand {
  readonly z: Float64Array
  readonly f: Float64Array
  readonly scales: Float64Array
  readonly sizes: Float64Array
}

/** A field, and its absolute values for bounds. */
export class Bounds {
  readonly field: ReluField
  readonly #absolute: ReluField
  /** sum_j |w_ij| of every unit: its input moves by no more, where no component moves by more than 1. */
  readonly lengths: Float64Array

  constructor(field: ReluField) {
    const of = (v: Float64Array): Float64Array => v.map(Math.abs)
    const { n, units, A, c, W, b, V } = field
    this.field = field
    this.#absolute = { ...field, A: of(A), c: of(c), W: of(W), b: of(b), V: of(V) }
    const ones = new Float64Array(n).fill(1)
    this.lengths = Float64Array.from({ length: units }, (_, i) => this.#spread(ones, i))
  }

  stand(direction: number, y: Float64Array, on: Uint8Array): Stand {
    const [z, size] = [inputsOf(this.field, y), y.map(Math.abs)]
    const scales = inputsOf(this.#absolute, size)
    const f = rateOf(this.field, direction, y, z, on)
    return { z, f, scales, sizes: rateOf(this.#absolute, 1, size, scales, on) }
  }

  /** What the input of a unit may be, and still be 0 to rounding, after a motion of length h. */
  floor(stand: Stand, unit: number, h: number): number {
    return SLACK * (stand.scales[unit] as number) + h * this.least(stand.sizes, unit)
  }

  /** What w_i v may be, and still be 0, for a v that is made of numbers of these sizes. */
  least(sizes: Float64Array, unit: number): number {
    return SLACK * this.#spread(sizes, unit)
  }

  /** sum_j |w_ij| x_j */
  #spread(x: Float64Array, unit: number): number {
    return dotAt(this.#absolute.W, unit * x.length, x)
  }
}
