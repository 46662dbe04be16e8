import { Arena } from '../core/arena.ts'
import { type Dtype, read, sizeOf, type Vector, verbs } from '../core/boundary.ts'
import type { Failure, PartialSolution, SolveError, Stats } from '../core/errors.ts'
import { firstIndex } from '../core/search.ts'
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
  /** Where the stages end, if not where the steps do. */
  readonly ends?: Float64Array
}

/** How a solve ended. */
export interface Ending {
  /** Where there is no error. */
  readonly status: 'ok' | 'steady'
  /** Time reached, and the state there. */
  readonly t: number
  readonly y: Vector
  /** Written when there is a solution that it can hold. */
  error?: SolveError
}

/** A solution, how it ended, and what went wrong, if anything. */
export interface Reached<S extends Solution = Solution> {
  readonly solution: S
  readonly ending: Ending
  readonly failure: Failure | undefined
}

/** The solution of an initial value problem: plain values, nothing to dispose. */
export class Solution implements PartialSolution {
  /** Output times; where the solve failed or came to rest, those it has reached. */
  readonly ts: Float64Array
  /** States at the output times, each of the length of y0. Larger ones are views of one array: to keep one alone, take its `slice()`. */
  readonly ys: readonly Vector[]
  readonly stats: Stats
  readonly #record: StepRecord | undefined
  readonly #ending: Ending

  constructor(ts: Float64Array, ys: readonly Vector[], stats: Stats, record: StepRecord | undefined, ending: Ending) {
    this.ts = ts
    this.ys = ys
    this.stats = stats
    this.#record = record
    this.#ending = ending
  }

  /** 'ok', 'steady' where `stopWhenSteady` ended the solve, or with `throwOnFailure: false` the status of `error`. */
  get status(): string {
    return (this.error ?? this.#ending).status
  }

  /** What a solve that failed would have thrown. */
  get error(): SolveError | undefined {
    return this.#ending.error
  }

  /** Time reached: the last output time, or where the solve ended before it. */
  get t(): number {
    return this.#ending.t
  }

  /** The state at `t`. */
  get y(): Vector {
    return this.#ending.y
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
   * The state at any time between the first output time and `t`, by the method's own dense output. Costs no field evaluation; at
   * an output time it is the output, bit for bit.
   */
  at(t: number): Vector {
    const record = this.#covering(t)
    const output = this.ts.indexOf(t)
    const known = output >= 0 ? this.ys[output] : t === this.t ? this.y : undefined
    return known?.slice() ?? interpolate(record, t, false)
  }

  /**
   * dy/dt at any time between the first output time and `t`: the derivative of the dense output, one order below it. Costs
   * no field evaluation. At the end of a step it is that of this step; where the last stage of a step is the first of the next
   * (dopri5, tsit5, bosh3), the field's own value there, to rounding.
   */
  derivativeAt(t: number): Vector {
    const record = this.#covering(t)
    if (record.times.length < 2) throw new RangeError('the solve took no step')
    return interpolate(record, t, true)
  }

  #covering(t: number): StepRecord {
    const record = this.#dense()
    const [t0, t1] = [this.ts[0] as number, this.t]
    if (!(t >= Math.min(t0, t1) && t <= Math.max(t0, t1)))
      throw new RangeError(`t must lie in [${t0}, ${t1}], got ${t}`)
    return record
  }
}

/** y(t), or y'(t), from the step that t falls into. */
function interpolate({ dtype, tableau, n, times, stages, ends }: StepRecord, t: number, derivative: boolean): Vector {
  const i = stepAt(times, t)
  const [start, end] = [times[i] as number, (ends?.[i] ?? times[i + 1]) as number]
  const item = n * (compile(tableau).denseStages + 1)
  const arena = new Arena()
  try {
    const at = arena.copy(dtype, stages.subarray(i * item, (i + 1) * item))
    const out = arena.zeros(dtype, n)
    const theta = (t - start) / (end - start)
    // The core adds h times the sum of weighted stages to y: a derivative is that sum alone.
    const [y, h] = derivative ? [arena.zeros(dtype, n), 1] : [at, end - start]
    const k = at + n * sizeOf(dtype)
    verbs(dtype).interpolate(tableauPointer(tableau, dtype), n, y, k, h, theta, out, derivative)
    return read(dtype, out, n)
  } finally {
    arena.free()
  }
}

/** The step i with t in (times[i], times[i + 1]], in the direction of the solve. */
function stepAt(times: Float64Array, t: number): number {
  const forward = (times[times.length - 1] as number) >= (times[0] as number)
  return firstIndex(times.length - 2, (i) => {
    const end = times[i + 1] as number
    return forward ? t <= end : t >= end
  })
}
