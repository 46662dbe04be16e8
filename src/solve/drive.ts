/** Drives a solve through its stops, and step by step where somebody watches. The bits are those of a solve in one go. */

import * as abi from '../../assembly/abi.ts'
import { getF64, getI32, type Pointer, setF64, setI32 } from '../core/boundary.ts'
import { Budget, type WatchOptions } from './budget.ts'
import type { FieldFunction } from './host-field.ts'
import { type Stops, Stretch } from './stops.ts'

export { checkWatch, type StepInfo, type WatchOptions } from './budget.ts'
export { type Grid, placeStops, type StopOptions, type Stops } from './stops.ts'

/** What a run heeds. */
export interface Route {
  readonly stops?: Stops
  /** Evaluations after which no further step begins. Default: any number. */
  readonly maxNfe?: number
}

/** What a run tells others of. */
export interface Company {
  readonly watch?: WatchOptions | undefined
  readonly stretch?: Stretch | undefined
}

/** A field as the steps are to see it, and what has to be told where they are; no field of that kind where nothing jumps. */
export function sided(
  field: FieldFunction,
  { stops }: Route,
  [t0, t1]: readonly [number, number],
): { readonly field: FieldFunction; readonly stretch?: Stretch } {
  if (stops === undefined || stops.jumps.length === 0) return { field }
  const stretch = new Stretch(stops.jumps, t1 >= t0)
  return { field: stretch.seen(field), stretch }
}

/** Runs the solve `at` by `call`, which does what SOLVE_RESUME says, until it ends. Returns its status. */
export function drive(
  at: Pointer,
  call: () => number,
  { stops, maxNfe = Infinity }: Route,
  { watch, stretch }: Company,
): number {
  const budget = watch === undefined && maxNfe === Infinity ? undefined : new Budget(watch ?? {}, maxNfe)
  const adaptive = getI32(at + abi.SOLVE_STEPS) === abi.STEPS_ADAPTIVE
  let next = 0
  let accepted = 0
  let resume = abi.RESUME_NOT
  stretch?.enter(getF64(at + abi.SOLVE_T0))
  setI32(at + abi.SOLVE_PAUSE, budget === undefined ? 0 : 1)
  for (;;) {
    // Before the first step the core has counted nothing yet.
    const ends = budget?.verdict(resume === abi.RESUME_NOT ? 0 : getI32(at + abi.SOLVE_NFE)) ?? abi.STATUS_OK
    if (ends !== abi.STATUS_OK) return ends
    setF64(at + abi.SOLVE_STOP, stops?.times[next] ?? Number.NaN)
    setI32(at + abi.SOLVE_RESUME, resume)
    const status = call()
    const t = getF64(at + abi.SOLVE_T)
    const [before, rejected] = [accepted, getI32(at + abi.SOLVE_REJECTED)]
    accepted = getI32(at + abi.SOLVE_ACCEPTED)
    budget?.report({
      t,
      h: getF64(at + abi.SOLVE_H),
      accepted: accepted > before,
      error: adaptive ? getF64(at + abi.SOLVE_ERROR) : undefined,
      nfe: getI32(at + abi.SOLVE_NFE),
      steps: accepted + rejected,
    })
    if (status !== abi.STATUS_PAUSED) return status
    resume = abi.RESUME_ON
    if (t === stops?.times[next]) {
      next++
      if (!stops.jumps.includes(t)) continue
      resume = abi.RESUME_ANEW
      stretch?.enter(t)
    }
  }
}
