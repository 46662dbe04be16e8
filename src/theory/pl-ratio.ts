import type { Model } from '../adjoint/model.ts'
import { type Loss, mse } from '../train/losses.ts'
import { Objective } from '../train/objective.ts'
import { checkPlan, type FitData } from '../train/plan.ts'

/**
 * The ratio of the Polyak-Lojasiewicz condition: sum over the blocks of rate x ||d loss/d theta||^2, by the loss. Along a
 * gradient flow it is -d(log loss)/dt, so where it stays above mu the loss is below exp(-mu t) times the first.
 *
 * With rate L for the layers of a residual network and 1 for its read-in and read-out it is that of Marion et al. 2024, Definition
 * 1, (||dA||^2 + L sum ||dZ_k||^2 + ||dB||^2) / loss. Their loss is a sum over the outputs where `mse` is a mean: times
 * `model.outputs` it is theirs. `gradientFlow` yields the numerator as `rate`.
 *
 * @param options.loss default mse
 * @throws RangeError where the loss is 0, Error where it is not finite
 */
export function plRatio(model: Model, data: FitData, options: { readonly loss?: Loss } = {}): number {
  const loss = options.loss ?? mse
  const { rows } = checkPlan(model, data, { loss })
  const objective = new Objective(model, data, rows, loss)
  try {
    const { loss: value } = objective.evaluate()
    if (value === 0) throw new RangeError('the loss is 0: there is no ratio to it')
    if (!Number.isFinite(value)) throw new Error(`the loss is ${value}: scale the data or the parameters down`)
    return model.parameters.blocks.reduce((sum, { rate }, i) => sum + rate * objective.squaredNorm(i), 0) / value
  } finally {
    objective.free()
  }
}
