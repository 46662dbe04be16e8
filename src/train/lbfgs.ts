import { type Pointer, sizeOf, verbs, zero } from '../core/boundary.ts'
import { checkInt } from '../core/check.ts'
import type { Look, Optimizer } from './optimizers.ts'

/** Options of L-BFGS. */
export interface LBFGSOptions {
  /** Steps whose change of the gradient is remembered, 1 to 100: each is two vectors of the parameters' size. Default 10. */
  readonly memory?: number
}

/**
 * L-BFGS (Nocedal 1980; Nocedal, Wright, *Numerical Optimization*, algorithms 7.4 and 7.5) for small models and the full batch: steps
 * along minus the gradient times an estimate of the inverse Hessian, each of a length that fulfils the Wolfe conditions. The length is
 * found by doubling and halving, which asks for no smooth loss (Lewis, Overton 2013), and where the loss falls by less than its
 * rounding its slope decides (Hager, Zhang 2005). There is no learning rate; a schedule shortens the first trial of a step.
 *
 * An epoch is one step, of one evaluation with its gradient where the first trial serves. A trial whose solve fails is too long.
 * Rates of blocks do not matter, but for 0. Takes no `batchSize`, `clip` or `trainInputs`.
 */
export function lbfgs(options: LBFGSOptions = {}): Optimizer {
  const memory = checkInt('memory', options.memory ?? 10, 1, 100)
  return {
    name: `lbfgs(${memory})`,
    lr: 1,
    slots: 2 * memory + 2,
    whole: true,
    step(dtype, n, _, g, slots, lr, t, look) {
      const { axpy, dot, scale } = verbs(dtype)
      const { loss: loss0, at } = look as Look
      /** Step k and how it changed the gradient; to begin with its direction, and the gradient before it. */
      const pair = (k: number): [Pointer, Pointer] => slots.slice(2 * (k % (memory + 1))) as [Pointer, Pointer]
      const [d, g0] = pair(t)
      scale(n, 1, g, g0)
      // d = - H g: from the latest step to the oldest, and back. The first step of all is as long as 1 at the most.
      scale(n, -1, g, d)
      const known: [s: Pointer, y: Pointer, sy: number, share: number][] = []
      let size = Math.min(1, 1 / Math.sqrt(dot(n, g, g)))
      for (let k = t - 1; k > 0 && k >= t - memory; k--) {
        const [s, y] = pair(k)
        const [sy, yy] = [dot(n, s, y), dot(n, y, y)]
        // A step along which the gradient hardly changed says nothing; nor does one that was forgotten.
        if (sy <= 1e-10 * yy) continue
        if (known.length === 0) size = sy / yy
        const share = dot(n, s, d) / sy
        axpy(n, -share, y, d)
        known.unshift([s, y, sy, share])
      }
      scale(n, size, d, d)
      for (const [s, y, sy, share] of known) axpy(n, share - dot(n, y, d) / sy, s, d)
      const slope0 = dot(n, g, d)
      let [low, high, length] = [0, Infinity, lr]
      for (let i = 0; i < 30 && slope0 < 0; i++) {
        const rise = at(length, d) - loss0
        const slope = dot(n, g, d)
        // By 1e-4 of what the slope promises; up to 1e-6 of a loss is taken for its rounding, where the slope alone says as much.
        const falls = rise <= 1e-4 * length * slope0 || (rise <= 1e-6 * Math.abs(loss0) && slope <= -0.9998 * slope0)
        if (falls && slope >= 0.9 * slope0) {
          scale(n, length, d, d)
          scale(n, -1, g0, g0)
          axpy(n, 1, g, g0)
          return
        }
        if (falls && slope < 0) low = length
        else high = length
        length = high < Infinity ? (low + high) / 2 : 2 * length
      }
      // Nothing better on this line: back, and down the gradient the next time.
      for (const vector of slots) zero(vector, n * sizeOf(dtype))
      at(0, d)
    },
  }
}
