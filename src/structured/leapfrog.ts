import { type Model, Parameters, type Pass } from '../adjoint/model.ts'
import { outputsOf } from '../adjoint/run.ts'
import { Arena } from '../core/arena.ts'
import { copy, type Dtype, type Pointer, read, sizeOf, type Vector, verbs } from '../core/boundary.ts'
import { checkOneOf, checkPositive, checkStates, checkTimes, type Numbers } from '../core/check.ts'
import { FormatError } from '../io/safetensors.ts'
import { decodeModel, encodeModel } from '../models/container.ts'
import type { Block } from '../program/block.ts'
import { Field } from '../program/field.ts'
import { checkScalar, follow, forceOf, padded, unpadded } from './gradient-field.ts'
import { type Node, nodesOf } from './leapfrog-grid.ts'
import { LeapfrogPass } from './leapfrog-pass.ts'

/** What moves the state, and how it is stepped. */
export interface LeapfrogOptions {
  /** The acceleration as a field of q (and t), [rows, dim] -> [rows, dim]. Either this or `potential`. */
  readonly force?: Field
  /** A block from q to one number, of which minus the gradient is the acceleration: energy is kept. */
  readonly potential?: Block
  /** Output times; the first is the initial time. Default [0, 1]. */
  readonly t?: Numbers
  /** Longest step: the time from one output to the next is cut into equal ones. */
  readonly dt: number
  /** 2: velocity Verlet (default). 4: three of its steps for one, Yoshida 1990. */
  readonly order?: 2 | 4
  /** What `forward` returns: the state at the last time, or the states at all times. Default: 'last' for two times, else 'all'. */
  readonly output?: 'last' | 'all'
}

/**
 * A second-order equation q'' = a(t, q) by the leapfrog: velocity Verlet, half a kick, a drift, half a kick. It is symplectic,
 * so that the energy of a system with a potential does not drift however long it runs, and reversible: the same steps backwards
 * in time lead back, to rounding. States are [q | v], [rows, 2 dim]; the mass is 1.
 *
 * Gradients are the exact transpose of the steps, to states, parameters and times. A pass that is to be pulled back keeps q at every
 * step. L. Verlet, Phys. Rev. 159 (1967) 98; the form is that of W. C. Swope et al., J. Chem. Phys. 76 (1982) 637.
 *
 * ```ts
 * const V = new Block(2, 1, (p) => p.dense(p.dense(p.state, 32, { activation: 'tanh' }), 1))
 * const model = new Leapfrog({ potential: V, t: [0, 1, 2], dt: 0.05 })
 * ```
 */
export class Leapfrog implements Model {
  /** What accelerates: the force as given, or that of the potential, with parameters of its own that begin as the potential's. */
  readonly field: Field
  readonly output: 'last' | 'all'
  readonly dt: number
  readonly order: 2 | 4
  readonly parameters: Parameters
  readonly #potential: Block | undefined
  readonly #times: Float64Array
  readonly #nodes: readonly Node[]

  /** @throws RangeError or TypeError naming the option that is unusable */
  constructor(options: LeapfrogOptions) {
    const { force, potential, t, dt, order, output } = options
    if ((force === undefined) === (potential === undefined))
      throw new TypeError('force or potential must be given, one of them')
    if (force !== undefined && !(force instanceof Field)) throw new TypeError('force must be a field of q')
    if (force !== undefined && force.layers !== 1)
      throw new RangeError(`force must have one set of parameters, got layers ${force.layers}`)
    this.#times = checkTimes('t', t ?? [0, 1])
    this.dt = checkPositive('dt', dt)
    this.order = checkOneOf('order' as string, String(order ?? 2), ['2', '4']) === '2' ? 2 : 4
    this.output = checkOneOf('output', output ?? (this.#times.length === 2 ? 'last' : 'all'), ['last', 'all'])
    this.#nodes = nodesOf(this.#times, this.dt, this.order)
    this.#potential = potential && checkScalar('potential', potential)
    this.field = force ?? forceOf(potential as Block)
    this.parameters = new Parameters([this.field])
  }

  get dtype(): Dtype {
    return this.field.dtype
  }

  get inputs(): number {
    return 2 * this.field.dim
  }

  get outputs(): number {
    return 2 * this.field.dim
  }

  /** Output times (a copy); the first is the initial time. */
  get t(): Float64Array {
    return this.#times.slice()
  }

  /** The potential, with the parameters as they are trained so far; undefined where there is none. */
  get potential(): Block | undefined {
    return this.#potential && follow(this.#potential, this.field)
  }

  /** |v|^2 / 2 + V(q) of states, [rows, 2 dim] -> [rows]. Throws RangeError for a force without a potential. */
  energy(states: Numbers): Vector {
    const { dtype, potential, field } = this
    if (potential === undefined) throw new RangeError('energy needs a potential, this model has a force')
    const rows = this.checkInputs(states)
    const arena = new Arena()
    try {
      const [from, q] = [arena.copy(dtype, states), arena.zeros(dtype, rows * field.dim)]
      const bytes = field.dim * sizeOf(dtype)
      const kinetic = Array.from({ length: rows }, (_, row) => {
        copy(q + row * bytes, from + 2 * row * bytes, bytes)
        const v = from + (2 * row + 1) * bytes
        return verbs(dtype).dot(field.dim, v, v) / 2
      })
      return potential.forward(read(dtype, q, rows * field.dim)).map((value, row) => value + (kinetic[row] as number))
    } finally {
      arena.free()
    }
  }

  checkInputs(x: Numbers): number {
    return checkStates('x', x, this.inputs, this.dtype)
  }

  /**
   * The states at the last time or at all of them, [rows, 2 dim] or [times, rows, 2 dim].
   * @throws SolveError where a state overflows
   */
  forward(x: Numbers): Vector {
    return outputsOf(this.dtype, this.#run(x, this.checkInputs(x), false))
  }

  pass(x: Numbers | Pointer, rows: number): Pass {
    return this.#run(x, rows, true)
  }

  #run(x: Numbers | Pointer, rows: number, gradient: boolean): LeapfrogPass {
    const { field, parameters, output } = this
    const task = { field, parameters, times: this.#times, nodes: this.#nodes, all: output === 'all', rows }
    return new LeapfrogPass(task, x, gradient)
  }

  /** The model as one buffer: a safetensors file; see `NeuralODE.save`. */
  save(metadata: ReadonlyMap<string, string> = new Map()): Uint8Array {
    const { dt, order, output, potential } = this
    const options = { kind: potential === undefined ? 'force' : 'potential', t: this.#times, dt, order, output }
    const field = potential === undefined ? this.field : padded(potential)
    try {
      return encodeModel('leapfrog', new Map([['field', field]]), options, metadata)
    } finally {
      if (field !== this.field) field.dispose()
    }
  }

  /** The model that `save` wrote. Throws FormatError naming what is wrong with the bytes. */
  static from(bytes: Uint8Array | ArrayBuffer): Leapfrog {
    const { field, options } = decodeModel('leapfrog', bytes)
    try {
      const { kind, ...rest } = options as LeapfrogOptions & { readonly kind?: unknown }
      if (kind !== 'force' && kind !== 'potential')
        throw new RangeError(`kind must be force or potential, got ${String(kind)}`)
      return new Leapfrog({ ...rest, ...(kind === 'force' ? { force: field } : { potential: unpadded(field) }) })
    } catch (error) {
      field.dispose()
      throw new FormatError(`the model's options: ${(error as Error).message}`)
    }
  }

  /** Gives the memory of its blocks back. */
  dispose(): void {
    this.field.dispose()
    this.#potential?.dispose()
  }
}
