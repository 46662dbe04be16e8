/** What a solve in JavaScript leaves: its states at the output times, and its steps for dense output. */

import type { Steps } from './steps.ts'

const NONE = new Float64Array(0)

/** Looks into the steps of a solve. */
export class Outputs {
  readonly ys: Float64Array[] = []
  readonly #steps: Steps
  readonly #times: Float64Array
  readonly #forward: boolean
  readonly #ends: number[] | undefined
  /** The first output time that is not reached; NaN behind the last. */
  #due: number
  #stages: Float64Array = NONE

  constructor(steps: Steps, times: Float64Array, dense: boolean) {
    const start = times[0] as number
    this.#steps = steps
    this.#times = times
    this.#forward = (times[times.length - 1] as number) >= start
    this.#ends = dense ? [start] : undefined
    this.#due = start
    while (this.#due === start) this.#put(steps.y)
  }

  /** Are all outputs there? The last of them is the end of the solve. */
  get done(): boolean {
    return this.ys.length === this.#times.length
  }

  /** The accepted steps, as they are kept for dense output. */
  get record(): { readonly times: Float64Array; readonly stages: Float64Array } | undefined {
    const ends = this.#ends
    return ends && { times: Float64Array.from(ends), stages: this.#stages.slice(0, (ends.length - 1) * this.#item) }
  }

  /** Is dense output of a step that ends at tNext wanted? */
  wants(tNext: number): boolean {
    return this.#ends !== undefined || (this.#due !== tNext && this.#reached(tNext))
  }

  /** The step from t to tNext is accepted. Stages and states are still those of this step. */
  take(t: number, tNext: number): void {
    while (this.#reached(tNext)) {
      const due = this.#due
      if (due === tNext) this.#put(this.#steps.next)
      else this.#interpolate(tNext - t, (due - t) / (tNext - t))
    }
    if (this.#ends === undefined) return
    this.#keep(this.#ends.length - 1)
    this.#ends.push(tNext)
  }

  /** Is the next output at or before `end` in the direction of the solve? */
  #reached(end: number): boolean {
    return this.#forward ? this.#due <= end : this.#due >= end
  }

  #push(state: Float64Array): void {
    this.ys.push(state)
    this.#due = this.#times[this.ys.length] ?? Number.NaN
  }

  #put(state: Float64Array): void {
    const out = new Float64Array(state.length)
    for (let i = 0; i < out.length; i++) out[i] = state[i] as number
    this.#push(out)
  }

  /** Puts y(t + theta h): the weights of the stages by Horner from the highest power. */
  #interpolate(h: number, theta: number): void {
    const { n, y, k, method } = this.#steps
    const { denseStages, denseDegree, dense } = method
    const out = new Float64Array(n)
    for (let j = 0; j < denseStages; j++) {
      let w = 0
      for (let d = denseDegree - 1; d >= 0; d--) w = w * theta + (dense[j * denseDegree + d] as number)
      w *= theta
      const derivative = k[j] as Float64Array
      if (w !== 0) for (let i = 0; i < n; i++) out[i] = (out[i] as number) + w * (derivative[i] as number)
    }
    for (let i = 0; i < n; i++) out[i] = h * (out[i] as number) + (y[i] as number)
    this.#push(out)
  }

  /** Numbers that are kept of a step: its start, and its stages with those of dense output. */
  get #item(): number {
    return this.#steps.n * (this.#steps.method.denseStages + 1)
  }

  /** Keeps step `index`. */
  #keep(index: number): void {
    const { n, y, k } = this.#steps
    let at = index * this.#item
    if (at + this.#item > this.#stages.length) {
      const more = new Float64Array(Math.max(16 * this.#item, 2 * this.#stages.length))
      more.set(this.#stages)
      this.#stages = more
    }
    const stages = this.#stages
    for (let i = 0; i < n; i++) stages[at + i] = y[i] as number
    for (const derivative of k) {
      at += n
      for (let i = 0; i < n; i++) stages[at + i] = derivative[i] as number
    }
  }
}
