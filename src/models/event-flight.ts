import type { Parameters } from '../adjoint/model.ts'
import { Arena } from '../core/arena.ts'
import { copy, type Dtype, guarded, type Pointer, read, sizeOf, type Vector, verbs, write } from '../core/boundary.ts'
import type { Numbers } from '../core/check.ts'
import { SolveError } from '../core/errors.ts'
import type { Block } from '../program/block.ts'
import type { Field } from '../program/field.ts'
import type { StateEvent } from '../solve/event.ts'
import { odeint } from '../solve/odeint.ts'
import { checkStepping, type SolverOptions } from '../solve/options.ts'
import { reachedBy } from '../solve/reached.ts'
import { Solve } from '../solve/solve.ts'
import { type Sweep, sweeper } from '../solve/sweep.ts'

/** What a flight goes through, and what ends it. */
export interface Course {
  readonly dtype: Dtype
  readonly field: Field
  readonly event: Block
  readonly jump: Block | undefined
  readonly ends: StateEvent
  readonly options: SolverOptions
  /** Bytes for checkpoints. */
  readonly budget: number
  readonly parameters: Parameters
}

/** Where a flight ended, and what was seen on it. */
export interface Landing {
  readonly t: number
  readonly y: Vector
  readonly nfe: number
  /** Did it end at the event, or at the last time that was asked for? */
  readonly landed: boolean
  /** The times that were asked for, up to the end, and the states there: at the event's own time that before it. */
  readonly times: Float64Array
  readonly states: readonly Vector[]
}

/** Solves from (t, y) to the event, or to the last of the times that are asked for. */
export function land({ field, ends, options }: Course, t: number, y: Numbers, times: Float64Array): Landing {
  const solution = odeint(field, y, [t, ...times], { ...options, events: [ends], dense: false })
  const { terminatedBy, t1, y1, ys, stats } = solution
  const states = ys.slice(1)
  while (states.length < times.length && times[states.length] === t1) states.push(y1)
  return { t: t1, y: y1, nfe: stats.nfe, landed: terminatedBy >= 0, times: times.slice(0, states.length), states }
}

/**
 * A flight that can be taken back: the steps that found the event are taken again, up to its time. There the event function
 * e(t, y(t)) is 0 whatever the flight began with, so its time moves by dt = -(de at fixed t) / (de/dt along the solution).
 */
export class Flight {
  readonly #course: Course
  readonly #solve: Solve
  readonly #sweep: Sweep
  readonly t: number
  /** States that were seen on the way. */
  readonly seen: number
  /** dy/dt at the event, of the solution that was computed; undefined where the flight did not end at one. */
  readonly #slope: Pointer | undefined

  constructor(course: Course, start: number, y: Numbers, { t, landed, times: seen }: Landing) {
    const { dtype, field, options, budget } = course
    this.#course = course
    this.t = t
    this.seen = seen.length
    const times = Float64Array.of(start, ...seen, ...(landed ? [t] : []))
    const stepping = checkStepping(options, times, field.dim, dtype)
    const task = { dtype, field: () => field.ready(), dim: field.dim, batch: 1, y0: y, times, stepping, budget }
    this.#solve = new Solve({ ...task, outputs: this.seen > 0 ? 'all' : 'last', keepStages: landed })
    try {
      this.#sweep = sweeper(this.#solve)
      const status = this.#solve.attempt()
      const { solution, failure } = reachedBy(this.#solve, status)
      if (failure !== undefined) throw new SolveError(failure, solution)
      this.#slope = landed ? this.#solve.arena.copy(dtype, solution.derivativeAt(t)) : undefined
    } catch (error) {
      this.#solve.free()
      throw error
    }
  }

  get nfe(): number {
    return this.#solve.stats.nfe
  }

  get arena(): Arena {
    return this.#solve.arena
  }

  /** Where the state at the end is, among the outputs of the solve. */
  get #end(): Pointer {
    const { outputPointer, outTimes } = this.#solve
    return outputPointer + (outTimes.length - 1) * this.#course.field.dim * sizeOf(this.#course.dtype)
  }

  /**
   * The transpose. `gt`: cotangent of the time of the event; `gy`: of the state there (used up); `seen`: of the states on the way;
   * `gy0` receives that of the state at the start; `gp` is added that of the parameters. Returns the cotangent of the time of the start.
   */
  pull(
    gt: number,
    gy: Pointer,
    seen: Pointer,
    gy0: Pointer,
    gp: Pointer,
  ): { readonly start: number; readonly nfe: number } {
    const { dtype, field, parameters } = this.#course
    const bytes = field.dim * sizeOf(dtype)
    const scratch = new Arena()
    try {
      if (this.#slope !== undefined) this.#land(scratch, this.#slope, gt, gy, gp)
      let g = gy
      if (this.seen > 0) {
        const { length } = this.#solve.outTimes
        g = scratch.zeros(dtype, length * field.dim)
        copy(g + bytes, seen, this.seen * bytes)
        if (this.#slope !== undefined) copy(g + (length - 1) * bytes, gy, bytes)
      }
      const { dt, nfe } = this.#sweep(g, gy0, parameters.charge(0, gp))
      return { start: dt[0] as number, nfe }
    } finally {
      scratch.free()
    }
  }

  /** Makes of the cotangents of the event's time and state that of the state with the time held. */
  #land(scratch: Arena, slope: Pointer, gt: number, gy: Pointer, gp: Pointer): void {
    const { dtype, field, event, parameters } = this.#course
    const { dot, axpy } = verbs(dtype)
    const n = field.dim
    const at = scratch.zeros(dtype, n)
    copy(at, this.#end, n * sizeOf(dtype))
    const [to, own] = [scratch.zeros(dtype, n), scratch.zeros(dtype, 1)]
    const transpose = (seed: number, params: Pointer): number => {
      write(dtype, own, [seed])
      const [block, y] = [event.ready(), scratch.zeros(dtype, 1)]
      return guarded(() => verbs(dtype).applyTranspose(block, scratch.pointer, 1, this.t, at, own, to, params, y))
    }
    const rate = transpose(1, 0) + dot(n, to, slope)
    const share = -(gt + dot(n, gy, slope)) / rate
    if (!Number.isFinite(share))
      throw new RangeError(`the event at t = ${this.t} only touches zero: its time has no derivative`)
    transpose(share, parameters.charge(1, gp))
    axpy(n, 1, to, gy)
  }

  /** The state at the event, as `Landing` has it. */
  get y(): Vector {
    return read(this.#course.dtype, this.#end, this.#course.field.dim)
  }
}
