/** Drives a solve through its stops, and step by step where somebody watches. The bits are those of a solve in one go. */

import * as abi from '../../assembly/abi.ts'
import { getF64, getI32, type Pointer, setF64, setI32 } from '../core/boundary.ts'
import type { Method } from '../tableaus/tableau.ts'
import { type Budget, budgetOf } from './budget.ts'
import type { FieldFunction } from './host-field.ts'
import { type Kinks, placeKinks } from './kinks.ts'
import { type Grid, type Pattern, placeStops as place, type StopOptions, type Stops, Stretch } from './stops.ts'

export { type Budget, budgetOf, causeOf, endings, type StepInfo, type WatchOptions } from './budget.ts'
export type { Kinks } from './kinks.ts'
export type { Grid, StopOptions, Stops } from './stops.ts'

/** Brings stops and kinks into the pattern of a solve at these times. */
export function placeStops<P extends Pattern & { readonly tableau: Method }>(
  options: StopOptions & { readonly kinks?: Kinks },
  times: Float64Array,
  pattern: P,
): P & { readonly stops?: Stops; readonly grid?: Grid; readonly kinks?: Kinks } {
  return place(options, times, placeKinks(options, pattern))
}

/** Who has to be told where a solve is. */
export interface Company {
  readonly budget?: Budget | undefined
  readonly stretch?: Stretch | undefined
}

/** A field as the steps are to see it, and what has to be told where they are; the field itself where nothing jumps. */
export function sided(
  field: FieldFunction,
  stops: Stops | undefined,
  times: Float64Array,
): { readonly field: FieldFunction; readonly stretch?: Stretch } {
  if (stops === undefined || stops.jumps.length === 0) return { field }
  const stretch = new Stretch(stops.jumps, (times[times.length - 1] as number) >= (times[0] as number))
  return { field: stretch.seen(field), stretch }
}

/** What a run heeds. */
interface Route {
  readonly stops?: Stops
  readonly maxNfe?: number
}

/** One run of the solve `at`. `call` does what SOLVE_RESUME says. */
export class Drive {
  readonly #at: Pointer
  readonly #call: () => number
  readonly #stops: Stops | undefined
  readonly #company: Company
  #next = 0
  #resume: number = abi.RESUME_NOT
  #status: number = abi.STATUS_PAUSED

  /** Without company its evaluations are counted all the same. */
  constructor(at: Pointer, call: () => number, { stops, maxNfe }: Route, company?: Company) {
    this.#at = at
    this.#call = call
    this.#stops = stops
    this.#company = company ?? { budget: budgetOf({}, maxNfe) }
    this.#company.budget?.begin()
    this.#company.stretch?.enter(getF64(at + abi.SOLVE_T0))
  }

  /** Runs to the end, or until `steps` steps are accepted in all. Returns the status: STATUS_PAUSED where there is more to do. */
  run(steps: number = Number.POSITIVE_INFINITY): number {
    const at = this.#at
    const { budget } = this.#company
    setI32(at + abi.SOLVE_PAUSE, budget !== undefined || steps < Number.POSITIVE_INFINITY ? 1 : 0)
    while (this.#status === abi.STATUS_PAUSED && this.#accepted < steps) {
      const ends = budget?.verdict() ?? abi.STATUS_OK
      if (ends === abi.STATUS_OK) this.#step()
      else this.#status = ends
    }
    return this.#status
  }

  /** Before the first step the core has counted nothing yet. */
  get #accepted(): number {
    return this.#resume === abi.RESUME_NOT ? 0 : getI32(this.#at + abi.SOLVE_ACCEPTED)
  }

  #step(): void {
    const at = this.#at
    const stop = this.#stops?.times[this.#next] ?? Number.NaN
    const before = this.#accepted
    setF64(at + abi.SOLVE_STOP, stop)
    setI32(at + abi.SOLVE_RESUME, this.#resume)
    this.#status = this.#call()
    this.#resume = abi.RESUME_ON
    const [t, accepted] = [getF64(at + abi.SOLVE_T), this.#accepted]
    this.#company.budget?.report({
      t,
      h: getF64(at + abi.SOLVE_H),
      accepted: accepted > before,
      error: getI32(at + abi.SOLVE_STEPS) === abi.STEPS_ADAPTIVE ? getF64(at + abi.SOLVE_ERROR) : undefined,
      nfe: getI32(at + abi.SOLVE_NFE),
      steps: accepted + getI32(at + abi.SOLVE_REJECTED),
    })
    if (this.#status !== abi.STATUS_PAUSED || t !== stop) return
    this.#next++
    if (!this.#stops?.jumps.includes(t)) return
    this.#resume = abi.RESUME_ANEW
    this.#company.stretch?.enter(t)
  }
}
