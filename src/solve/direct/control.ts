/** The step size of a solve in JavaScript, as assembly/drive/controller.ts has it: the same formulas, and the same bits. */

import { core } from '../../core/boundary.ts'
import { type Controller, standard } from '../controller.ts'
import type { Stepping } from '../options.ts'
import { calm } from '../solve.ts'

/** The least error that is remembered, and the most a step grows by after an error of 0. */
const LEAST_ERROR = 1e-4
const UNSEEN = 1.5

/** How long the next step is. For one solve at a time. */
export class Control {
  readonly #power: (x: number, y: number) => number = core().pow64
  readonly #order: number
  #controller: Controller = standard
  // What follows from these, once a solve.
  #calm = 0
  #exponent = 0
  #least = 0
  #most = 0
  #last = LEAST_ERROR
  #before = LEAST_ERROR
  #rejected = false

  constructor(order: number) {
    this.#order = order
  }

  /** Goes to the start of a solve. */
  begin({ controller = standard, dtMin, dtMax }: Stepping): void {
    this.#controller = controller
    this.#calm = calm(controller, this.#order)
    this.#exponent = -(controller.beta[0] / this.#order)
    this.#least = dtMin
    this.#most = dtMax
    this.#last = LEAST_ERROR
    this.#before = LEAST_ERROR
    this.#rejected = false
  }

  /** A length within the bounds of the options; its sign is the direction. */
  bounded(h: number): number {
    const size = Math.min(Math.max(Math.abs(h), this.#least), this.#most)
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
    const controller = this.#controller
    const accepted = error <= 1
    const largest = !controller.eager && this.#rejected ? 1 : controller.factorMax
    this.#rejected = !accepted
    if (!accepted) return this.#shorter(error)
    const memory = this.#memory()
    this.#before = this.#last
    this.#last = Math.max(error, LEAST_ERROR)
    if (error === 0) return Math.min(largest, UNSEEN)
    if (error >= this.#calm && error < 1) return 1
    const factor = controller.safety * this.#power(error, this.#exponent) * memory
    return Math.min(largest, Math.max(factor, controller.eager && error < 1 ? 1 : controller.factorMin))
  }

  /** The factor after a step whose error was too large, or none. */
  #shorter(error: number): number {
    const { betaRejected, safety, factorMin } = this.#controller
    if (!(error < Infinity)) return factorMin
    return Math.max(safety * this.#power(error, -(betaRejected / this.#order)), factorMin)
  }

  /** What the errors of the accepted steps before contribute. */
  #memory(): number {
    const { beta } = this.#controller
    return (
      (beta[1] === 0 ? 1 : this.#remembered(this.#last, beta[1])) *
      (beta[2] === 0 ? 1 : this.#remembered(this.#before, beta[2]))
    )
  }

  #remembered(error: number, beta: number): number {
    return this.#power(error, -(beta / this.#order))
  }
}
