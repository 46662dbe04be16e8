import type { AdjointMaker } from '../adjoint/adjoint.ts'
import { revive } from '../adjoint/checkpoint.ts'
import { checkOneOf, checkTimes, type Numbers } from '../core/check.ts'
import type { Field } from '../program/field.ts'
import { refuseRest } from '../solve/drive.ts'
import { type OdeintOptions, odeint } from '../solve/odeint.ts'
import { checkStepping, type SolverOptions } from '../solve/options.ts'
import type { DeepPlan } from '../solve/plan.ts'
import type { Rows, SampleSolution } from '../solve/sample-solution.ts'
import type { Solution } from '../solve/solution.ts'
import { encodeModel } from './container.ts'
import { Deep, type DeepOptions } from './deep.ts'
import { readSurrounded } from './surrounded.ts'

/** How a neural ODE is solved. */
export interface NeuralODEOptions extends SolverOptions, DeepOptions {
  /** Output times; the first is the initial time. Default [0, 1]. */
  readonly t?: Numbers
  /** What `forward` returns: the state at the last time, or the states at all times. Default: 'last' for two times, else 'all'. */
  readonly output?: 'last' | 'all'
}

/**
 * A neural ODE (Chen et al. 2018): x -> y(t1) with dy/dt = field(t, y), y(t0) = x, or between a read-in and a read-out.
 *
 * The memory is the field's: dispose that.
 *
 * ```ts
 * using field = new MLP([2, 64, 64, 2], { activation: 'relu', seed: 0 })
 * const node = new NeuralODE(field, { t: [0, 1], solver: tsit5, rtol: 1e-4, atol: 1e-6 })
 * const y1 = node.forward(x)   // [batch, 2], row-major
 * ```
 */
export class NeuralODE extends Deep {
  readonly output: 'last' | 'all'
  /** The solver options as given. */
  readonly solverOptions: SolverOptions
  readonly #plan: DeepPlan

  constructor(field: Field, options: NeuralODEOptions = {}) {
    const { t, output, adjoint, readIn, readOut, ...solverOptions } = options
    super(field, options)
    refuseRest(options, 'use an Equilibrium, or node.solve(x, ts, { stopWhenSteady })')
    const times = checkTimes('t', t ?? [0, 1])
    this.output = checkOneOf('output', output ?? (times.length === 2 ? 'last' : 'all'), ['last', 'all'])
    this.solverOptions = solverOptions
    const stepping = checkStepping(solverOptions, times, field.dim, field.dtype, field)
    const control = checkOneOf('control', solverOptions.control ?? 'batch', ['batch', 'sample'])
    this.#plan = { stepping, times, outputs: this.output, control, input: solverOptions.input }
  }

  /** Output times (a copy); the first is the initial time. */
  get t(): Float64Array {
    return this.#plan.times.slice()
  }

  override checkInputs(x: Numbers): number {
    const rows = super.checkInputs(x)
    this.#plan.input?.checkRows(rows)
    return rows
  }

  plan(): DeepPlan {
    return this.#plan
  }

  /** The solution of the field through one or more initial states, at times of your own, with dense output. */
  solve(x: Rows, ts: Rows, options: OdeintOptions & { readonly control: 'sample' }): SampleSolution
  solve(x: Numbers, ts: Numbers, options?: OdeintOptions): Solution
  solve(x: Rows, ts: Rows, options: OdeintOptions = {}): Solution {
    return odeint(this.field, x as Numbers, ts as Numbers, { ...this.solverOptions, ...options })
  }

  /**
   * The model as one buffer: a safetensors file with the parameters as tensors (PyTorch's names and [out, in] layout) and the
   * field's program, solver and times as metadata; not the signal that the field may read, which a loaded model must be given anew.
   * @param metadata further texts to store, for example where the data came from
   */
  save(metadata: ReadonlyMap<string, string> = new Map()): Uint8Array {
    const { t, output, adjoint, solverOptions } = this
    return encodeModel('neural-ode', this.roles, { t, output, adjoint, ...solverOptions }, metadata)
  }

  /**
   * The model that `save` wrote. The bytes are checked before anything is made of them.
   * @param makers of the adjoints that the file may ask for besides `checkpoint`: `backsolve`, `reversible`
   * @throws FormatError naming what is wrong
   */
  static from(bytes: Uint8Array | ArrayBuffer, ...makers: readonly AdjointMaker[]): NeuralODE {
    return readSurrounded('neural-ode', bytes, (field, surroundings, options) => {
      return new NeuralODE(field, { ...revive(options, makers), ...surroundings })
    })
  }
}
