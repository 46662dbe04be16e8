import { SLOPE } from '../../assembly/abi.ts'
import type { Vector } from '../core/boundary.ts'
import { checkNumbers, type Numbers } from '../core/check.ts'
import type { Model } from './model.ts'
import { checkDirections, checkModel, type Directions } from './tangent-model.ts'
import { TangentPass } from './tangent-pass.ts'

/**
 * A scalar function of a model's outputs: of outputs y and a direction dy of theirs its gradient at y, and the derivative of this
 * gradient along dy. For the sum of squares of y - target they are 2 (y - target) and 2 dy.
 */
export type OutputLoss = (y: Vector, dy: Vector) => readonly [gradient: Numbers, along: Numbers]

/** A product with the Hessian matrix of a loss by inputs and parameters. */
export interface HessianProduct {
  /** Its part of the inputs, [batch, dim]. */
  readonly dx: Vector
  /** Its part of the parameter block; zeros for a block with rate 0. */
  readonly dparams: Vector
  /** Field evaluations it took, each of the field with its derivative. */
  readonly nfe: number
}

/**
 * The product of the Hessian matrix of a loss with a direction, by forward over reverse: the gradient's derivative where inputs and
 * parameters move along `direction`. Exact for the steps that were taken, as the gradient is; costs about what four gradients do.
 *
 * @param loss a cotangent dy of the outputs: the Hessian matrix is that of sum(dy * y); or a function of the outputs
 * @param direction `dx` as the inputs, `dparams` as the parameter block, or one of them: the other stays
 * @throws RangeError or TypeError for unusable arguments, SolveError when the solve fails
 */
export function hvp(model: Model, x: Numbers, loss: Numbers | OutputLoss, direction: Directions): HessianProduct {
  const blocks = checkModel(model)
  checkDirections(model, x, direction)
  if (direction.dx === undefined && direction.dparams === undefined)
    throw new RangeError('direction must have dx or dparams, got none')
  if (blocks.parameters.blocks.some(({ program }) => program.ops.some(({ activation }) => activation >= SLOPE)))
    throw new RangeError(
      'the field of the model holds derivatives already: hvp has no third derivatives, use differences of vjp',
    )
  const pass = new TangentPass(blocks, x, direction, true)
  try {
    const { y, dy } = pass
    const [gradient, along] = typeof loss === 'function' ? loss(y, dy) : [loss, undefined]
    checkSame(typeof loss === 'function' ? "the loss's gradient" : 'loss', gradient, y)
    if (typeof loss === 'function') checkSame("the loss's derivative along dy", along as Numbers, y)
    const { dx, dparams, nfe } = pass.pull(along, gradient)
    return { dx, dparams, nfe: pass.nfe + nfe }
  } finally {
    pass.free()
  }
}

function checkSame(name: string, values: Numbers, y: Vector): void {
  if (checkNumbers(name, values).length !== y.length)
    throw new RangeError(`${name} must hold ${y.length} numbers, as y does, got ${values.length}`)
}
