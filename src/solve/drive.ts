/** Drives a solve through its stops, and step by step where somebody watches. The bits are those of a solve in one go. */

import * as abi from '../../assembly/abi.ts'
import { type Dtype, getF64, getI32, type Pointer, setF64, setI32 } from '../core/boundary.ts'
import { checkInt } from '../core/check.ts'
import type { Block } from '../program/block.ts'
import { type Budget, budgetOf, type WatchOptions } from './budget.ts'
import type { FieldFunction } from './host-field.ts'
import { type Kinks, placeKinks } from './kinks.ts'
import { placeRest, Rest, type SteadyOptions, type Tolerances } from './steady.ts'
import { type Grid, placeStops, type Stops, Stretch } from './stops.ts'

export { type Budget, causeOf, endings, type StepInfo, type WatchOptions } from './budget.ts'
export type { Kinks } from './kinks.ts'
export { checkSpan, type RestOptions, refuseRest, type SteadyOptions, type Tolerances } from './steady.ts'
export type { Grid, StopOptions, Stops } from './stops.ts'

/** Who has to be told where a solve is. */
export interface Company {
  readonly budget?: Budget | undefined
  readonly stretch?: Stretch | undefined
}

/** Who accompanies a solve with these options. */
export function companyOf(options: WatchOptions, { maxNfe }: Route, stretch: Stretch | undefined): Company {
  return { budget: budgetOf(options, maxNfe), stretch }
}

/** Checks what a run heeds, and brings it into the pattern of a solve at these times. */
export function route<P extends Parameters<typeof placeKinks>[1] & Parameters<typeof placeStops>[2] & Tolerances>(
  options: Parameters<typeof placeStops>[0] & SteadyOptions & { readonly kinks?: Kinks; readonly maxNfe?: number },
  times: Float64Array,
  pattern: P,
  field?: Block,
): P & Route & { readonly grid?: Grid; readonly kinks?: Kinks } {
  const { maxNfe = Infinity } = options
  const placed = placeRest(options, placeStops(options, times, placeKinks(options, pattern), field))
  if (maxNfe === Infinity) return placed
  return { ...placed, maxNfe: checkInt('maxNfe', maxNfe, 1, 2 ** 31 - 1) }
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
  readonly rest?: Tolerances
  readonly maxNfe?: number
}

/** A solve to be driven. Without company its evaluations are counted all the same. */
interface Driven {
  readonly dtype: Dtype
  readonly stepping: Route
  readonly company?: Company
}

/** One run of the solve `at`. `call` does what SOLVE_RESUME says. */
export class Drive {
  readonly #at: Pointer
  readonly #call: () => number
  readonly #stops: Stops | undefined
  readonly #company: Company
  readonly #rest: Rest | undefined
  #next = 0
  #resume: number = abi.RESUME_NOT
  #status: number = abi.STATUS_PAUSED

  constructor(at: Pointer, call: () => number, { dtype, stepping, company }: Driven) {
    const { stops, rest, maxNfe } = stepping
    this.#at = at
    this.#call = call
    this.#stops = stops
    this.#rest = rest && new Rest(at, dtype, rest)
    // What ends before it begins has nobody to blame.
    setI32(at + abi.SOLVE_COMPONENT, -1)
    this.#company = company ?? { budget: budgetOf({}, maxNfe) }
    this.#company.budget?.begin()
    this.#company.stretch?.enter(getF64(at + abi.SOLVE_T0))
  }

  /** Runs to the end, or until `steps` steps are accepted in all. Returns the status: STATUS_PAUSED where there is more to do. */
  run(steps: number = Number.POSITIVE_INFINITY): number {
    const at = this.#at
    const { budget } = this.#company
    const watched = budget !== undefined || this.#rest !== undefined || steps < Number.POSITIVE_INFINITY
    setI32(at + abi.SOLVE_PAUSE, watched ? 1 : 0)
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
    const lands = this.#status === abi.STATUS_PAUSED && t === stop
    const jumps = lands && this.#stops?.jumps.includes(t)
    if (this.#status === abi.STATUS_PAUSED && accepted > before && !jumps) this.#status = this.#arrived(t)
    this.#company.budget?.report({
      t,
      h: getF64(at + abi.SOLVE_H),
      accepted: accepted > before,
      error: getI32(at + abi.SOLVE_STEPS) === abi.STEPS_ADAPTIVE ? getF64(at + abi.SOLVE_ERROR) : undefined,
      nfe: getI32(at + abi.SOLVE_NFE),
      steps: accepted + getI32(at + abi.SOLVE_REJECTED),
    })
    if (lands) this.#next++
    if (!jumps) return
    this.#resume = abi.RESUME_ANEW
    this.#company.stretch?.enter(t)
  }

  /** The status after a step that has led to t, with more to come. What rests on a discontinuity may not rest behind it. */
  #arrived(t: number): number {
    if (this.#rest?.reached) return abi.STATUS_STEADY
    const [t1, h] = [getF64(this.#at + abi.SOLVE_T1), getF64(this.#at + abi.SOLVE_H_NEXT)]
    return Number.isFinite(t1) || Number.isFinite(t + h) ? abi.STATUS_PAUSED : abi.STATUS_TIME_OVERFLOW
  }
}
