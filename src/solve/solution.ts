import { Arena } from '../core/arena.ts'
import { type Dtype, read, sizeOf, type Vector, verbs } from '../core/boundary.ts'
import type { Stats } from '../core/errors.ts'
import { compile, type Method } from '../tableaus/tableau.ts'
import { tableauPointer } from './tableau-memory.ts'

/** The steps of a solve, for dense output: everything an interpolation needs, owned by JavaScript. */
export interface StepRecord {
  readonly dtype: Dtype
  readonly tableau: Method
  /** Numbers in a state. */
  readonly n: number
  /** Times of the accepted steps: one more than there are steps. */
  readonly times: Float64Array
  /** Per step y, then the derivatives at its stages, with those that only dense output takes. */
  readonly stages: Vector
}

/** The solution of an initial value problem: plain values, nothing to dispose. */
export class Solution {
  /** Output times. */
  readonly ts: Float64Array
  /** States at the output times; each has the length of y0. */
  readonly ys: readonly Vector[]
  readonly stats: Stats
  readonly #record: StepRecord | undefined

  constructor(ts: Float64Array, ys: readonly Vector[], stats: Stats, record: StepRecord | undefined) {
    this.ts = ts
    this.ys = ys
    this.stats = stats
    this.#record = record
  }

  /** The state at the last time. */
  get y(): Vector {
    return this.ys[this.ys.length - 1] as Vector
  }

  /** Times at which accepted steps began and ended. Only with `dense`. */
  get stepTimes(): Float64Array {
    return this.#dense().times.slice()
  }

  #dense(): StepRecord {
    if (this.#record === undefined) throw new RangeError('the solve kept no dense output: leave out `dense: false`')
    return this.#record
  }

  /**
   * The state at any time between the first and the last output time, by the method's own dense output. Costs no field
   * evaluation; at an output time it is the output, bit for bit.
   */
  at(t: number): Vector {
    const record = this.#dense()
    const { dtype, n, times, stages } = record
    const [t0, t1] = [this.ts[0] as number, this.ts[this.ts.length - 1] as number]
    if (!(t >= Math.min(t0, t1) && t <= Math.max(t0, t1)))
      throw new RangeError(`t must lie in [${t0}, ${t1}], got ${t}`)
    const output = this.ts.indexOf(t)
    if (output >= 0) return (this.ys[output] as Vector).slice()
    const i = stepAt(times, t)
    const [start, end] = [times[i] as number, times[i + 1] as number]
    const item = n * (compile(record.tableau).denseStages + 1)
    const arena = new Arena()
    try {
      const at = arena.copy(dtype, stages.subarray(i * item, (i + 1) * item))
      const out = arena.zeros(dtype, n)
      const theta = (t - start) / (end - start)
      verbs(dtype).interpolate(
        tableauPointer(record.tableau, dtype),
        n,
        at,
        at + n * sizeOf(dtype),
        end - start,
        theta,
        out,
      )
      return read(dtype, out, n)
    } finally {
      arena.free()
    }
  }
}

/** The step i with t in (times[i], times[i + 1]], in the direction of the solve. */
function stepAt(times: Float64Array, t: number): number {
  const forward = (times[times.length - 1] as number) >= (times[0] as number)
  let [low, high] = [0, times.length - 2]
  while (low < high) {
    const middle = (low + high) >> 1
    const end = times[middle + 1] as number
    if (forward ? t <= end : t >= end) high = middle
    else low = middle + 1
  }
  return low
}
