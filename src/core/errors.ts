import {
  STATUS_MAX_STEPS,
  STATUS_NON_FINITE_FIELD,
  STATUS_NON_FINITE_STATE,
  STATUS_STEP_UNDERFLOW,
} from '../../assembly/abi.ts'
import type { Vector } from './boundary.ts'
import { heldBy, stiffSince } from './hints.ts'

/** What a solve cost. */
export interface Stats {
  /** Field evaluations. */
  readonly nfe: number
  /** Steps tried: accepted + rejected. */
  readonly steps: number
  readonly accepted: number
  readonly rejected: number
  /** Shortest and longest step that was accepted (the options of these names are bounds); 0 if there was none. */
  readonly dtMin: number
  readonly dtMax: number
  /** The rtol that was used where a smaller one was asked for; only then. */
  readonly rtolFloor?: number
  /** Of a Rosenbrock method, and 0 otherwise: Jacobians computed and matrices factorised, for the whole batch. */
  readonly njev: number
  readonly nlu: number
  /** Where kinks are located: units that have flipped, in all rows; otherwise 0. */
  readonly kinks: number
  /**
   * `dopri5` and `dopri8`: the time at which it was first found that stability, not accuracy, keeps the steps short. A method for
   * stiff fields takes fewer then. Undefined where nothing was found, and in `relode/inference`, which does not look.
   */
  readonly stiff: number | undefined
}

/** How a solve failed. */
export interface Failure {
  readonly status: number
  /** Time reached, time wanted, and the last step tried. */
  readonly t: number
  readonly t1: number
  readonly step: number
  /** Row of the batch and component of the state at fault, or that held the step; -1 if none is. */
  readonly row: number
  readonly component: number
  readonly stats: Stats
  /** The state of the batch at `t`. */
  readonly y: Vector
  /** What is to be said, where the core does not know the status. */
  readonly sentence?: Sentence | undefined
}

const where = (f: Failure): string => `y[${f.component}]${f.row > 0 ? ` of row ${f.row}` : ''}`

/** Name of a status, what happened, and what to do. */
export type Sentence = readonly [string, (f: Failure) => string, string | ((f: Failure) => string)]

// Every sentence stands once: status -> its name, what happened, and what to do.
const SENTENCES: Readonly<Record<number, Sentence>> = {
  [STATUS_MAX_STEPS]: [
    'max steps',
    (f) => `${f.stats.steps} steps reached t = ${f.t} of ${f.t1}${heldBy(f, where)}.`,
    (f) => `Loosen rtol/atol, raise maxSteps, or the field may be stiff.${stiffSince(f)}`,
  ],
  [STATUS_STEP_UNDERFLOW]: [
    'step underflow',
    (f) => `at t = ${f.t} of ${f.t1} the step ${f.step} is too small to advance${heldBy(f, where)}.`,
    'The solution may blow up there, or rtol/atol are below rounding.',
  ],
  [STATUS_NON_FINITE_FIELD]: [
    'non-finite field',
    (f) => `near t = ${f.t} of ${f.t1} the derivative of ${where(f)} is not finite.`,
    'Check the field there (division by zero, a component of dy never written), or the solution blows up.',
  ],
  [STATUS_NON_FINITE_STATE]: [
    'non-finite state',
    (f) => `after t = ${f.t} of ${f.t1} the value ${where(f)} is not finite.`,
    'The solution overflows: take smaller steps, or it blows up.',
  ],
}

/** What a failed solve has reached: the outputs up to there, and what lies between them. */
export interface PartialSolution {
  /** Time reached. */
  readonly t: number
  /** The output times up to there, and the states at these. */
  readonly ts: Float64Array
  readonly ys: readonly Vector[]
  readonly stats: Stats
  /** The state, and its derivative, at any time between the start and `t`. */
  at(t: number): Vector
  derivativeAt(t: number): Vector
}

/** What does not reach its end, a solve or an iteration, and how it ended: the first words of the message. */
export abstract class StatusError extends Error {
  readonly status: string

  constructor(status: string, sentences: string, options?: ErrorOptions) {
    super(`${status}: ${sentences}`, options)
    this.status = status
  }

  /** `SolveError (max steps): 16384 steps reached ...` */
  override toString(): string {
    return `${this.name} (${this.status})${this.message.slice(this.status.length)}`
  }
}

/**
 * Thrown when a solve cannot reach its end. Nothing that was computed is wrong; it just stops at `t`. Its status is 'max steps', 'step
 * underflow', 'non-finite field' or 'non-finite state'; 'max evaluations', 'time over' or 'aborted' where that was asked for.
 */
export class SolveError extends StatusError {
  override readonly name = 'SolveError'
  /** What to do about it: the end of the message. */
  readonly advice: string
  /** Time reached. */
  readonly t: number
  /** Length of the last step tried. */
  readonly step: number
  /**
   * Row of the batch and component at fault; -1 if none is. After 'max steps' and 'step underflow' those with the largest share in
   * the error of the last step (not in `relode/inference`).
   */
  readonly row: number
  readonly component: number
  readonly stats: Stats
  /** The last state that was reached, at `t`: rows of the batch. */
  readonly y: Vector
  /** All of the solve up to `t`; undefined where a model was run. */
  readonly solution: PartialSolution | undefined

  constructor(failure: Failure, solution?: PartialSolution, options?: ErrorOptions) {
    const [status, sentence, cure] = failure.sentence ?? (SENTENCES[failure.status] as Sentence)
    const advice = typeof cure === 'string' ? cure : cure(failure)
    super(status, `${sentence(failure)} ${advice}`, options)
    this.advice = advice
    this.t = failure.t
    this.step = failure.step
    this.row = failure.row
    this.component = failure.component
    this.stats = failure.stats
    this.y = failure.y
    this.solution = solution
  }
}

/** Thrown on use after `dispose`. */
export class DisposedError extends Error {
  override readonly name = 'DisposedError'
  constructor(what: string) {
    super(`${what} is disposed: its memory was given back; make a new one`)
  }
}
