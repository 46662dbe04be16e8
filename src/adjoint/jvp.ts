import type { Vector } from '../core/boundary.ts'
import type { Numbers } from '../core/check.ts'
import type { Model } from './model.ts'
import { checkDirections, checkModel } from './tangent-model.ts'
import { TangentPass } from './tangent-pass.ts'

/** Directions besides that of the inputs. */
export interface JvpOptions {
  /** Of the parameter block, as `vjp` has its cotangent. Default: the parameters stay. */
  readonly dparams?: Numbers
}

export function jvp(model: Model, x: Numbers, dx: Numbers, options: JvpOptions = {}): [y: Vector, dy: Vector] {
  const { dparams } = options
  checkDirections(model, x, { dx, dparams })
  const pass = new TangentPass(checkModel(model), x, { dx, dparams }, false)
  try {
    return [pass.y, pass.dy]
  } finally {
    pass.free()
  }
}
