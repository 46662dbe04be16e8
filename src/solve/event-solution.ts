import type { Vector } from '../core/boundary.ts'
import type { Stats } from '../core/errors.ts'
import { Solution, type StepRecord } from './solution.ts'

/** An event that happened. */
export interface Occurrence {
  /** Which of `events`. */
  readonly event: number
  readonly t: number
  /** The state at `t`, before anything was applied to it. */
  readonly y: Vector
}

/** A part of a solve without a jump: its steps, and where it ends (its last step may lead further). */
export interface Piece {
  readonly record: StepRecord
  readonly end: number
}

/** What became of a solve with events. */
export interface Outcome {
  readonly ts: Float64Array
  readonly ys: readonly Vector[]
  readonly stats: Stats
  readonly pieces: readonly Piece[] | undefined
  readonly events: readonly Occurrence[]
  readonly terminatedBy: number
  readonly t1: number
  readonly y1: Vector
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
  /** The state at `t1`. */
  readonly y1: Vector
  readonly #pieces: readonly Piece[] | undefined

  constructor({ ts, ys, stats, pieces, events, terminatedBy, t1, y1 }: Outcome) {
    super(ts, ys, stats, pieces?.[0]?.record, t1)
    this.events = events
    this.terminatedBy = terminatedBy
    this.y1 = y1
    this.#pieces = pieces
  }

  /** Times at which accepted steps began and ended; an event that ends or changes the solve ends a step. Only with `dense`. */
  override get stepTimes(): Float64Array {
    super.recordAt(this.t1)
    const times: number[] = []
    for (const { record, end } of this.#pieces ?? []) times.push(...record.times.subarray(0, -1), end)
    return Float64Array.from(times.filter((t, i) => t !== times[i - 1]))
  }

  /** As that of every solution; at `t1` it is `y1`. */
  override at(t: number): Vector {
    return t === this.t1 && this.#pieces !== undefined ? this.y1.slice() : super.at(t)
  }

  protected override recordAt(t: number): StepRecord {
    const forward = this.t1 >= (this.ts[0] as number)
    const piece = this.#pieces?.find(({ end }) => (forward ? t <= end : t >= end))
    return piece?.record ?? super.recordAt(t)
  }
}
