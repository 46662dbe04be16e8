/** The steps of an explicit method beside a field in JavaScript: as assembly/step/runge-kutta.ts takes them, and with its bits. */

import type { Work, WrittenStep } from '../../generated/direct-steps.ts'
import type { CompiledTableau } from '../../tableaus/tableau.ts'
import { checkAttached, type FieldFunction, take } from '../host-field.ts'
import type { Kept } from './kept.ts'
import { combine, firstNonFinite, type Row, scaledNorm } from './vectors.ts'

/** Per component. */
interface Tolerances {
  readonly rtol: Float64Array
  readonly atol: Float64Array
}

const NOTHING: FieldFunction = () => {}

/** Takes steps from `y` to `next`; k[0] is the derivative at `y`. For one solve at a time. */
export class Steps implements Work {
  readonly n: number
  readonly method: CompiledTableau
  /** Derivatives at the stages, with those of dense output: one behind the other, and each by itself. */
  readonly all: Float64Array
  readonly k: readonly Float64Array[]
  /** The error of the last step, component by component; scratch before it. */
  readonly error: Float64Array
  /** What the field reads and writes: nothing that it does to them reaches the solver's own numbers. */
  readonly seen: Float64Array
  readonly dy: Float64Array
  readonly weights: Float64Array
  readonly nodes: Float64Array
  y: Float64Array
  next: Float64Array
  rtol: Float64Array
  atol: Float64Array
  field: FieldFunction = NOTHING
  nfe: number = 0
  readonly #zeros: Float64Array
  readonly #kept: Kept
  readonly #written: WrittenStep | undefined

  constructor(kept: Kept, n: number) {
    const { method, weights, written } = kept
    const state = (): Float64Array => new Float64Array(n)
    this.n = n
    this.method = method
    const all = new Float64Array(n * method.denseStages)
    this.all = all
    this.k = Array.from({ length: method.denseStages }, (_, j) => all.subarray(j * n, (j + 1) * n))
    this.error = state()
    this.seen = state()
    // A component that is never written must not pass for a derivative.
    this.dy = state().fill(Number.NaN)
    this.weights = weights
    this.nodes = method.c
    this.y = state()
    this.next = state()
    this.#zeros = state()
    this.rtol = this.#zeros
    this.atol = this.#zeros
    this.#kept = kept
    this.#written = written[n] ?? written[0]
  }

  /** Goes to the start of a solve. */
  begin(field: FieldFunction, y0: ArrayLike<number>, { rtol, atol }: Tolerances): void {
    this.field = field
    this.rtol = rtol
    this.atol = atol
    this.nfe = 0
    const { y } = this
    for (let i = 0; i < y.length; i++) y[i] = y0[i] as number
  }

  /** Lets go of what belongs to the solve. */
  end(): void {
    this.field = NOTHING
    this.rtol = this.#zeros
    this.atol = this.#zeros
  }

  /** The norm of the controller. */
  norm(x: Float64Array, a: Float64Array, b: Float64Array): number {
    return scaledNorm(this.n, x, a, b, this)
  }

  /** to = f(t, y) */
  evaluate(t: number, y: Float64Array, to: Float64Array): void {
    const { n, seen } = this
    for (let i = 0; i < n; i++) seen[i] = y[i] as number
    this.#evaluate(t, to)
    this.#attached()
  }

  /** to = f(t, y + h x) */
  evaluateAlong(t: number, h: number, x: Float64Array, to: Float64Array): void {
    const { n, seen, y } = this
    for (let i = 0; i < n; i++) seen[i] = h * (x[i] as number) + (y[i] as number)
    this.#evaluate(t, to)
    this.#attached()
  }

  /** to = f(t, what is in `seen`) */
  #evaluate(t: number, to: Float64Array): void {
    const { n, seen, dy, field } = this
    this.nfe++
    const result = field(t, seen, dy)
    if (result !== undefined) this.take(result)
    for (let i = 0; i < n; i++) {
      to[i] = dy[i] as number
      dy[i] = Number.NaN
    }
  }

  /** Moves what the field returned into `dy`. */
  take(result: ArrayLike<number>): void {
    this.#attached()
    take(result, this.dy)
  }

  /** Has the field left its arrays in place? Asked where it returned one, and once a step: in between nothing is done with what is in them. */
  #attached(): void {
    checkAttached(this.seen, this.n, this.dy, this.n)
  }

  /** One step from t to tNext; returns its error in units of the tolerance, Infinity where the new state is not finite. */
  step(t: number, tNext: number): number {
    const { stages, fsal } = this.method
    const written = this.#written
    if (written !== undefined) {
      this.nfe += stages - 1
      const error = written(this, t, tNext)
      this.#attached()
      return error
    }
    for (let i = 1; i < stages; i++) this.stage(i, t, tNext)
    if (!fsal) combine(this.n, this.y, tNext - t, this.#kept.end, this.k, this.next)
    this.#attached()
    const error = this.#errorNorm(tNext - t)
    return firstNonFinite(this.next) < 0 ? error : Infinity
  }

  /** Stage i: of the step, or of dense output alone. One at c = 1 is taken at tNext itself. */
  stage(i: number, t: number, tNext: number): void {
    const { n, method, y, next, k } = this
    const last = method.fsal && i === method.stages - 1
    const to = last ? next : this.seen
    combine(n, y, tNext - t, this.#kept.stages[i] as Row, k, to)
    const c = method.c[i] as number
    // So that the next step may use it again to the bit.
    const at = c === 1 ? tNext : t + c * (tNext - t)
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
}
