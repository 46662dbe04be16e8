/** The step size of a solve in JavaScript, as assembly/drive/controller.ts has it: the same formulas, and the same bits. */

import { core } from '../../core/boundary.ts'
import { type Controller, standard } from '../controller.ts'
import type { Stepping } from '../options.ts'
import { calm } from '../solve.ts'

/** The least error that is remembered, and the most a step grows by after an error of 0. */
const LEAST_ERROR = 1e-4
const UNSEEN = 1.5

/** How long the next step is. */
export class Control {
  readonly #power: (x: number, y: number) => number = core().pow64
  readonly #controller: Controller
  readonly #order: number
  readonly #bounds: readonly [least: number, most: number]
  readonly #calm: number
  #last = LEAST_ERROR
  #before = LEAST_ERROR
  #rejected = false

  constructor({ controller = standard, dtMin, dtMax }: Stepping, order: number) {
    this.#controller = controller
    this.#order = order
    this.#calm = calm(controller, order)
    this.#bounds = [dtMin, dtMax]
  }

  /** A length within the bounds of the options; its sign is the direction. */
  bounded(h: number): number {
    const size = Math.min(Math.max(Math.abs(h), this.#bounds[0]), this.#bounds[1])
    return h < 0 ? -size : size
  }

  /** Hairer's first step from the norms of y, f and the change of f along `careful`. */
  first(careful: number, slope: number, bend: number): number {
    const most = Math.max(slope, bend)
    const flat = slope <= 1e-15 && bend <= 1e-15
    const h = Math.min(100 * careful, flat ? Math.max(1e-6, careful * 1e-3) : this.#power(0.01 / most, 1 / this.#order))
    return h > 0 && h < Infinity ? h : careful
  }

  /** The factor from this step to the next. */
  factor(error: number): number {
    const { beta, betaRejected, eager, safety, factorMin, factorMax } = this.#controller
    const accepted = error <= 1
    const largest = !eager && this.#rejected ? 1 : factorMax
    this.#rejected = !accepted
    if (!(error < Infinity)) return factorMin
    if (!accepted) return Math.max(safety * this.#power(error, -(betaRejected / this.#order)), factorMin)
    const memory = this.#remembered(this.#last, beta[1]) * this.#remembered(this.#before, beta[2])
    this.#before = this.#last
    this.#last = Math.max(error, LEAST_ERROR)
    if (error === 0) return Math.min(largest, UNSEEN)
    if (error >= this.#calm && error < 1) return 1
    const factor = safety * this.#power(error, -(beta[0] / this.#order)) * memory
    return Math.min(largest, Math.max(factor, eager && error < 1 ? 1 : factorMin))
  }

  #remembered(error: number, beta: number): number {
    return beta === 0 ? 1 : this.#power(error, -(beta / this.#order))
  }
}
