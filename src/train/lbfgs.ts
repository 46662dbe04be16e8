import { copy, type Pointer, sizeOf, verbs, zero } from '../core/boundary.ts'
import { checkInt, checkPositive } from '../core/check.ts'
import type { Look, Optimizer } from './optimizers.ts'

/** Options of L-BFGS. */
export interface LBFGSOptions {
  /** The first trial of every line search, in estimated steps to the minimum. Default 1. */
  readonly lr?: number
  /** Steps whose change of the gradient is remembered, 1 to 100: each is two vectors of the parameters' size. Default 10. */
  readonly memory?: number
}

/** The loss must fall by this part of what its slope promises, and the slope to this part of itself (Nocedal, Wright, 3.6). */
const FALL = 1e-4
const FLATTER = 0.9
/** How far the loss may rise by its own rounding, where the slope shows that it has fallen. */
const NOISE = 1e-6
/** A step along which the gradient hardly changed, as a part of that change, says nothing. */
const CURVED = 1e-10
/** Points that one line search looks at, at the most. */
const TRIALS = 30

/**
 * L-BFGS (Nocedal 1980; Nocedal, Wright, *Numerical Optimization*, algorithms 7.4 and 7.5) for small models and the full batch: steps
 * along minus the gradient times an estimate of the inverse Hessian, each of a length that fulfils the Wolfe conditions. The length is
 * found by doubling and halving, which asks for no smooth loss (Lewis, Overton 2013), and where the loss falls by less than its
 * rounding its slope decides (Hager, Zhang 2005).
 *
 * An epoch is one step, of one evaluation with its gradient where the first trial serves. A trial whose solve fails is too long.
 * Rates of blocks do not matter, but for 0. Takes no `batchSize`, `clip` or `trainInputs`.
 */
export function lbfgs(options: LBFGSOptions = {}): Optimizer {
  const memory = checkInt('memory', options.memory ?? 10, 1, 100)
  return {
    name: `lbfgs(${memory})`,
    lr: checkPositive('lr', options.lr ?? 1),
    slots: 2 * memory + 2,
    whole: true,
    step(dtype, n, x, g, slots, lr, t, look) {
      const { axpy, dot, scale } = verbs(dtype)
      const bytes = n * sizeOf(dtype)
      const { loss: loss0, scratch: d, at } = look as Look
      // Slots: point and gradient where the last step began, then what step k changed of both, in place k mod memory.
      const slot = (i: number): Pointer => slots[i] as Pointer
      const place = (k: number): number => 2 + 2 * (k % memory)
      for (const [i, now] of [x, g].entries()) {
        const change = slot(place(t) + i)
        copy(change, now, bytes)
        axpy(n, -1, slot(i), change)
        copy(slot(i), now, bytes)
      }
      // d = - H g, from the latest step to the oldest and back.
      scale(n, -1, g, d)
      const known: [s: Pointer, y: Pointer, sy: number, share: number][] = []
      let size = Math.min(1, 1 / Math.sqrt(dot(n, g, g)))
      for (let k = t; k > Math.max(1, t - memory); k--) {
        const [s, y] = [slot(place(k)), slot(place(k) + 1)]
        const [sy, yy] = [dot(n, s, y), dot(n, y, y)]
        if (sy <= CURVED * yy) continue
        if (known.length === 0) size = sy / yy
        const share = dot(n, s, d) / sy
        axpy(n, -share, y, d)
        known.unshift([s, y, sy, share])
      }
      scale(n, size, d, d)
      for (const [s, y, sy, share] of known) axpy(n, share - dot(n, y, d) / sy, s, d)
      const slope0 = dot(n, g, d)
      let [low, high, length] = [0, Infinity, lr]
      for (let i = 0; i < TRIALS && slope0 < 0; i++) {
        copy(x, slot(0), bytes)
        axpy(n, length, d, x)
        const rise = at(x) - loss0
        const slope = dot(n, g, d)
        const noise = rise <= NOISE * Math.abs(loss0) && slope <= (2 * FALL - 1) * slope0
        if (!((rise <= FALL * length * slope0 || noise) && Number.isFinite(slope))) high = length
        else if (slope < FLATTER * slope0) low = length
        else return
        length = high < Infinity ? (low + high) / 2 : 2 * length
      }
      // Nothing better on this line: back, and down the gradient the next time.
      at(slot(0))
      for (const vector of slots.slice(2)) zero(vector, bytes)
    },
  }
}
