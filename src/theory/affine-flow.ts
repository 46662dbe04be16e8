/** Solves in closed form: the exact flow of networks with one layer of ReLU units. */

import { checkInt, checkNumbers, checkStates, checkTimes, type Numbers } from '../core/check.ts'
import { type PartialSolution, type Sentence, SolveError, type Stats } from '../core/errors.ts'
import { firstIndex } from '../core/search.ts'
import type { Field } from '../program/field.ts'
import { Bounds } from './flow-bounds.ts'
import { type Counts, type Limits, type RowFlow, RowSolve } from './flow-row.ts'
import { type ReluField, reluField } from './relu-field.ts'
import { inputsOf, Region, rateOf } from './relu-region.ts'

/** What may end a solve in closed form early: for each row. */
export interface AffineFlowOptions {
  /** Regions that may be passed through, counted as often as they are entered. Default 10000. */
  readonly maxPieces?: number
  /** Stretches that may be searched for crossings, each 1 / |M| long or longer. Default 16384, as many as `maxSteps`. */
  readonly maxStretches?: number
}

/** A unit came to be on or off. */
export interface Crossing {
  readonly t: number
  /** Index of the unit in its layer; of several layers beside each other, in the order of the program. */
  readonly unit: number
  readonly row: number
  /** Whether it is on behind `t`, as seen along the solve. */
  readonly on: boolean
}

interface Task {
  readonly field: ReluField
  /** 1, or -1 where time runs backward. */
  readonly direction: number
  readonly t0: number
}

/** A solution in closed form, region by region: plain values in doubles, nothing to dispose. */
export class AffineFlow implements PartialSolution {
  /** Output times. */
  readonly ts: Float64Array
  /** States at the output times; each has the length of y0. */
  readonly ys: readonly Float64Array[]
  /** Time reached: the last output time. */
  readonly t: number
  /** Every change of a unit behind the first time and before the last, in the order of the solve, then of rows and units. */
  readonly crossings: readonly Crossing[]
  /** Regions passed through, those of all rows together. */
  readonly pieces: number
  /**
   * Steps are the stretches that were searched for crossings, `nfe` evaluations of the field, `njev` regions, which have one
   * matrix each, and `nlu` exponentials, those of the outputs included; sums over the rows.
   */
  readonly stats: Stats
  readonly #task: Task
  readonly #rows: readonly RowFlow[]

  /** Made by `affineFlow`. */
  constructor(task: Task, ts: Float64Array, rows: readonly RowFlow[], span: number, counts: Counts) {
    const reached = (t: number): boolean => task.direction * (t - task.t0) <= span
    this.#task = task
    this.#rows = rows
    this.ts = ts.filter(reached)
    this.t = this.ts.length === ts.length ? (ts[ts.length - 1] as number) : task.t0 + task.direction * span
    this.crossings = crossingsOf(task, rows, span)
    this.pieces = counts.pieces
    this.ys = Array.from(this.ts, (t) => this.#state(t))
    this.stats = statsOf(counts, this.crossings.length, this.ys.length * rows.length)
  }

  /** The state at the last output time. */
  get y(): Float64Array {
    return this.ys[this.ys.length - 1] as Float64Array
  }

  /** The state at any time of the solve, in closed form; at an output time the output, bit for bit. */
  at(t: number): Float64Array {
    return this.#state(this.#checked(t))
  }

  /** dy/dt at any time of the solve: the field there. */
  derivativeAt(t: number): Float64Array {
    this.#checked(t)
    const { field } = this.#task
    return this.#each(t, (y) => {
      const z = inputsOf(field, y)
      return rateOf(
        field,
        1,
        y,
        z,
        Uint8Array.from(z, (v) => Number(v > 0)),
      )
    })
  }

  #checked(t: number): number {
    const [low, high] = [Math.min(this.#task.t0, this.t), Math.max(this.#task.t0, this.t)]
    if (!(t >= low && t <= high)) throw new RangeError(`t must lie in [${low}, ${high}], got ${t}`)
    return t
  }

  #state(t: number): Float64Array {
    return this.#each(t, (y) => y)
  }

  /** Something of each row's state at a time. */
  #each(t: number, of: (y: Float64Array) => Float64Array): Float64Array {
    const { field, direction, t0 } = this.#task
    const elapsed = direction * (t - t0)
    const states = new Float64Array(this.#rows.length * field.dim)
    for (const [row, { pieces }] of this.#rows.entries()) {
      const piece = pieces[pieceAt(pieces, elapsed)] as RowFlow['pieces'][number]
      const y = new Region(field, direction, piece.y, piece.on).at(elapsed - piece.elapsed)
      states.set(of(y).subarray(0, field.dim), row * field.dim)
    }
    return states
  }
}

/** The last piece that begins at that time or before. */
function pieceAt(pieces: RowFlow['pieces'], elapsed: number): number {
  return Math.max(0, firstIndex(pieces.length, (i) => (pieces[i]?.elapsed as number) > elapsed) - 1)
}

function crossingsOf({ direction, t0 }: Task, rows: readonly RowFlow[], span: number): Crossing[] {
  return rows
    .flatMap(({ flips }, row) => flips.map((flip) => ({ ...flip, row })))
    .filter(({ elapsed }) => elapsed <= span)
    .sort((p, q) => p.elapsed - q.elapsed || p.row - q.row || p.unit - q.unit)
    .map(({ elapsed, unit, row, on }) => ({ t: t0 + direction * elapsed, unit, row, on }))
}

function statsOf(counts: Counts, kinks: number, outputs: number): Stats {
  const { nfe, stretches, shortest, longest, pieces, exponentials } = counts
  return {
    nfe,
    steps: stretches,
    accepted: stretches,
    rejected: 0,
    dtMin: stretches === 0 ? 0 : shortest,
    dtMax: longest,
    njev: pieces,
    nlu: exponentials + outputs,
    kinks,
    stiff: undefined,
  }
}

/** What is said of a solve that could not reach its end: as in src/core/errors.ts. */
function sentenceOf(status: NonNullable<RowFlow['failure']>, row: number, limits: Limits): Sentence {
  const of = row > 0 ? ` of row ${row}` : ''
  if (status === 'max pieces' || status === 'max stretches') {
    const [count, name] =
      status === 'max pieces' ? [limits.maxPieces, 'maxPieces'] : [limits.maxStretches, 'maxStretches']
    return [
      status,
      (f) => `${count} ${status.slice(4)}${of} reached t = ${f.t} of ${f.t1}.`,
      `Raise ${name}, or end earlier.`,
    ]
  }
  const what = status === 'non-finite state' ? 'value' : 'derivative'
  return [
    status,
    (f) => `after t = ${f.t} of ${f.t1} the ${what} of y[${f.component}]${of} is not finite.`,
    'The solution grows beyond all doubles: end earlier.',
  ]
}

/**
 * The exact flow of a field that is affine but for one layer of ReLU units, y' = A y + c + V relu(W y + b): between two crossings,
 * at which a unit is switched on or off, it is linear, and the solution an exponential of a matrix. What is left are roundings:
 * no tolerance, no steps; the truth that solvers are measured by.
 *
 * ```ts
 * using field = new MLP([2, 8, 2], { dtype: 'f64' })
 * const { y, crossings } = affineFlow(field, [1, 0.5], [0, 10])
 * ```
 *
 * No crossing is overlooked (docs/exact-flow.md): a stretch of time is passed only where Taylor series with a bound of their rest
 * prove that no unit changes its sign by more than rounding. Units that come to zero together change together; one that only
 * touches zero does not change, and one that stays at zero stays as it was.
 *
 * @param field an MLP with one hidden layer of 'relu' or 'leaky_relu', or any program that amounts to that, of up to 32 components;
 *   it may read the time. Computed in doubles whatever its dtype: parameters are widened
 * @param y0 a state, or rows of a batch, each of which goes its own way
 * @param ts times, first the start; in either direction, repeats allowed
 * @throws RangeError for other fields, naming what stands in the way; SolveError where a limit is reached or the solution
 *   overflows, with what was computed until then
 */
export function affineFlow(field: Field, y0: Numbers, ts: Numbers, options: AffineFlowOptions = {}): AffineFlow {
  const read = reluField(field)
  const limits = {
    maxPieces: checkInt('maxPieces', options.maxPieces ?? 10_000, 1, 2 ** 31),
    maxStretches: checkInt('maxStretches', options.maxStretches ?? 16384, 1, 2 ** 31),
  }
  checkNumbers('y0', y0)
  const states = Float64Array.from(y0)
  const batch = checkStates('y0', states, read.dim, 'f64')
  const times = checkTimes('ts', ts)
  const [t0, t1] = [times[0] as number, times[times.length - 1] as number]
  const task: Task = { field: read, direction: t1 < t0 ? -1 : 1, t0 }
  const counts: Counts = { nfe: 0, stretches: 0, shortest: Infinity, longest: 0, pieces: 0, exponentials: 0 }
  const bounds = new Bounds(read)
  const rows: RowFlow[] = []
  let span = Math.abs(t1 - t0)
  let failed = -1
  for (let row = 0; row < batch; row++) {
    const y = new Float64Array(read.n).fill(t0)
    y.set(states.subarray(row * read.dim, (row + 1) * read.dim))
    const flow = new RowSolve(bounds, task.direction, span, limits, counts).run(y)
    rows.push(flow)
    if (flow.failure === undefined) continue
    // The others need go no further than this one has come.
    span = flow.elapsed
    failed = row
  }
  const solution = new AffineFlow(task, times, rows, span, counts)
  if (failed < 0) return solution
  const { failure, component } = rows[failed] as RowFlow
  throw new SolveError(
    {
      status: 0,
      t: solution.t,
      t1,
      step: solution.stats.dtMin,
      row: failed,
      component,
      stats: solution.stats,
      y: solution.at(solution.t),
      sentence: sentenceOf(failure as NonNullable<RowFlow['failure']>, failed, limits),
    },
    solution,
  )
}
