/// <reference lib="esnext.disposable" preserve="true" />
import type { AdjointMaker } from '../adjoint/adjoint.ts'
import { revive } from '../adjoint/checkpoint.ts'
import { type Model, Parameters, type Pass } from '../adjoint/model.ts'
import { Arena } from '../core/arena.ts'
import { type Dtype, type Pointer, read, type Vector, verbs } from '../core/boundary.ts'
import { checkInt, checkNonNegative, checkPositive, checkStates, checkTimes, type Numbers } from '../core/check.ts'
import { randomStream } from '../core/random.ts'
import { FormatError } from '../io/safetensors.ts'
import { decodeModel, encodeModel } from '../models/container.ts'
import { NeuralODE } from '../models/neural-ode.ts'
import type { Field } from '../program/field.ts'
import { inputOf } from '../program/input.ts'
import { rowOps } from '../program/row-ops.ts'
import type { SolverOptions } from '../solve/options.ts'
import type { FitData } from '../train/plan.ts'
import { Augmented } from './augmented.ts'
import { type CNFOptions, Density, TOLERANCE } from './density.ts'
import { checkDivergence, type Divergence } from './hutchinson.ts'

/**
 * A continuous normalizing flow (Chen et al. 2018, section 4; Grathwohl et al. 2019): a density on the data that a field carries over
 * from a normal one. dz/dt = f(t, z) from the base at t[0] to the data at t[1], and d log p / dt = -tr(df/dz) along it.
 *
 * As a model for `fit` and `vjp` its output is the log-density of each row, less the regularisers: [batch, dim] -> [batch, 1]. Gradients are
 * exact, through the divergence too. The memory of the field is the field's; the model's own is given back by `dispose`, or collected.
 *
 * ```ts
 * const cnf = new CNF(new MLP([3, 64, 64, 2], { time: 'concat', activation: 'tanh' }))
 * for (const { loss } of fit(cnf, cnf.data(x), { loss: nll, batchSize: 256 })) console.log(loss)
 * const more = cnf.sample(1000, { seed: 1 })
 * ```
 */
export class CNF implements Model, Disposable {
  readonly field: Field
  readonly divergence: Divergence
  readonly deviation: number
  readonly kinetic: number
  readonly jacobian: number
  readonly parameters: Parameters
  readonly #options: CNFOptions
  readonly #times: Float64Array
  readonly #there: NeuralODE
  readonly #back: NeuralODE
  /** What is trained, and the log-density alone: the same without regularisers. */
  readonly #objective: Density
  readonly #density: Density

  /** @throws RangeError or TypeError naming the option that is unusable */
  constructor(field: Field, options: CNFOptions = {}) {
    const { t, divergence, deviation, kinetic, jacobian, ...solver } = options
    if (field.perStep)
      throw new RangeError('field must have one set of parameters, or a span: the way back has other steps')
    this.field = field
    this.#times = checkTimes('t', t ?? [0, 1])
    const [base, data] = this.#times
    if (this.#times.length !== 2 || base === data)
      throw new RangeError(
        `t must hold the times of base and data, two different ones, got [${this.#times.join(', ')}]`,
      )
    this.divergence = checkDivergence(divergence ?? 'exact')
    if (inputOf(field.calls).width > 0) throw new RangeError('field must read no input: a density has none')
    this.deviation = checkPositive('deviation', deviation ?? 1)
    this.kinetic = checkNonNegative('kinetic', kinetic ?? 0)
    this.jacobian = checkNonNegative('jacobian', jacobian ?? 0)
    this.parameters = new Parameters([field])
    const plain = { ...solver, rtol: solver.rtol ?? TOLERANCE, atol: solver.atol ?? TOLERANCE }
    this.#there = new NeuralODE(field, { ...plain, t: this.#times })
    this.#back = new NeuralODE(field, { ...plain, t: this.#times.slice().reverse() })
    this.#options = { ...solver, divergence: this.divergence, deviation: this.deviation }
    this.#density = this.#make(0, 0, this.#times[1] as number)
    const plainObjective = this.kinetic === 0 && this.jacobian === 0
    this.#objective = plainObjective ? this.#density : this.#make(this.kinetic, this.jacobian, this.#times[1] as number)
  }

  /** The density at a time, less the regularisers. */
  #make(kinetic: number, jacobian: number, time: number): Density {
    const base = this.#times[0] as number
    const extras = { kinetic: kinetic > 0, jacobian: jacobian > 0 }
    // The way is from `time` to the base: integrals of energies have the sign of base - time.
    const sign = Math.sign(base - time)
    const weights = [1, ...[kinetic, jacobian].filter((factor) => factor > 0).map((factor) => -sign * factor)]
    const augmented = new Augmented(this.field, this.divergence, extras)
    return new Density(augmented, this.field.dim, this.#options, weights, [time, base])
  }

  get dtype(): Dtype {
    return this.field.dtype
  }

  get inputs(): number {
    return this.field.dim
  }

  get outputs(): number {
    return 1
  }

  /** The options of its solves, with the tolerances it takes. */
  get solverOptions(): SolverOptions {
    return this.#there.solverOptions
  }

  /** The times of base and data (a copy). */
  get t(): Float64Array {
    return this.#times.slice()
  }

  checkInputs(x: Numbers): number {
    return checkStates('x', x, this.inputs, this.dtype)
  }

  /** What is trained: the log-density of each row in nats, less the regularisers, [batch, 1]. */
  forward(x: Numbers): Vector {
    return this.#objective.forward(x)
  }

  pass(x: Numbers | Pointer, rows: number): Pass {
    const { field } = this
    const model = this.#objective
    const pass = model.pass(x, rows)
    return {
      ...pass,
      pull: (gy, gx, gp) => {
        const arena = new Arena()
        try {
          const own = arena.zeros(field.dtype, model.parameters.count)
          const { dt, ...pulled } = pass.pull(gy, gx, own)
          if (field.rate > 0) model.pullParameters(own, gp)
          return { ...pulled, dt: dt.slice().reverse() }
        } finally {
          arena.free()
        }
      },
    }
  }

  /**
   * log p(x) for a batch of rows, in nats, without regularisers.
   * @param options.t the time of the density, between that of the base and that of the data or beyond. Default: that of the data
   * @throws SolveError when the way to the base cannot be finished
   */
  logProb(x: Numbers, { t }: { readonly t?: number } = {}): Vector {
    if (t === undefined || t === this.#times[1]) return this.#density.forward(x)
    const density = this.#make(0, 0, checkTimes('t', [t])[0] as number)
    try {
      return density.forward(x)
    } finally {
      density.dispose()
    }
  }

  /** From data to base: the states at t[0] of those that are x at t[1]. */
  inverse(x: Numbers): Vector {
    return this.#back.forward(x)
  }

  /** From base to data: the states at t[1] of those that are z at t[0]. */
  transform(z: Numbers): Vector {
    return this.#there.forward(z)
  }

  /**
   * Rows of the density: base rows of a seed, carried over. The same bits in every runtime.
   * @param options.seed an integer >= 0. Default 0
   */
  sample(n: number, { seed = 0 }: { readonly seed?: number } = {}): Vector {
    return this.transform(this.base(n, { seed }))
  }

  /** Rows of the base density: what `sample` carries over. */
  base(n: number, { seed = 0 }: { readonly seed?: number } = {}): Vector {
    checkInt('n', n, 0, 2 ** 28)
    checkInt('seed', seed, 0, Number.MAX_SAFE_INTEGER)
    const { dtype, inputs } = this
    const arena = new Arena()
    try {
      const at = arena.zeros(dtype, n * inputs)
      verbs(dtype).normal(randomStream(arena, seed), n * inputs, 0, this.deviation, at)
      return read(dtype, at, n * inputs)
    } finally {
      arena.free()
    }
  }

  /** Data for `fit` with the loss `nll`: these rows, each with weight 1. */
  data(x: Numbers): FitData {
    return { x, y: new Float64Array(this.checkInputs(x)).fill(-1) }
  }

  /** The model as one buffer: a safetensors file; see `NeuralODE.save`. */
  save(metadata: ReadonlyMap<string, string> = new Map()): Uint8Array {
    const { kinetic, jacobian, t } = this
    return encodeModel('cnf', new Map([['field', this.field]]), { ...this.#options, t, kinetic, jacobian }, metadata)
  }

  /**
   * The model that `save` wrote.
   * @param makers of the adjoints that the file may ask for besides `checkpoint`
   * @throws FormatError naming what is wrong with the bytes
   */
  static from(bytes: Uint8Array | ArrayBuffer, ...makers: readonly AdjointMaker[]): CNF {
    const { field, options } = decodeModel('cnf', bytes, [], rowOps)
    try {
      return new CNF(field, revive(options as CNFOptions, makers))
    } catch (error) {
      field.dispose()
      throw new FormatError(`the model's options: ${(error as Error).message}`)
    }
  }

  /** Gives the model's own memory back, not that of the field. */
  dispose(): void {
    this.#density.dispose()
    this.#objective.dispose()
  }

  [Symbol.dispose](): void {
    this.dispose()
  }
}
