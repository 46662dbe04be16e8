/** Whether stability keeps the steps of a solve in JavaScript short: the watch of assembly/drive/stiffness.ts. */

import type { Steps } from './steps.ts'

const EVERY = 64
const VERDICT = 15
const CLEARED = 6

/** Watches steps; changes none. For one solve at a time. */
export class Stiffness {
  /** When the field was first found to be stiff. */
  stiff: number | undefined = undefined
  readonly #of: Steps
  #gap = 0
  #steps = 0
  #others = 0

  constructor(of: Steps) {
    this.#of = of
  }

  /** Goes to the start of a solve. */
  begin(): void {
    this.stiff = undefined
    this.#steps = 0
    this.#others = 0
  }

  /** Is the step about to be accepted to be looked at? Then remembers |d / h|^2. */
  watches(accepted: number): boolean {
    const { watch } = this.#of.method
    if (!watch || (this.#steps === 0 && (accepted + 1) % EVERY !== 0)) return false
    this.#look(watch)
    return true
  }

  #look(watch: readonly number[]): void {
    const { method, k, n } = this.#of
    const { stages, denseStages, a, b } = method
    const before = (watch[0] as number) * denseStages
    let gap = 0
    for (let i = 0; i < n; i++) {
      let d = 0
      for (let j = 0; j < stages; j++)
        d += ((b[j] as number) - (a[before + j] as number)) * ((k[j] as Float64Array)[i] as number)
      gap += d * d
    }
    this.#gap = gap
  }

  /** After a step that was looked at: k[0] is the derivative at its end, t. */
  judge(t: number): void {
    const { method, k, n } = this.#of
    const [stage, limit] = method.watch as readonly [number, number]
    const [end, before] = [k[0] as Float64Array, k[stage] as Float64Array]
    let rise = 0
    for (let i = 0; i < n; i++) {
      const g = (end[i] as number) - (before[i] as number)
      rise += g * g
    }
    const stiff = Math.sqrt(rise / this.#gap) > limit
    this.#others = stiff ? 0 : this.#others + 1
    const count = this.#steps + (stiff ? 1 : 0)
    if (count === VERDICT) this.stiff ||= t
    this.#steps = this.#others >= CLEARED || count === VERDICT ? 0 : count
  }
}
