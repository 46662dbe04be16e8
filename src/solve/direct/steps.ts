/** The steps of an explicit method beside a field in JavaScript: as assembly/step/runge-kutta.ts takes them, and with its bits. */

import type { CompiledTableau } from '../../tableaus/tableau.ts'
import { checkAttached, type FieldFunction, take } from '../host-field.ts'
import { ERROR_ROW, type Kept, LAST_ROW, type Space } from './kept.ts'
import { combine, type Row, scaledNorm } from './vectors.ts'

type Stage = Float64Array
type Seven = readonly [Stage, Stage, Stage, Stage, Stage, Stage, Stage]

/** Per component. */
interface Tolerances {
  readonly rtol: Float64Array
  readonly atol: Float64Array
}

/** Takes steps from `y` to `next`; k[0] is the derivative at `y`. */
export class Steps {
  readonly n: number
  readonly method: CompiledTableau
  readonly k: readonly Float64Array[]
  /** The error of the last step, component by component; scratch before it. */
  readonly error: Float64Array
  y: Float64Array
  next: Float64Array
  nfe: number = 0
  readonly #zeros: Float64Array
  readonly #field: FieldFunction
  readonly #kept: Kept
  readonly #tolerances: Tolerances
  readonly #seen: Float64Array
  readonly #dy: Float64Array

  constructor(field: FieldFunction, y0: ArrayLike<number>, kept: Kept, space: Space, within: Tolerances) {
    const n = y0.length
    this.n = n
    this.method = kept.method
    this.k = space.k
    this.error = space.error
    this.y = space.y
    this.next = space.next
    this.#zeros = space.zeros
    this.#field = field
    this.#kept = kept
    this.#tolerances = within
    this.#seen = space.seen
    this.#dy = space.dy
    for (let i = 0; i < n; i++) this.y[i] = y0[i] as number
  }

  /** The norm of the controller. */
  norm(x: Float64Array, a: Float64Array, b: Float64Array): number {
    return scaledNorm(this.n, x, a, b, this.#tolerances)
  }

  /** to = f(t, y) */
  evaluate(t: number, y: Float64Array, to: Float64Array): void {
    const seen = this.#seen
    for (let i = 0; i < this.n; i++) seen[i] = y[i] as number
    this.#evaluate(t, to)
    this.#attached()
  }

  /** to = f(t, y + h x) */
  evaluateAlong(t: number, h: number, x: Float64Array, to: Float64Array): void {
    for (let i = 0; i < this.n; i++) this.#seen[i] = h * (x[i] as number) + (this.y[i] as number)
    this.#evaluate(t, to)
    this.#attached()
  }

  /** to = f(t, what is in #seen) */
  #evaluate(t: number, to: Float64Array): void {
    const { n } = this
    const dy = this.#dy
    const field = this.#field
    this.nfe++
    const result = field(t, this.#seen, dy)
    if (result !== undefined) {
      this.#attached()
      take(result, dy)
    }
    for (let i = 0; i < n; i++) {
      to[i] = dy[i] as number
      dy[i] = Number.NaN
    }
  }

  /** Has the field left its arrays in place? Asked where it returned one, and once a step: in between nothing is done with what is in them. */
  #attached(): void {
    checkAttached(this.#seen, this.n, this.#dy, this.n)
  }

  /** One step from t to tNext; returns its error in units of the tolerance. */
  step(t: number, tNext: number): number {
    const { seven } = this.#kept
    if (seven !== undefined) {
      this.#inner(seven, t, tNext)
      this.#outer(seven, t, tNext)
      return this.norm(this.error, this.y, this.next)
    }
    const { stages, fsal } = this.method
    for (let i = 1; i < stages; i++) this.stage(i, t, tNext)
    if (!fsal) combine(this.n, this.y, tNext - t, this.#kept.end, this.k, this.next)
    this.#attached()
    return this.#errorNorm(tNext - t)
  }

  /** Stage i: of the step, or of dense output alone. One at c = 1 is taken at tNext itself. */
  stage(i: number, t: number, tNext: number): void {
    const { n, method, y, next, k } = this
    const last = method.fsal && i === method.stages - 1
    const to = last ? next : this.#seen
    combine(n, y, tNext - t, this.#kept.stages[i] as Row, k, to)
    const at = stageTime(method.c, i, t, tNext)
    if (last) this.evaluate(at, next, k[i] as Float64Array)
    else this.#evaluate(at, k[i] as Float64Array)
  }

  #estimate(h: number, row: Row): number {
    combine(this.n, this.#zeros, h, row, this.k, this.error)
    return this.norm(this.error, this.y, this.next)
  }

  /** Two estimates are combined as in Hairer's DOP853; the first comes last, so that it stays. */
  #errorNorm(h: number): number {
    const low = this.#kept.low && this.#estimate(h, this.#kept.low)
    const error = this.#estimate(h, this.#kept.error)
    if (low === undefined || error === 0) return error
    if (!(low < Infinity)) return low
    const ratio = low / error
    return error / Math.sqrt(1 + 0.01 * ratio * ratio)
  }

  /**
   * Stages 1 to 5 of seven, written out: sums of a term or two at a time take twice as long for a few components, which is what
   * these solves are for.
   */
  #inner(w: Float64Array, t: number, tNext: number): void {
    const { n, y } = this
    const { c } = this.method
    const [k0, k1, k2, k3, k4, k5] = this.k as unknown as Seven
    const seen = this.#seen
    const h = tNext - t
    for (let i = 0; i < n; i++) seen[i] = h * ((w[0] as number) * (k0[i] as number)) + (y[i] as number)
    this.#evaluate(stageTime(c, 1, t, tNext), k1)
    for (let i = 0; i < n; i++)
      seen[i] = h * ((w[1] as number) * (k0[i] as number) + (w[2] as number) * (k1[i] as number)) + (y[i] as number)
    this.#evaluate(stageTime(c, 2, t, tNext), k2)
    for (let i = 0; i < n; i++)
      seen[i] =
        h *
          ((w[3] as number) * (k0[i] as number) +
            (w[4] as number) * (k1[i] as number) +
            (w[5] as number) * (k2[i] as number)) +
        (y[i] as number)
    this.#evaluate(stageTime(c, 3, t, tNext), k3)
    for (let i = 0; i < n; i++)
      seen[i] =
        h *
          ((w[6] as number) * (k0[i] as number) +
            (w[7] as number) * (k1[i] as number) +
            (w[8] as number) * (k2[i] as number) +
            (w[9] as number) * (k3[i] as number)) +
        (y[i] as number)
    this.#evaluate(stageTime(c, 4, t, tNext), k4)
    for (let i = 0; i < n; i++)
      seen[i] =
        h *
          ((w[10] as number) * (k0[i] as number) +
            (w[11] as number) * (k1[i] as number) +
            (w[12] as number) * (k2[i] as number) +
            (w[13] as number) * (k3[i] as number) +
            (w[14] as number) * (k4[i] as number)) +
        (y[i] as number)
    this.#evaluate(stageTime(c, 5, t, tNext), k5)
  }

  /** The new state, the derivative there, and the error. */
  #outer(w: Float64Array, t: number, tNext: number): void {
    const { n, y, next, error } = this
    const [k0, k1, k2, k3, k4, k5, k6] = this.k as unknown as Seven
    const h = tNext - t
    // Without a weight, stage 1 may be infinite.
    const end1 = w[LAST_ROW + 1] === 0 ? this.#zeros : k1
    const error1 = w[ERROR_ROW + 1] === 0 ? this.#zeros : k1
    for (let i = 0; i < n; i++)
      next[i] =
        h *
          ((w[15] as number) * (k0[i] as number) +
            (w[16] as number) * (end1[i] as number) +
            (w[17] as number) * (k2[i] as number) +
            (w[18] as number) * (k3[i] as number) +
            (w[19] as number) * (k4[i] as number) +
            (w[20] as number) * (k5[i] as number)) +
        (y[i] as number)
    this.evaluate(tNext, next, k6)
    for (let i = 0; i < n; i++)
      error[i] =
        h *
        ((w[21] as number) * (k0[i] as number) +
          (w[22] as number) * (error1[i] as number) +
          (w[23] as number) * (k2[i] as number) +
          (w[24] as number) * (k3[i] as number) +
          (w[25] as number) * (k4[i] as number) +
          (w[26] as number) * (k5[i] as number) +
          (w[27] as number) * (k6[i] as number))
  }
}

/** A stage at c = 1 is taken at tNext itself, so that the next step may use it again to the bit. */
function stageTime(nodes: Float64Array, i: number, t: number, tNext: number): number {
  const c = nodes[i] as number
  return c === 1 ? tNext : t + c * (tNext - t)
}
