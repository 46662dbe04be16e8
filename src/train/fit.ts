import type { Model } from '../adjoint/model.ts'
import { checkPlan, type FitData, type FitOptions, type FitProgress } from './plan.ts'
import { Trainer } from './trainer.ts'

/**
 * Trains a model in place: a generator that yields after every epoch, so progress, early stopping and cancellation are
 * ordinary control flow. The same data, options and seed give the same bits everywhere.
 *
 * ```ts
 * for (const { epoch, loss, nfe } of fit(node, { x, y }, { optimizer: adam({ lr: 1e-3 }), epochs: 50, seed: 0 }))
 *   if (loss < 1e-3) break
 * ```
 * @throws RangeError or TypeError for unusable data or options, SolveError when a solve fails, Error when the loss is not finite
 */
export function* fit(model: Model, data: FitData, options: FitOptions = {}): Generator<FitProgress, void, undefined> {
  const { rows, plan } = checkPlan(model, data, options)
  const trainer = new Trainer(model, data, rows, plan)
  try {
    if (options.resume !== undefined) trainer.resume(options.resume)
    while (trainer.epoch < plan.epochs) yield trainer.runEpoch()
  } finally {
    trainer.free()
  }
}
