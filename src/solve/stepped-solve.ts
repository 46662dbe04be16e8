import * as abi from '../../assembly/abi.ts'
import { getF64, getI32, getPointer, sizeOf } from '../core/boundary.ts'
import type { Failure, Stats } from '../core/errors.ts'
import { perStep } from '../program/layout.ts'
import type { Drive } from './drive.ts'
import type { SearchedStep } from './event-search.ts'
import { stageEnd } from './kinks.ts'
import { Solve, type Task } from './solve.ts'
import { addStats } from './stats.ts'

/** A solve that is taken in pieces. `before`: what came before it has cost. */
export class SteppedSolve extends Solve {
  readonly #before: Stats | undefined
  #run: Drive | undefined
  #failed: Failure | undefined
  #steady = false

  constructor(task: Task, before: Stats | undefined) {
    super(task)
    this.#before = before
  }

  /** Takes `steps` more steps, or all that are left. Returns whether there were any. */
  advance(steps: number): boolean {
    const before = this.accepted
    if (this.task.batch === 0) return false
    this.#run ??= this.drive()
    const status = this.#run.run(before + steps)
    this.#steady = status === abi.STATUS_STEADY
    if (!this.#steady && status !== abi.STATUS_OK && status !== abi.STATUS_PAUSED)
      this.#failed = { ...this.failure(status), stats: this.total }
    return this.accepted > before
  }

  /** What went wrong, if anything. */
  get failed(): Failure | undefined {
    return this.#failed
  }

  /** Has it come to rest? */
  get steady(): boolean {
    return this.#steady
  }

  get accepted(): number {
    return getI32(this.at + abi.SOLVE_ACCEPTED)
  }

  /** What everything up to here has cost. */
  get total(): Stats {
    return addStats(this.#before, this.stats)
  }

  /** Accepted step i, to be searched no further than `t1`. */
  step(i: number, t1: number): SearchedStep {
    const { dtype, batch, dim } = this.task
    const tableau = getPointer(this.at + abi.SOLVE_TABLEAU)
    const times = getPointer(this.at + abi.SOLVE_TIMES)
    const item = batch * dim * sizeOf(dtype) * (getI32(tableau + abi.TABLEAU_DENSE_STAGES) + 1)
    const record = getPointer(this.at + abi.SOLVE_STAGES) + i * item
    const yEnd = i + 1 < this.accepted ? record + item : getPointer(this.at + abi.SOLVE_Y)
    const [t, end] = [getF64(times + 8 * i), getF64(times + 8 * (i + 1))]
    const span = stageEnd(this.at, i) ?? end
    return { t, end, span, tableau, until: end > t ? Math.min(end, t1) : Math.max(end, t1), record, yEnd }
  }

  /** Has every step parameters of its own? */
  get layered(): boolean {
    const field = getPointer(this.at + abi.SOLVE_FIELD)
    return perStep(field)
  }
}
