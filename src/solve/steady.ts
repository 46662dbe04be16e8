/** Solves that end where their field rests, and times without end. */

import * as abi from '../../assembly/abi.ts'
import { core, type Dtype, getPointer, guarded, type Pointer, verbs, write } from '../core/boundary.ts'
import { checkTimes, type Numbers, shown } from '../core/check.ts'
import { perStep } from '../program/layout.ts'
import { dopri5 } from '../tableaus/dopri5.ts'
import { compile, type Method } from '../tableaus/tableau.ts'
import type { WatchOptions } from './budget.ts'
import { tolerance } from './tolerance.ts'

/** When a field is at rest; each one number or one per component. Default: the rtol and the atol of the solve. */
export interface RestOptions {
  readonly rtol?: number | Numbers
  readonly atol?: number | Numbers
}

/** Solves that may end where the field rests. */
export interface SteadyOptions {
  /**
   * Ends the solve with the status 'steady' at the end of the first accepted step where the derivative f is at rest: the root
   * mean square, over all components of all rows, of f / (atol + rtol |y|) is 1 at most. So rtol and atol are changes in one unit
   * of time. `true`: those of the solve; an explicit method then ends only where the rates of the field are below about 3, and
   * hovers about the rest where they are steeper. Not looked at on the last time, nor on a discontinuity. Default false.
   */
  readonly stopWhenSteady?: boolean | RestOptions
}

/** The same, checked: one tolerance per component. */
export interface Tolerances {
  readonly rtol: Float64Array
  readonly atol: Float64Array
}

/** Brings the test for rest into the pattern of a solve. */
export function placeRest<P extends Tolerances>(
  { stopWhenSteady }: SteadyOptions,
  pattern: P,
): P & { readonly rest?: Tolerances } {
  if (stopWhenSteady === undefined || stopWhenSteady === false) return pattern
  const given: RestOptions = stopWhenSteady === true ? {} : stopWhenSteady
  if (typeof given !== 'object' || given === null)
    throw new TypeError(`stopWhenSteady must be true or { rtol, atol }, got ${shown(stopWhenSteady)}`)
  const [rtol, atol] = (['rtol', 'atol'] as const).map((name) => {
    const value = given[name]
    return value === undefined ? pattern[name] : tolerance(`stopWhenSteady.${name}`, value, pattern[name].length)
  }) as [Float64Array, Float64Array]
  const none = rtol.findIndex((value, i) => value === 0 && atol[i] === 0)
  if (none >= 0)
    throw new RangeError(`stopWhenSteady.atol must be > 0 where rtol is 0: component ${none} would never be at rest`)
  return { ...pattern, rest: { rtol, atol } }
}

/** Refuses `stopWhenSteady` where a solve must go to its end; `cure`: what to do instead. */
export function refuseRest(options: object, cure: string): void {
  const { stopWhenSteady } = options as SteadyOptions
  if (stopWhenSteady !== undefined)
    throw new RangeError(`stopWhenSteady must be left out, got ${shown(stopWhenSteady)}: ${cure}`)
}

/** Whether a solve in the core rests. */
export class Rest {
  readonly #at: Pointer
  readonly #dtype: Dtype
  readonly #rtol: Pointer
  readonly #atol: Pointer

  /** What it needs lives as long as the solve. */
  constructor(at: Pointer, dtype: Dtype, { rtol, atol }: Tolerances) {
    if (perStep(getPointer(at + abi.SOLVE_FIELD)))
      throw new RangeError(
        'stopWhenSteady must be left out where the field has parameters for every step: the next ones may move it again',
      )
    this.#at = at
    this.#dtype = dtype
    this.#rtol = place(getPointer(at + abi.SOLVE_ARENA), rtol)
    // A component at 0 with no atol rests where its derivative is 0; 0 / 0 would not say so.
    this.#atol = place(
      getPointer(at + abi.SOLVE_ARENA),
      atol.map((value) => Math.max(value, 1e-300)),
    )
  }

  /** To be asked while the drive waits after an accepted step. */
  get reached(): boolean {
    return guarded(() => verbs(this.#dtype).unrest(this.#at, this.#rtol, this.#atol)) <= 1
  }
}

function place(arena: Pointer, values: Float64Array): Pointer {
  const at = guarded(() => core().arenaAlloc(arena, values.byteLength)) >>> 0
  write('f64', at, values)
  return at
}

/** What may keep a solve from going on for ever. */
interface EndOptions extends SteadyOptions, WatchOptions {
  readonly solver?: Method
  readonly dt?: number
  readonly steps?: number
  readonly maxNfe?: number
  readonly events?: readonly { readonly count: number }[]
}

/**
 * As `checkTimes`, and the last time may be infinite where adaptive steps lead there and something can end them. Without states
 * there is nothing to wait for: then the infinite time is left out.
 */
export function checkSpan(name: string, times: Numbers, options: EndOptions, y0: Numbers): Float64Array {
  const last = times?.length - 1
  const end = times?.[last]
  if (!(last > 0 && (end === Infinity || end === -Infinity))) return checkTimes(name, times)
  const finite = checkTimes(name, Array.from(times).slice(0, -1))
  const before = finite[last - 1] as number
  if (before !== finite[0] && before > (finite[0] as number) !== end > 0)
    throw new RangeError(
      `${name} must be monotonic, got ${name}[${last}] = ${end} after ${name}[${last - 1}] = ${before}`,
    )
  const { solver = dopri5 } = options
  const given = (['steps', 'dt'] as const).find((option) => options[option] !== undefined)
  // What is no method at all is not refused here.
  const grid = typeof solver === 'object' && !compile(solver).adaptive
  if (given !== undefined || grid) {
    const cure = given === undefined ? 'take a solver with an error estimate, such as dopri5' : `leave out ${given}`
    throw new RangeError(`${name}[${last}] is ${end}, which needs adaptive steps: ${cure}`)
  }
  if (!mayEnd(options))
    throw new RangeError(
      `${name}[${last}] is ${end}, and nothing ends the solve: give stopWhenSteady, a terminal event, maxNfe, maxMs or a signal`,
    )
  return y0?.length === 0 ? finite : Float64Array.of(...finite, end)
}

function mayEnd({ stopWhenSteady, events, maxNfe, maxMs, signal }: EndOptions): boolean {
  const counted = Array.isArray(events) && events.some((event) => event?.count < Infinity)
  const budget = (maxNfe ?? Infinity) < Infinity || maxMs !== undefined || signal !== undefined
  return counted || budget || (stopWhenSteady !== undefined && stopWhenSteady !== false)
}
