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
  readonly ends: StateEvent
  readonly options: SolverOptions
  /** Bytes for checkpoints. */
  readonly budget: number
  readonly parameters: Parameters
}

/** Where a flight ended. */
export interface Landing {
  readonly t: number
  readonly y: Vector
  readonly nfe: number
}

/** Solves from (t, y) to the event; undefined where there is none until `end`. */
export function land({ field, ends, options }: Course, t: number, y: Numbers, end: number): Landing | undefined {
  const { terminatedBy, t1, y1, stats } = odeint(field, y, [t, end], { ...options, events: [ends], dense: false })
  return terminatedBy < 0 ? undefined : { t: t1, y: y1, nfe: stats.nfe }
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
  /** dy/dt at the end, of the solution that was computed. */
  readonly #slope: Pointer

  constructor(course: Course, start: number, y: Numbers, { t }: Landing) {
    const { dtype, field, options, budget } = course
    this.#course = course
    this.t = t
    const times = Float64Array.of(start, t)
    const stepping = checkStepping(options, times, field.dim, dtype)
    const task = { dtype, field: () => field.ready(), dim: field.dim, batch: 1, y0: y, times, stepping, budget }
    this.#solve = new Solve({ ...task, outputs: 'last', keepStages: true })
    try {
      this.#sweep = sweeper(this.#solve)
      const status = this.#solve.attempt()
      const { solution, failure } = reachedBy(this.#solve, status)
      if (failure !== undefined) throw new SolveError(failure, solution)
      this.#slope = this.#solve.arena.copy(dtype, solution.derivativeAt(t))
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

  /**
   * The transpose. `gt`: cotangent of the time of the event; `gy`: of the state there (used up); `gy0` receives that of the state at
   * the start; `gp` is added that of the parameters. Returns the cotangent of the time of the start.
   */
  pull(gt: number, gy: Pointer, gy0: Pointer, gp: Pointer): { readonly start: number; readonly nfe: number } {
    const { dtype, field, event, parameters } = this.#course
    const { dot, axpy } = verbs(dtype)
    const n = field.dim
    const scratch = new Arena()
    try {
      const at = scratch.zeros(dtype, n)
      copy(at, this.#solve.outputPointer, n * sizeOf(dtype))
      const [to, own] = [scratch.zeros(dtype, n), scratch.zeros(dtype, 1)]
      const transpose = (seed: number, params: Pointer): number => {
        write(dtype, own, [seed])
        const [block, y] = [event.ready(), scratch.zeros(dtype, 1)]
        return guarded(() => verbs(dtype).applyTranspose(block, scratch.pointer, 1, this.t, at, own, to, params, y))
      }
      const rate = transpose(1, 0) + dot(n, to, this.#slope)
      const share = -(gt + dot(n, gy, this.#slope)) / rate
      if (!Number.isFinite(share))
        throw new RangeError(`the event at t = ${this.t} only touches zero: its time has no derivative`)
      transpose(share, parameters.charge(1, gp))
      axpy(n, 1, to, gy)
      const { dt, nfe } = this.#sweep(gy, gy0, parameters.charge(0, gp))
      return { start: dt[0] as number, nfe }
    } finally {
      scratch.free()
    }
  }

  /** The state at the event, as `Landing` has it. */
  get y(): Vector {
    return read(this.#course.dtype, this.#solve.outputPointer, this.#course.field.dim)
  }
}
