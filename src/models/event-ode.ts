import type { Adjoint } from '../adjoint/adjoint.ts'
import { checkAdjoint, checkpoint } from '../adjoint/checkpoint.ts'
import { type Model, Parameters, type Pass } from '../adjoint/model.ts'
import { outputsOf } from '../adjoint/run.ts'
import { Arena } from '../core/arena.ts'
import { type Dtype, type Pointer, read, sizeOf, type Vector, write } from '../core/boundary.ts'
import { checkInt, checkStates, checkTimes, type Numbers } from '../core/check.ts'
import { FormatError } from '../io/safetensors.ts'
import type { Block } from '../program/block.ts'
import type { Field } from '../program/field.ts'
import { type EventOptions, event } from '../solve/event.ts'
import { checkStepping, type SolverOptions } from '../solve/options.ts'
import { decodeModel, encodeModel } from './container.ts'
import type { Flight } from './event-flight.ts'
import { flyRow, pullRow, type Row, type Way } from './event-row.ts'

/** How an event ODE runs. */
export interface EventODEOptions extends SolverOptions, Pick<EventOptions, 'direction' | 'sampling'> {
  /** The event function e(t, y), a block from the state to one number: an event is where it is 0. */
  readonly event: Block
  /** What happens to the state at an event, a block from the state to the state. Default: nothing. */
  readonly jump?: Block
  /** Events to run to, default 1; with `observed` the most that may happen, default 1000. */
  readonly count?: number
  /** Start, and the time by which all events must have happened. Default [0, 1000]. */
  readonly t?: Numbers
  /**
   * Times at which the state is seen, from the start on: outputs are the states there, whatever number of events lies between, and
   * not the events. At the time of an event it is the state before the jump. The end in `t` is not used then.
   */
  readonly observed?: Numbers
  /** How the gradient is taken. Default checkpoint(). */
  readonly adjoint?: Adjoint
}

/**
 * A neural ODE that runs to its events (Chen, Amos, Nickel, ICLR 2021): dy/dt = field(t, y) until event(t, y) = 0, then y = jump(y), and
 * on, until `count` events have happened. Outputs are, for every event, its time and the state before the jump:
 * [batch, inputs] -> [batch, count (1 + inputs)]; or, with `observed`, the states at these times, [batch, times, inputs]. Rows are
 * solved by themselves.
 *
 * Gradients reach inputs, the parameters of all three blocks and the time of the start, through the times of the events by the
 * implicit function theorem, for the solution that was computed; the lengths of steps are constants as everywhere.
 *
 * ```ts
 * const ball = new EventODE(flight, { event: height, jump: bounce, count: 10, direction: -1 })
 * const [y, pullback] = vjp(ball, [10, 0])   // t1, height, speed, t2, ...
 * ```
 */
export class EventODE implements Model {
  readonly field: Field
  readonly event: Block
  readonly jump: Block | undefined
  readonly count: number
  /** The times at which the state is seen; undefined where the outputs are the events. */
  readonly observed: Float64Array | undefined
  readonly adjoint: Adjoint
  readonly parameters: Parameters
  readonly #options: Omit<EventODEOptions, 'event' | 'jump' | 'count' | 't' | 'observed' | 'adjoint'>
  readonly #times: Float64Array
  readonly #way: Way

  /** @throws RangeError naming the option that is unusable: blocks of the wrong width, fixed steps (they would end elsewhere) */
  constructor(field: Field, options: EventODEOptions) {
    const { event: g, jump, count, t, observed, adjoint, ...rest } = options
    const { direction = 0, sampling = 1, ...solver } = rest
    for (const [name, block, outputs] of [
      ['event', g, 1],
      ['jump', jump, field.dim],
    ] as const) {
      if (block === undefined || (block.inputs === field.dim && block.outputs === outputs)) continue
      throw new RangeError(
        `${name} must map ${field.dim} numbers to ${outputs}, got ${block.inputs} to ${block.outputs}`,
      )
    }
    if (solver.dt !== undefined || solver.steps !== undefined)
      throw new RangeError(
        'dt and steps must be left out: an event ends the solve within a step, whose length must not follow it',
      )
    this.field = field
    this.event = g
    this.jump = jump
    this.count = checkInt('count', count ?? (observed === undefined ? 1 : 1000), 1, 2 ** 20)
    this.adjoint = checkAdjoint(adjoint ?? checkpoint())
    const { budget } = this.adjoint
    if (budget === undefined)
      throw new RangeError(
        `adjoint must be checkpoint(), whose steps are those that found the event, got ${this.adjoint.kind}`,
      )
    this.parameters = new Parameters([field, g, ...(jump === undefined ? [] : [jump])])
    this.#options = rest
    this.#times = checkTimes('t', t ?? [0, 1000])
    if (this.#times.length !== 2) throw new RangeError(`t must hold start and end, got ${this.#times.length} times`)
    const [start, end] = this.#times as unknown as [number, number]
    this.observed = observed && checkTimes('[start of t, ...observed]', [start, ...observed]).slice(1)
    if (this.observed?.length === 0) throw new RangeError('observed must hold at least one time, got none')
    checkStepping(solver, this.#times, field.dim, field.dtype)
    const ends = event((time, y) => g.forward(y, time)[0] as number, { direction, sampling, terminal: true })
    const { parameters, count: most } = this
    const course = { dtype: field.dtype, field, event: g, jump, ends, options: solver, budget, parameters }
    this.#way = { ...course, count: most, start, end, observed: this.observed }
  }

  get dtype(): Dtype {
    return this.field.dtype
  }

  get inputs(): number {
    return this.field.dim
  }

  get outputs(): number {
    return this.observed === undefined ? this.count * (1 + this.field.dim) : this.observed.length * this.field.dim
  }

  checkInputs(x: Numbers): number {
    return checkStates('x', x, this.inputs, this.dtype)
  }

  /**
   * Times and states of the events, [batch, count (1 + inputs)]; with `observed` states, [batch, times, inputs].
   * @throws SolveError where a solve fails, RangeError where an event does not happen in time, or too many do
   */
  forward(x: Numbers): Vector {
    return outputsOf(this.dtype, this.#run(x, this.checkInputs(x), false))
  }

  pass(x: Numbers | Pointer, rows: number): Pass {
    return this.#run(x, rows, true)
  }

  #run(x: Numbers | Pointer, rows: number, gradient: boolean): Pass {
    const { dtype, inputs, outputs } = this
    const arena = new Arena()
    const flights: Row[] = []
    try {
      const from = typeof x === 'number' ? x : arena.copy(dtype, x)
      const to = arena.zeros(dtype, rows * outputs)
      const size = sizeOf(dtype)
      let nfe = 0
      for (let i = 0; i < rows; i++) {
        const own: Flight[] = []
        flights.push(own)
        const y0 = read(dtype, from + i * inputs * size, inputs)
        const flown = flyRow(this.#way, i, y0, gradient ? own : undefined)
        write(dtype, to + i * outputs * size, flown.outputs)
        nfe += flown.nfe
      }
      return this.#pass(arena, to, flights, nfe)
    } catch (error) {
      for (const flight of flights.flat()) flight.arena.free()
      arena.free()
      throw error
    }
  }

  #pass(arena: Arena, outputs: Pointer, flights: readonly Row[], nfe: number): Pass {
    const { dtype, inputs } = this
    return {
      outputs,
      length: flights.length * this.outputs,
      nfe,
      pull: (gy, gx, gp) => {
        const size = sizeOf(dtype)
        let [start, spent] = [0, 0]
        for (const [i, row] of flights.entries()) {
          const swept = pullRow(this.#way, row, gy + i * this.outputs * size, gx + i * inputs * size, gp)
          start += swept.start
          spent += swept.nfe
        }
        return { dt: Float64Array.of(start, 0), nfe: spent }
      },
      free: () => {
        for (const flight of flights.flat()) flight.arena.free()
        arena.free()
      },
      ownedBy: (owner) => {
        for (const flight of flights.flat()) flight.arena.ownedBy(owner)
        arena.ownedBy(owner)
      },
    }
  }

  /** The model as one buffer: a safetensors file; see `NeuralODE.save`. */
  save(metadata: ReadonlyMap<string, string> = new Map()): Uint8Array {
    const blocks = Object.entries({ field: this.field, event: this.event, jump: this.jump })
    const roles = new Map(blocks.filter((entry): entry is [string, Block] => entry[1] !== undefined))
    const { count, observed, adjoint } = this
    const options = { ...this.#options, count, t: this.#times, adjoint, ...(observed && { observed }) }
    return encodeModel('event-ode', roles, options, metadata)
  }

  /** The model that `save` wrote. Throws FormatError naming what is wrong with the bytes. */
  static from(bytes: Uint8Array | ArrayBuffer): EventODE {
    const { field, others, options } = decodeModel('event-ode', bytes, ['event', 'jump'])
    try {
      const [given, jump] = [others.get('event'), others.get('jump')]
      if (given === undefined) throw new RangeError('event must be there')
      return new EventODE(field, { ...options, event: given, ...(jump && { jump }) })
    } catch (error) {
      for (const block of [field, ...others.values()]) block.dispose()
      throw new FormatError(`the model's options: ${(error as Error).message}`)
    }
  }
}
