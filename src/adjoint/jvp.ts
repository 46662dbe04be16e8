import type { Vector } from '../core/boundary.ts'
import { checkNumbers, type Numbers } from '../core/check.ts'
import type { DeepPlan } from '../solve/plan.ts'
import type { Model } from './model.ts'
import { movingMiddle } from './moving-times.ts'
import { type BlockModel, checkDirections, checkModel } from './tangent-model.ts'
import { type MiddleOf, TangentPass } from './tangent-pass.ts'

/** Directions besides that of the inputs. */
export interface JvpOptions {
  /** Of the parameter block, all of it: as `dparams` of a pullback. Default: the parameters stay. */
  readonly dparams?: Numbers
  /** Of the model's times: as `dt` of a pullback. Default: they stay. */
  readonly dt?: Numbers
}

/**
 * A model's outputs for x, and their derivative in a direction: the Jacobian-vector product, by forward mode. Exact for the steps
 * that were taken, which are those of the model without it: <g, dy> = <dx', dx> + <dparams', dparams> + <dt', dt> for what the
 * pullback of `vjp` makes of g. Costs about two evaluations of the model, and another one to find adaptive steps.
 *
 * @param dx direction of the inputs, as these
 * @returns outputs and their derivative, each as `model.forward(x)`; the outputs have its bits
 * @throws RangeError or TypeError for unusable arguments, SolveError when the solve fails
 *
 * ```ts
 * const [y, dy] = jvp(node, x, dx, { dparams })
 * ```
 */
export function jvp(model: Model, x: Numbers, dx: Numbers, options: JvpOptions = {}): [y: Vector, dy: Vector] {
  const { dparams, dt } = options
  const blocks = checkModel(model)
  checkDirections(model, x, { dx, dparams })
  const pass = new TangentPass(blocks, x, { dx, dparams }, false, dt && moving(blocks, dt))
  try {
    return [pass.y, pass.dy]
  } finally {
    pass.free()
  }
}

/** The middle of a model whose times move by `dt`. */
function moving(model: BlockModel, dt: Numbers): MiddleOf {
  const plan: DeepPlan | undefined = model.plan?.()
  if (plan === undefined) throw new RangeError('dt must be left out: this model has no times')
  const { length } = plan.times
  if (checkNumbers('dt', dt).length !== length)
    throw new RangeError(`dt must hold ${length} numbers, as the model's times do, got ${dt.length}`)
  if (model.field.span !== undefined)
    throw new RangeError('dt must be left out where parameters follow time (span): take the dt of the pullback of vjp')
  if (plan.input !== undefined)
    throw new RangeError('dt must be left out where the field reads an input: take the dt of the pullback of vjp')
  return (tangent, from, rows) => movingMiddle(model, plan, dt, tangent, from, rows)
}
