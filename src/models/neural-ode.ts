import { type Adjoint, checkAdjoint, checkpoint } from '../adjoint/checkpoint.ts'
import { type Model, Parameters, type Pass } from '../adjoint/model.ts'
import { type Dtype, type Pointer, read, type Vector } from '../core/boundary.ts'
import { checkOneOf, checkStates, checkTimes, type Numbers } from '../core/check.ts'
import { FormatError } from '../io/safetensors.ts'
import type { Field } from '../program/field.ts'
import { type OdeintOptions, odeint } from '../solve/odeint.ts'
import { checkStepping, type SolverOptions, type Stepping } from '../solve/options.ts'
import type { Solution } from '../solve/solution.ts'
import { Solve } from '../solve/solve.ts'
import { decodeModel, encodeModel } from './container.ts'

/** How a neural ODE is solved. */
export interface NeuralODEOptions extends SolverOptions {
  /** Output times; the first is the initial time. Default [0, 1]. */
  readonly t?: Numbers
  /** What `forward` returns: the state at the last time, or the states at all times. Default: 'last' for two times, else 'all'. */
  readonly output?: 'last' | 'all'
  /** How the gradient is taken. Default checkpoint(). */
  readonly adjoint?: Adjoint
}

/**
 * A neural ODE (Chen et al. 2018): x -> y(t1) with dy/dt = field(t, y), y(t0) = x.
 *
 * The memory is the field's: dispose that.
 *
 * ```ts
 * using field = new MLP([2, 64, 64, 2], { activation: 'relu', seed: 0 })
 * const node = new NeuralODE(field, { t: [0, 1], solver: tsit5, rtol: 1e-4, atol: 1e-6 })
 * const y1 = node.forward(x)   // [batch, 2], row-major
 * ```
 */
export class NeuralODE implements Model {
  readonly field: Field
  readonly parameters: Parameters
  readonly #t: Float64Array
  readonly output: 'last' | 'all'
  readonly adjoint: Adjoint
  /** The solver options as given. */
  readonly solverOptions: SolverOptions
  readonly #stepping: Stepping

  constructor(field: Field, options: NeuralODEOptions = {}) {
    const { t, output, adjoint, ...solverOptions } = options
    this.field = field
    this.parameters = new Parameters([field])
    this.#t = checkTimes('t', t ?? [0, 1])
    this.output = checkOneOf('output', output ?? (this.#t.length === 2 ? 'last' : 'all'), ['last', 'all'])
    this.adjoint = checkAdjoint(adjoint ?? checkpoint())
    this.solverOptions = solverOptions
    this.#stepping = checkStepping(solverOptions, this.#t, field.dim, field.dtype)
  }

  /** Output times (a copy); the first is the initial time. */
  get t(): Float64Array {
    return this.#t.slice()
  }

  get dtype(): Dtype {
    return this.field.dtype
  }

  get inputs(): number {
    return this.field.dim
  }

  get outputs(): number {
    return this.field.dim
  }

  checkInputs(x: Numbers): number {
    return checkStates('x', x, this.field.dim, this.dtype)
  }

  #solve(x: Numbers | Pointer, batch: number, budget: number): Solve {
    const solve = new Solve({
      dtype: this.dtype,
      field: () => this.field.ready(),
      dim: this.field.dim,
      batch,
      y0: x,
      times: this.#t,
      outputs: this.output,
      stepping: this.#stepping,
      budget,
      keepStages: false,
    })
    try {
      solve.run()
    } catch (error) {
      solve.free()
      throw error
    }
    return solve
  }

  /**
   * The outputs for a batch of initial states x, [batch, dim] row-major.
   * @returns [batch, dim] at the last time, or [times, batch, dim] with output 'all'
   * @throws SolveError when a solve cannot reach its end
   */
  forward(x: Numbers): Vector {
    const solve = this.#solve(x, this.checkInputs(x), 0)
    try {
      return read(this.dtype, solve.outputs, solve.outputLength)
    } finally {
      solve.free()
    }
  }

  /** The solution through one or more initial states, at times of your own, with dense output. */
  solve(x: Numbers, ts: Numbers, options: OdeintOptions = {}): Solution {
    return odeint(this.field, x, ts, { ...this.solverOptions, ...options })
  }

  pass(x: Numbers | Pointer, rows: number): Pass {
    const solve = this.#solve(x, rows, this.adjoint.budget)
    return {
      outputs: solve.outputs,
      length: solve.outputLength,
      nfe: solve.stats.nfe,
      pull: (gy, gx, gp) => solve.sweep(gy, gx, this.parameters.charge(0, gp)),
      free: () => solve.free(),
      ownedBy: (owner) => solve.arena.ownedBy(owner),
    }
  }

  /**
   * The model as one buffer: a safetensors file with the parameters as tensors (PyTorch's names and [out, in] layout) and the
   * field's program, solver and times as metadata.
   * @param metadata further texts to store, for example where the data came from
   */
  save(metadata: ReadonlyMap<string, string> = new Map()): Uint8Array {
    const { t, output, adjoint, solverOptions } = this
    return encodeModel(
      'neural-ode',
      new Map([['field', this.field]]),
      { t, output, adjoint, ...solverOptions },
      metadata,
    )
  }

  /**
   * The model that `save` wrote. The bytes are checked before anything is made of them.
   * @throws FormatError naming what is wrong
   */
  static from(bytes: Uint8Array | ArrayBuffer): NeuralODE {
    const { field, options } = decodeModel('neural-ode', bytes)
    try {
      return new NeuralODE(field, options as NeuralODEOptions)
    } catch (error) {
      field.dispose()
      throw new FormatError(`the model's options: ${(error as Error).message}`)
    }
  }
}
