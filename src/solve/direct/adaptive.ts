/** The loop of an adaptive solve beside its field in JavaScript: as assembly/drive/adaptive.ts has it, and with its bits. */

import * as abi from '../../../assembly/abi.ts'
import type { Stats } from '../../core/errors.ts'
import type { Method } from '../../tableaus/tableau.ts'
import type { FieldFunction } from '../host-field.ts'
import type { Stepping } from '../options.ts'
import { Control } from './control.ts'
import type { Kept } from './kept.ts'
import type { Outputs } from './outputs.ts'
import { Steps } from './steps.ts'
import { Stiffness } from './stiffness.ts'
import { firstNonFinite } from './vectors.ts'

/** As in assembly/drive/adaptive.ts and controller.ts. */
const PATIENCE = 60
const WARY = 6
const NOTHING = 1e-3

/** An adaptive solve, and then another. */
export class Adaptive {
  readonly steps: Steps
  t: number = 0
  h: number = 0
  /** The component at fault, or that held the step. */
  component: number = -1
  readonly #control: Control
  readonly #stiffness: Stiffness
  #direction: 1 | -1 = 1
  #accepted = 0
  #rejected = 0
  #smallest: number = Infinity
  #largest: number = 0

  constructor(kept: Kept, n: number) {
    this.steps = new Steps(kept, n)
    this.#control = new Control(kept.method.order)
    this.#stiffness = new Stiffness(this.steps)
  }

  /** Goes to the start of a solve. */
  begin(field: FieldFunction, y0: ArrayLike<number>, times: Float64Array, stepping: Stepping<Method>): void {
    this.steps.begin(field, y0, stepping)
    this.#control.begin(stepping)
    this.#stiffness.begin()
    this.t = times[0] as number
    this.h = 0
    this.component = -1
    this.#direction = (times[times.length - 1] as number) >= this.t ? 1 : -1
    this.#accepted = 0
    this.#rejected = 0
    this.#smallest = Infinity
    this.#largest = 0
  }

  stats({ rtolFloor }: Stepping<Method>): Stats {
    const [accepted, rejected] = [this.#accepted, this.#rejected]
    const stats = {
      nfe: this.steps.nfe,
      steps: accepted + rejected,
      accepted,
      rejected,
      dtMin: accepted ? this.#smallest : 0,
      dtMax: this.#largest,
      njev: 0,
      nlu: 0,
      // Time 0 would say nothing was found; the next verdict is as good.
      stiff: this.#stiffness.stiff || undefined,
      kinks: 0,
    }
    return rtolFloor ? { ...stats, rtolFloor } : stats
  }

  /** Steps until there is nothing left to look at. Returns the status. */
  run(stepping: Stepping<Method>, outputs: Outputs): number {
    const { y, k } = this.steps
    const start = k[0] as Float64Array
    this.steps.evaluate(this.t, y, start)
    this.component = firstNonFinite(start)
    if (this.component >= 0) return abi.STATUS_NON_FINITE_FIELD
    if (outputs.done) return abi.STATUS_OK
    const status = this.#loop(stepping, outputs)
    if (status === abi.STATUS_MAX_STEPS || status === abi.STATUS_STEP_UNDERFLOW) this.component = this.#holder()
    return status
  }

  #loop(stepping: Stepping<Method>, outputs: Outputs): number {
    const { maxSteps, dtMin } = stepping
    const steps = this.steps
    const control = this.#control
    let planned = this.#first(stepping)
    let fresh = true
    let failures = 0
    let wary = 0
    for (;;) {
      const { t } = this
      const tNext = t + planned
      this.h = planned
      if (this.#accepted + this.#rejected >= maxSteps) return abi.STATUS_MAX_STEPS
      if (tNext === t) return this.#blame()
      const error = steps.step(t, tNext)
      let finite = error < Infinity
      const shorter = fresh && finite ? this.#overlooked(stepping, planned, error) : 0
      fresh = false
      if (shorter !== 0) {
        this.#rejected++
        planned = shorter
        continue
      }
      // At the smallest step there is nothing left to reject, unless the result is no number.
      let good = finite && (error <= 1 || Math.abs(planned) <= dtMin)
      if (good) good = finite = this.#lookInto(t, tNext, outputs)
      if (good) this.#accept(t, tNext, outputs)
      else this.#rejected++
      // What comes after the last step nobody asks.
      if (good && outputs.done) return abi.STATUS_OK
      if (!finite) {
        wary = WARY
        if (++failures >= PATIENCE) return this.#blame()
      }
      const factor = control.factor(finite ? error : Infinity)
      const next = planned * (wary > 0 ? Math.min(1, factor) : factor)
      if (wary > 0 && finite && error <= 1 && --wary === 0) failures = 0
      planned = control.bounded(next)
    }
  }

  /** Takes the stages that only dense output needs, where the step is looked into; are they finite? */
  #lookInto(t: number, tNext: number, outputs: Outputs): boolean {
    const { method, k } = this.steps
    const { stages, denseStages } = method
    if (denseStages === stages || !outputs.wants(tNext)) return true
    for (let i = stages; i < denseStages; i++) this.steps.stage(i, t, tNext)
    return k.slice(stages).every((derivative) => firstNonFinite(derivative) < 0)
  }

  #accept(t: number, tNext: number, outputs: Outputs): void {
    const steps = this.steps
    const { method, k, y, next } = steps
    const { endStage, stages } = method
    const watched = this.#stiffness.watches(this.#accepted)
    const known = endStage >= 0 && (endStage < stages || outputs.wants(tNext))
    outputs.take(t, tNext)
    const size = Math.abs(tNext - t)
    if (size < this.#smallest) this.#smallest = size
    if (size > this.#largest) this.#largest = size
    this.#accepted++
    steps.y = next
    steps.next = y
    this.t = tNext
    const start = k[0] as Float64Array
    if (known) {
      const end = k[endStage] as Float64Array
      for (let i = 0; i < end.length; i++) start[i] = end[i] as number
    } else if (!outputs.done) steps.evaluate(tNext, next, start)
    if (watched && !outputs.done) this.#stiffness.judge(tNext)
  }

  /** A length in which y and its derivative, in units of the tolerance, say that little happens. */
  #careful(slope: number): number {
    const { y } = this.steps
    const size = this.steps.norm(y, y, y)
    return size < 1e-5 || slope < 1e-5 ? 1e-6 : (0.01 * size) / slope
  }

  /** The first step: the one that was asked for, or Hairer's estimate, which takes one more evaluation. */
  #first({ h0 }: Stepping<Method>): number {
    const direction = this.#direction
    if (h0 > 0) return this.#control.bounded(direction * h0)
    const { y, k, error } = this.steps
    const [f0, f1] = k as unknown as readonly [Float64Array, Float64Array]
    const slope = this.steps.norm(f0, y, y)
    const careful = this.#careful(slope)
    this.steps.evaluateAlong(this.t + direction * careful, direction * careful, f0, f1)
    for (let i = 0; i < error.length; i++) error[i] = (f1[i] as number) - (f0[i] as number)
    const bend = this.steps.norm(error, y, y) / careful
    return this.#control.bounded(direction * this.#control.first(careful, slope, bend))
  }

  /** After a first step that was asked for and shows nothing: the longest one that the estimate could give, where it is shorter. */
  #overlooked({ h0, dtMin }: Stepping<Method>, h: number, error: number): number {
    if (!h0 || Math.abs(h) <= dtMin) return 0
    const { y, next, error: change, k } = this.steps
    for (let i = 0; i < change.length; i++) change[i] = (next[i] as number) - (y[i] as number)
    const moved = this.steps.norm(change, y, next)
    if (moved > NOTHING && error > 1e-14 * moved) return 0
    const slope = this.steps.norm(k[0] as Float64Array, y, y)
    const shorter = this.#control.bounded(this.#direction * 100 * this.#careful(slope))
    return Math.abs(shorter) < Math.abs(h) ? shorter : 0
  }

  /** The status of a solve that cannot go on, and the component that is not finite. */
  #blame(): number {
    const { k, next } = this.steps
    for (const derivative of k) {
      this.component = firstNonFinite(derivative)
      if (this.component >= 0) return abi.STATUS_NON_FINITE_FIELD
    }
    this.component = firstNonFinite(next)
    return this.component < 0 ? abi.STATUS_STEP_UNDERFLOW : abi.STATUS_NON_FINITE_STATE
  }

  /** The component with the largest share in the error of the last step, -1 where there is none. */
  #holder(): number {
    const { y, next, error, atol, rtol } = this.steps
    let held = -1
    let largest = 0
    for (let i = 0; i < error.length && this.#accepted + this.#rejected > 0; i++) {
      const magnitude = Math.max(Math.abs(y[i] as number), Math.abs(next[i] as number))
      const share = Math.abs(error[i] as number) / ((atol[i] as number) + (rtol[i] as number) * magnitude)
      if (!(share < Infinity)) return i
      if (share > largest) {
        largest = share
        held = i
      }
    }
    return held
  }
}
