import type { Vector } from '../core/boundary.ts'
import type { Stats } from '../core/errors.ts'
import { type Ending, Solution } from './solution.ts'

/** An event that happened. */
export interface Occurrence {
  /** Which of `events`. */
  readonly event: number
  readonly t: number
  /** The state at `t`, before anything was applied to it. */
  readonly y: Vector
}

/** What became of a solve with events. */
export interface Outcome {
  readonly ts: Float64Array
  readonly ys: readonly Vector[]
  readonly stats: Stats
  /** The parts without a jump, each between its two times; its last step may lead further. undefined: not kept. */
  readonly pieces: readonly Solution[] | undefined
  readonly events: readonly Occurrence[]
  readonly terminatedBy: number
  readonly t1: number
  readonly y1: Vector
  readonly ending: Ending
}

/**
 * The solution of a problem with events. `ts` and `ys` end before a terminal event; `at(t)` reaches up to `t1`. At the time of a
 * change both are the state before it.
 */
export class EventSolution extends Solution {
  /** What happened, in order of time along the solve; of one time, in order of `events`. */
  readonly events: readonly Occurrence[]
  /** Index of the event that ended the solve at `t1`; -1: it ran to the last of the times asked for. */
  readonly terminatedBy: number
  /** Where the solution ends, and the state there. */
  readonly t1: number
  readonly y1: Vector
  readonly #pieces: readonly Solution[] | undefined

  constructor({ ts, ys, stats, pieces, events, terminatedBy, t1, y1, ending }: Outcome) {
    super(ts, ys, stats, undefined, ending)
    this.events = events
    this.terminatedBy = terminatedBy
    this.t1 = t1
    this.y1 = y1
    this.#pieces = pieces
  }

  /** As in every solution; an event that ended the solve or changed the state has ended a step. */
  override get stepTimes(): Float64Array {
    if (this.#pieces === undefined) return super.stepTimes
    const times = this.#pieces.map((piece, i) => {
      const whole = this.terminatedBy < 0 && i === (this.#pieces as readonly Solution[]).length - 1
      return [...(whole ? piece.stepTimes : [...piece.stepTimes.subarray(0, -1), piece.ts[1] as number])]
    })
    return Float64Array.from(times.flat().filter((t, i, all) => t !== all[i - 1]))
  }

  /** The state at any time up to `t1`, as in every solution. */
  override at(t: number): Vector {
    if (this.#pieces === undefined) return super.at(t)
    const output = this.ts.indexOf(t)
    return output >= 0 ? (this.ys[output] as Vector).slice() : this.#pieceAt(t).at(t)
  }

  /** Its derivative; at the time of a change that before it. */
  override derivativeAt(t: number): Vector {
    return this.#pieces === undefined ? super.derivativeAt(t) : this.#pieceAt(t).derivativeAt(t)
  }

  #pieceAt(t: number): Solution {
    const [t0, { t1 }] = [this.ts[0] as number, this]
    const piece = this.#pieces?.find(({ ts }) => (t1 >= t0 ? t <= (ts[1] as number) : t >= (ts[1] as number)))
    if (piece === undefined || (t1 >= t0 ? t < t0 : t > t0))
      throw new RangeError(`t must lie between ${t0} and ${t1}, got ${t}`)
    return piece
  }
}
