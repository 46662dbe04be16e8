/** What may end a solve early, and what watches it: never what a number is made of. */

import * as abi from '../../assembly/abi.ts'
import { checkPositive, shown } from '../core/check.ts'
import type { Sentence } from '../core/errors.ts'

/** What is said of a solve that was ended early: as in src/core/errors.ts. */
export const endings: Readonly<Record<number, Sentence>> = {
  [abi.STATUS_MAX_EVALUATIONS]: [
    'max evaluations',
    (f) => `${f.stats.nfe} evaluations reached t = ${f.t} of ${f.t1}.`,
    'Loosen rtol/atol, raise maxNfe, or the field may be stiff.',
  ],
  [abi.STATUS_TIME_OVER]: [
    'time over',
    (f) => `after maxMs the solve was at t = ${f.t} of ${f.t1}, in ${f.stats.steps} steps.`,
    'Raise maxMs, loosen rtol/atol, or make the field cheaper.',
  ],
  [abi.STATUS_ABORTED]: [
    'aborted',
    (f) => `the signal came at t = ${f.t} of ${f.t1}.`,
    'What was computed until then is in `solution`.',
  ],
  [abi.STATUS_TIME_OVERFLOW]: [
    'time overflow',
    (f) => `behind t = ${f.t} of ${f.t1} the next step leads beyond the largest number.`,
    'Nothing has ended the solve until there: give a last time, or bound the steps by dtMax and maxSteps.',
  ],
}

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
  /** With `control: 'sample'` the row of the batch; rows are then solved one after the other. */
  readonly row?: number
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

/** Checks who watches, and for how long; undefined: nobody. `maxNfe` is checked already. */
export function budgetOf({ maxMs, signal, onStep }: WatchOptions, maxNfe: number = Infinity): Budget | undefined {
  if (maxMs !== undefined) checkPositive('maxMs', maxMs)
  if (signal !== undefined && typeof signal?.aborted !== 'boolean')
    throw new TypeError(`signal must be an AbortSignal, got ${shown(signal)}`)
  if (onStep !== undefined && typeof onStep !== 'function')
    throw new TypeError(`onStep must be a function, got ${typeof onStep}`)
  if (maxMs === undefined && signal === undefined && onStep === undefined && maxNfe === Infinity) return undefined
  return new Budget({ maxMs, signal, onStep }, maxNfe)
}

/** What is left of so many milliseconds whenever it is called; never nothing, which is no budget. */
export function timeLeft(ms: number): () => number {
  const end = performance.now() + ms
  return () => Math.max(Number.MIN_VALUE, end - performance.now())
}

/** Why a solve was aborted, if it was. */
export function causeOf({ signal }: WatchOptions): ErrorOptions | undefined {
  return signal?.aborted ? { cause: signal.reason } : undefined
}

type Watch = { readonly [K in keyof WatchOptions]-?: WatchOptions[K] | undefined }

/** The limits of a solve, which may be several runs one after the other. */
export class Budget {
  readonly #watch: Watch
  readonly #maxNfe: number
  readonly #end: number
  /** Of the runs before. */
  #before = { nfe: 0, steps: 0 }
  #total = { nfe: 0, steps: 0 }

  constructor(watch: Watch, maxNfe: number) {
    this.#watch = watch
    this.#maxNfe = maxNfe
    this.#end = watch.maxMs === undefined ? Infinity : performance.now() + watch.maxMs
  }

  /** A run begins. */
  begin(): void {
    this.#before = this.#total
  }

  /** Counts a step of this run, and tells of it unless there was none since the last time. */
  report(step: StepInfo): void {
    const [nfe, steps] = [this.#before.nfe + step.nfe, this.#before.steps + step.steps]
    const told = this.#total.steps
    this.#total = { nfe, steps }
    if (steps > told) this.#watch.onStep?.({ ...step, nfe, steps })
  }

  /** What ends the solve before its next step; STATUS_OK: nothing does. */
  verdict(): number {
    if (this.#watch.signal?.aborted) return abi.STATUS_ABORTED
    if (this.#total.nfe >= this.#maxNfe) return abi.STATUS_MAX_EVALUATIONS
    return this.#end < Infinity && performance.now() >= this.#end ? abi.STATUS_TIME_OVER : abi.STATUS_OK
  }
}
