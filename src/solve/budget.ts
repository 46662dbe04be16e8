/** What may end a solve early, and what watches it: never what a number is made of. */

import * as abi from '../../assembly/abi.ts'
import { checkPositive } from '../core/check.ts'

/** One step that was tried. */
export interface StepInfo {
  /** Time reached: the end of an accepted step, the start of a rejected one. */
  readonly t: number
  /** Length of the step, negative where time runs backward. */
  readonly h: number
  readonly accepted: boolean
  /** Its error in units of the tolerance; undefined for fixed steps. */
  readonly error: number | undefined
  /** Field evaluations and steps tried until now. */
  readonly nfe: number
  readonly steps: number
}

/** Who watches a solve. */
export interface WatchOptions {
  /**
   * Milliseconds after which no further step begins. Where a solve ends then depends on the machine; what it has computed until
   * then does not. On hosts whose clock stands still while code runs (workerd) it never ends a solve.
   */
  readonly maxMs?: number
  /** Ends the solve before the next step once it is aborted: by `onStep` or the field, for a solve never yields to others. */
  readonly signal?: AbortSignal
  /** Called after every step that was tried. What it throws ends the solve and arrives as it is. */
  readonly onStep?: (step: StepInfo) => void
}

/** Checks who watches; undefined: nobody. */
export function checkWatch({ maxMs, signal, onStep }: WatchOptions): WatchOptions | undefined {
  if (maxMs !== undefined) checkPositive('maxMs', maxMs)
  if (signal !== undefined && typeof signal?.aborted !== 'boolean')
    throw new TypeError(`signal must be an AbortSignal, got ${String(signal)}`)
  if (onStep !== undefined && typeof onStep !== 'function')
    throw new TypeError(`onStep must be a function, got ${typeof onStep}`)
  if (maxMs === undefined && signal === undefined && onStep === undefined) return undefined
  return { ...(maxMs !== undefined && { maxMs }), ...(signal && { signal }), ...(onStep && { onStep }) }
}

/** The limits of one run. */
export class Budget {
  readonly #watch: WatchOptions
  readonly #maxNfe: number
  readonly #end: number
  #steps = 0

  constructor(watch: WatchOptions, maxNfe: number) {
    this.#watch = watch
    this.#maxNfe = maxNfe
    this.#end = watch.maxMs === undefined ? Number.POSITIVE_INFINITY : performance.now() + watch.maxMs
  }

  /** Reports a step, unless there was none since the last report. */
  report(step: StepInfo): void {
    if (step.steps === this.#steps) return
    this.#steps = step.steps
    this.#watch.onStep?.(step)
  }

  /** What ends the solve before its next step; STATUS_OK: nothing does. */
  verdict(nfe: number): number {
    if (this.#watch.signal?.aborted) return abi.STATUS_ABORTED
    if (nfe >= this.#maxNfe) return abi.STATUS_MAX_EVALUATIONS
    return this.#end < Number.POSITIVE_INFINITY && performance.now() >= this.#end ? abi.STATUS_TIME_OVER : abi.STATUS_OK
  }
}
