/** Stands in for special.ts in `relode/inference`, where drive.inference.ts refuses what that is for. */

import type { Pointer } from '../core/boundary.ts'
import type { Block } from '../program/block.ts'

export function withDerivatives<R>(_options: object, _field: object, run: () => R): R {
  return run()
}

export const fed =
  (field: Block): (() => Pointer) =>
  () =>
    field.ready()

export const withEvents = (): undefined => undefined

export { withEvents as bySample, withEvents as besideField }

export const fedBack = <S>(swept: S): S => swept
