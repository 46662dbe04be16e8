import type { Model } from '../adjoint/model.ts'
import { read, type Vector, vector, verbs, write } from '../core/boundary.ts'
import { checkInt, checkPositive, checkTimes, type Numbers } from '../core/check.ts'
import { SolveError, type Stats } from '../core/errors.ts'
import type { Block } from '../program/block.ts'
import { refuseRest } from '../solve/drive.ts'
import type { FieldFunction } from '../solve/host-field.ts'
import { type OdeintOptions, odeint } from '../solve/odeint.ts'
import { checkStepping, type SolverOptions } from '../solve/options.ts'
import { dopri5 } from '../tableaus/dopri5.ts'
import { compile } from '../tableaus/tableau.ts'
import type { Loss } from '../train/losses.ts'
import { Objective } from '../train/objective.ts'
import { checkPlan, type FitData } from '../train/plan.ts'

/** How a gradient flow is solved. Tolerances by component are those of the trained parameters, all blocks in order. */
export interface GradientFlowOptions extends SolverOptions {
  /** Default mse. */
  readonly loss?: Loss
  /** Output times, not decreasing; the first is the start. */
  readonly times?: Numbers
  /** Instead of `times`: from 0 to T > 0, with `outputs` (default 10) equal intervals. */
  readonly T?: number
  readonly outputs?: number
}

/** Where a gradient flow is. */
export interface GradientFlowProgress {
  readonly t: number
  /** The loss at t. */
  readonly loss: number
  /** Sum over the blocks of rate x ||gradient||^2: how fast the loss falls, -d loss/dt. */
  readonly rate: number
  /** The rates of the blocks, in the order of the model's. */
  readonly rates: readonly number[]
  /** Gradients since the last output time, with the one for `rate`. */
  readonly gradients: number
  /** Evaluations of the model's field in them, forward and backward. */
  readonly nfe: number
  /** Steps of the flow since the last output time. */
  readonly accepted: number
  readonly rejected: number
  /** The parameters at t, block by block. */
  parameters(): Vector[]
}

function outputTimes({ times, T, outputs }: GradientFlowOptions): Float64Array {
  if (times !== undefined) {
    if (T !== undefined || outputs !== undefined) throw new RangeError('times excludes T and outputs: give it, or them')
    const checked = checkTimes('times', times)
    if ((checked[checked.length - 1] as number) < (checked[0] as number))
      throw new RangeError('times must not decrease: backwards in time a gradient flow is not well posed')
    return checked
  }
  if (T === undefined) throw new RangeError('give the output times: times, or T')
  const [end, count] = [checkPositive('T', T), checkInt('outputs', outputs ?? 10, 1, 2 ** 24)]
  return Float64Array.from({ length: count + 1 }, (_, i) => (end * i) / count)
}

interface Trained {
  readonly block: Block
  /** Its number among the blocks of the model. */
  readonly index: number
  readonly rate: number
  /** Where its parameters are in the state. */
  readonly from: number
  readonly to: number
}

/** A gradient flow: its state is the parameters of all blocks with a rate > 0. */
class Flow {
  readonly #model: Model
  readonly #rates: readonly number[]
  readonly #trained: readonly Trained[]
  readonly #length: number
  readonly #options: OdeintOptions
  readonly #times: Float64Array
  readonly #objective: Objective
  #h: number | undefined
  #gradients = 0
  #nfe = 0
  /** Why the model could not be solved where the last slope was wanted. */
  #cause: SolveError | undefined

  constructor(model: Model, data: FitData, options: GradientFlowOptions) {
    const { times: _, T: __, outputs: ___, loss, ...solving } = options
    const { rows, plan } = checkPlan(model, data, loss === undefined ? {} : { loss })
    const { blocks } = model.parameters
    if (new Set(blocks).size < blocks.length)
      throw new RangeError('the model has a block in two places: a gradient flow needs one place for each')
    let to = 0
    this.#model = model
    this.#rates = blocks.map(({ rate }) => rate)
    this.#trained = blocks.flatMap((block, index) => {
      if (block.rate === 0) return []
      const from = to
      to += block.parameterCount
      return [{ block, index, rate: block.rate, from, to }]
    })
    this.#length = to
    if (to === 0) throw new RangeError('a block must have parameters and a rate > 0: the flow has nothing to move')
    this.#times = outputTimes(options)
    // With nothing to set its steps a fixed method takes the output times, as it does in odeint.
    const { solver = dopri5, dt, steps } = solving
    const onGrid = dt === undefined && steps === undefined && typeof solver === 'object' && !compile(solver).adaptive
    this.#options = { ...solving, ...(onGrid ? { steps: 1 } : {}), dense: false }
    refuseRest(options, 'end the loop where `rate` is small')
    checkStepping(this.#options, this.#times, to, model.dtype)
    this.#objective = new Objective(model, data, rows, plan.loss)
  }

  get outputs(): number {
    return this.#times.length
  }

  #read(): Vector {
    const { dtype } = this.#model
    const state = vector(dtype, this.#length)
    for (const { block, from, to } of this.#trained) state.set(read(dtype, block.parameterPointer, to - from), from)
    return state
  }

  #write(state: Vector): void {
    for (const { block, from, to } of this.#trained) {
      write(this.#model.dtype, block.parameterPointer, state.subarray(from, to))
      block.changed()
    }
  }

  #evaluate(): number {
    const { loss, nfe } = this.#objective.evaluate()
    this.#gradients++
    this.#nfe += nfe
    return loss
  }

  #hasLoss(): boolean {
    this.#cause = undefined
    try {
      return Number.isFinite(this.#evaluate())
    } catch (error) {
      if (!(error instanceof SolveError)) throw error
      this.#cause = error
      return false
    }
  }

  readonly #field: FieldFunction = (_, state, slope) => {
    const { dtype, parameters } = this.#model
    this.#write(state)
    // Where there is no loss the slope stays NaN: the solver rejects the step, and says so where it cannot.
    if (!this.#hasLoss()) return
    for (const { index, rate, from, to } of this.#trained) {
      const g = parameters.place(index, this.#objective.gradient)
      verbs(dtype).scale(to - from, -rate, g, g)
      slope.set(read(dtype, g, to - from), from)
    }
  }

  /** Flows to output time i and says where that is. The model has the parameters there, or on failure those before. */
  advance(i: number): GradientFlowProgress {
    const before = this.#read()
    const [t0, t1] = [this.#times[Math.max(0, i - 1)], this.#times[i]] as [number, number]
    this.#gradients = this.#nfe = 0
    if (t0 === t1) return this.#progress(t1, before, { accepted: 0, rejected: 0 })
    try {
      const first = this.#h === undefined ? {} : { dt0: this.#h }
      const { y, stats } = odeint(this.#field, before, [t0, t1], { ...this.#options, ...first })
      this.#h = stats.dtMax
      this.#write(y)
      return this.#progress(t1, y, stats)
    } catch (error) {
      this.#write(before)
      if (error instanceof SolveError && this.#cause !== undefined) error.cause = this.#cause
      throw error
    }
  }

  #progress(
    t: number,
    state: Vector,
    { accepted, rejected }: Pick<Stats, 'accepted' | 'rejected'>,
  ): GradientFlowProgress {
    const loss = this.#evaluate()
    if (!Number.isFinite(loss))
      throw new Error(`the loss is ${loss} at t = ${t}: scale the data or the parameters down`)
    const rates = this.#rates
    const rate = rates.reduce((sum, factor, i) => sum + factor * this.#objective.squaredNorm(i), 0)
    const parameters = (): Vector[] =>
      this.#model.parameters.blocks.map((block, i) => {
        const own = this.#trained.find(({ index }) => index === i)
        return own === undefined ? block.parameters : state.slice(own.from, own.to)
      })
    return { t, loss, rate, rates, gradients: this.#gradients, nfe: this.#nfe, accepted, rejected, parameters }
  }

  free(): void {
    this.#objective.free()
  }
}

/**
 * Trains a model in place by the gradient flow d theta_b/dt = -rate_b * d loss/d theta_b of its blocks, on all of the data,
 * solved by `odeint`: what gradient descent is the Euler method of. A generator that yields at the output times, the first
 * one included; the model has the parameters of that time then, and keeps them on `break`, or when a later interval fails.
 *
 * Each interval between output times is a solve of its own. An adaptive one starts with the longest step of the interval
 * before (the first with `dt0`, or Hairer's estimate), steps over the output time and interpolates back; `dt` and `steps` are
 * for each interval, and a fixed method without them takes the output times as its steps. Tolerances default as in `odeint`.
 * Rates are those at the start; a block of rate 0 stays as it is, and is no part of the state or its error norm.
 *
 * ```ts
 * for (const { t, loss, rate } of gradientFlow(net, { x, y }, { times: [0, 1, 2], rtol: 1e-8 })) console.log(t, loss, rate)
 * ```
 * A step to where the loss is not finite, or the model cannot be solved, counts as rejected; where that is no way out the
 * model's own error is the `cause` of the one that is thrown.
 *
 * @throws RangeError or TypeError for unusable data or options, SolveError when a solve fails, Error when the loss is not finite
 */
export function* gradientFlow(
  model: Model,
  data: FitData,
  options: GradientFlowOptions,
): Generator<GradientFlowProgress, void, undefined> {
  const flow = new Flow(model, data, options)
  try {
    for (let i = 0; i < flow.outputs; i++) yield flow.advance(i)
  } finally {
    flow.free()
  }
}
