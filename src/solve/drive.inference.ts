/** Stands in for drive.ts in `relode/inference`, where a solve goes to its end in one go. */

import type { Pointer } from '../core/boundary.ts'
import type { FieldFunction } from './host-field.ts'

const ELSEWHERE = [
  'tStops',
  'discontinuities',
  'kinks',
  'maxNfe',
  'maxMs',
  'signal',
  'onStep',
  'events',
  'control',
  'stopWhenSteady',
  'input',
] as const

/** Options are not silently passed over. */
export function route<P>(options: object, _times: Float64Array, pattern: P, _field?: object): P {
  for (const name of ELSEWHERE)
    if ((options as Record<string, unknown>)[name] !== undefined) throw new RangeError(`${name} needs the entry relode`)
  return pattern
}

export { checkTimes as checkSpan } from '../core/check.ts'

export const refuseRest = (): void => {}

export const endings: readonly undefined[] = []

export const companyOf = (): undefined => undefined

export const causeOf = (): undefined => undefined

export const sided = (field: FieldFunction): { readonly field: FieldFunction } => ({ field })

export class Drive {
  readonly run: () => number

  constructor(_at: Pointer, call: () => number) {
    this.run = call
  }
}
