import { core } from '../core/boundary.ts'
import { checkBelow, checkInt, checkPositive } from '../core/check.ts'

/** The factor on the learning rate at optimizer step `step` (0, 1, ...) of `total`. */
export type Schedule = (step: number, total: number) => number

/** Falls along half a cosine from 1 to `final` (default 0) over the whole training. Loshchilov, Hutter 2017. */
export function cosine(options: { readonly final?: number } = {}): Schedule {
  const final = checkBelow('final', options.final ?? 0, 0, 1)
  return (step, total) => final + ((1 - final) * (1 + core().cos64(Math.PI * Math.min(1, step / total)))) / 2
}

/** Multiplies by `factor` (default 0.1) every `every` steps. */
export function stepwise(options: { readonly every: number; readonly factor?: number }): Schedule {
  const every = checkInt('every', options.every, 1, 2 ** 31)
  const factor = checkPositive('factor', options.factor ?? 0.1)
  return (step) => power(factor, Math.floor(step / every))
}

/** Rises linearly over the first `steps` steps, then follows `then` (default: stays at 1). */
export function warmup(options: { readonly steps: number; readonly then?: Schedule }): Schedule {
  const steps = checkInt('steps', options.steps, 1, 2 ** 31)
  const then = options.then ?? (() => 1)
  return (step, total) => (step < steps ? (step + 1) / steps : then(step - steps, Math.max(1, total - steps)))
}

/** base^n by squaring: products only, so the same bits everywhere, which Math.pow does not promise. */
export function power(base: number, n: number): number {
  let result = 1
  for (let square = base, k = n; k > 0; k = Math.floor(k / 2), square *= square) if (k % 2 === 1) result *= square
  return result
}
