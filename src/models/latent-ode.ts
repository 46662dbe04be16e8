import { type Dtype, type Vector, vector } from '../core/boundary.ts'
import { checkNumbers, checkStates, checkTimes, type Numbers } from '../core/check.ts'
import { FormatError } from '../io/safetensors.ts'
import type { Block } from '../program/block.ts'
import { featuresOf } from '../program/cell.ts'
import { columnOps } from '../program/cell-ops.ts'
import { Field } from '../program/field.ts'
import { inputOf } from '../program/input.ts'
import { replay } from '../program/replay.ts'
import type { SolverOptions } from '../solve/options.ts'
import { decodeModel, encodeModel } from './container.ts'
import { gaussian, likelihoodWidth } from './likelihoods.ts'
import { NeuralODE } from './neural-ode.ts'
import { Recurrent } from './recurrent.ts'

/** How a latent ODE is made. */
export interface LatentODEOptions extends Omit<SolverOptions, 'input'> {
  /** Times at which anything may be observed, at least two, increasing; the latent state is drawn at the first. */
  readonly t: Numbers
  /** The recognition cell: reads the observations last to first. Such as `gruCell`, `rnnCell`, `odeRnnCell`. */
  readonly recognition: Field
  /** From the cell's last state to mean and log variance of the latent state at the first time: [hidden] -> [2 latent]. */
  readonly head: Block
  /** From the latent state to the mean of an observation. Default: none, the likelihood reads the state. */
  readonly decoder?: Block
  /** How likely an observation is: `gaussian(features, sigma)`, `poissonProcess(latent)`. Default gaussian with sigma 1. */
  readonly likelihood?: Block
}

/** What is known of the latent states at the first time: Gaussians without correlation, [batch, latent] each. */
export interface Posterior {
  readonly mean: Vector
  readonly logVariance: Vector
}

/**
 * A latent ODE (Chen et al. 2018, section 5; Rubanova et al. 2019): a latent state z follows dz/dt = field(t, z), and a decoder says what is
 * seen of it. A recognition cell reads a series last to first, whatever its times and with values missing, and says what z was at the
 * first time. Trained by `fitLatent`: the evidence lower bound, with exact gradients through all of it.
 *
 * Observations are given on the times `t`, [batch, times, features] row-major, NaN where nothing was seen; times without any value cost
 * the recognition nothing. The memory is that of the blocks: dispose these.
 *
 * ```ts
 * const model = new LatentODE(new MLP([4, 20, 4], { activation: 'elu' }), {
 *   t, recognition: rnnCell(2, 25), head: new Affine(25, 8), decoder: new MLP(...), likelihood: gaussian(2, 0.3),
 * })
 * for (const { epoch, loss } of fitLatent(model, x, { epochs: 500 })) console.log(epoch, loss)
 * const later = model.predict(x, [10, 11, 12])
 * ```
 */
export class LatentODE {
  readonly field: Field
  readonly recognition: Field
  readonly head: Block
  readonly decoder: Block | undefined
  readonly likelihood: Block
  /** Values of an observation, and of the latent state. */
  readonly features: number
  readonly latent: number
  readonly #t: Float64Array
  readonly #solver: SolverOptions

  /** @throws RangeError naming the block whose width does not fit */
  constructor(field: Field, options: LatentODEOptions) {
    const { t, recognition, head, decoder, likelihood, ...solver } = options
    this.field = field
    this.recognition = recognition
    this.head = head
    this.decoder = decoder
    this.features = featuresOf(recognition)
    this.latent = head.outputs / 2
    this.likelihood = likelihood ?? gaussian(this.features, 1, { dtype: field.dtype })
    this.#t = checkTimes('t', t)
    this.#solver = solver
    if (this.#t.length < 2) throw new RangeError(`t must hold at least two times, got ${this.#t.length}`)
    for (const [i, time] of this.#t.entries())
      if (i > 0 && time <= (this.#t[i - 1] as number))
        throw new RangeError(`t must increase, got t[${i}] = ${time} after t[${i - 1}] = ${this.#t[i - 1]}`)
    this.#checkBlocks()
    // Refuses solver options that are unusable, now.
    this.node(this.#t)
  }

  #checkBlocks(): void {
    const { field, recognition, head, decoder, likelihood, latent, features } = this
    if (head.inputs !== recognition.dim)
      throw new RangeError(`head must map from the cell's width ${recognition.dim}, got inputs ${head.inputs}`)
    if (!Number.isInteger(latent) || latent > field.dim)
      throw new RangeError(
        `head must have 2 outputs for each of up to ${field.dim} latent components, got outputs ${head.outputs}`,
      )
    if (decoder !== undefined && decoder.inputs !== field.dim)
      throw new RangeError(`decoder must map from the field's width ${field.dim}, got inputs ${decoder.inputs}`)
    const said = decoder?.outputs ?? field.dim
    if (likelihood.inputs !== said || likelihood.outputs !== 1)
      throw new RangeError(
        `likelihood must map from ${said} numbers to 1, got ${likelihood.inputs} to ${likelihood.outputs}`,
      )
    if (inputOf(likelihood.calls).width !== likelihoodWidth(features))
      throw new RangeError(`likelihood must be of the ${features} features that the recognition reads`)
  }

  get dtype(): Dtype {
    return this.field.dtype
  }

  /** The times of observations (a copy). */
  get t(): Float64Array {
    return this.#t.slice()
  }

  /** For trainings: the blocks by their role, in the order of the parameters. */
  get roles(): ReadonlyMap<string, Block> {
    const { recognition, head, field, decoder, likelihood } = this
    const all: readonly (readonly [string, Block | undefined])[] = [
      ['recognition', recognition],
      ['head', head],
      ['field', field],
      ['decoder', decoder],
      ['likelihood', likelihood],
    ]
    return new Map(all.filter((entry): entry is readonly [string, Block] => entry[1] !== undefined))
  }

  /** For trainings: the recognition of series of so many rows. */
  recogniser(length: number): Recurrent {
    return new Recurrent(this.recognition, { length, readOut: this.head, direction: 'backward' })
  }

  /** For trainings: the solve of the latent state, with what the decoder says of it, at all of these times. */
  node(t: Float64Array): NeuralODE {
    const { field, decoder } = this
    return new NeuralODE(field, { ...this.#solver, t, output: 'all', ...(decoder && { readOut: decoder }) })
  }

  /** Checks observations, [batch, times, features]; returns how many rows. */
  checkObservations(x: Numbers): number {
    checkNumbers('x', x, true)
    const known = (x as readonly number[]).map((v) => (Number.isNaN(v) ? 0 : v)) as Numbers
    return checkStates('x', known, this.#t.length * this.features, this.dtype)
  }

  /** What the recognition says of series of observations. */
  posterior(x: Numbers): Posterior {
    const batch = this.checkObservations(x)
    const { latent, dtype } = this
    const { series, length } = this.seen(x, batch)
    const said = this.recogniser(length).forward(series)
    const [mean, logVariance] = [vector(dtype, batch * latent), vector(dtype, batch * latent)]
    for (let i = 0; i < batch; i++) {
      mean.set(said.subarray(2 * i * latent, (2 * i + 1) * latent), i * latent)
      logVariance.set(said.subarray((2 * i + 1) * latent, (2 * i + 2) * latent), i * latent)
    }
    return { mean, logVariance }
  }

  /**
   * What the decoder says at times of your own, of latent states at the first of `t`: [times, batch, outputs].
   * @param z [batch, latent]
   * @param times increasing, not before the first of `t`
   */
  decode(z: Numbers, times: Numbers): Vector {
    const { latent, dtype, field } = this
    const batch = checkStates('z', z, latent, dtype)
    const y0 = vector(dtype, batch * field.dim)
    for (let i = 0; i < batch; i++) y0.set(z.slice(i * latent, (i + 1) * latent), i * field.dim)
    const asked = checkTimes('times', times)
    const start = this.#t[0] as number
    if ((asked[0] as number) < start)
      throw new RangeError(`times must not begin before the latent state is known, at ${start}, got ${asked[0]}`)
    const width = batch * (this.decoder?.outputs ?? field.dim)
    return this.node(Float64Array.of(start, ...asked))
      .forward(y0)
      .slice(width)
  }

  /** What is to be expected at times of your own, from the mean of the posterior: [times, batch, outputs]. */
  predict(x: Numbers, times: Numbers): Vector {
    return this.decode(this.posterior(x).mean, times)
  }

  /** For trainings: observations as series, without the times at which nothing is seen, and with at least one row. */
  seen(x: ArrayLike<number>, batch: number): { readonly series: Vector; readonly length: number } {
    const { features, dtype } = this
    const [t, times, width] = [this.#t, this.#t.length, this.features + 1]
    const there = (row: number, k: number): boolean => {
      for (let j = 0; j < features; j++) if (!Number.isNaN(x[(row * times + k) * features + j])) return true
      return false
    }
    let length = 1
    for (let row = 0; row < batch; row++) {
      let count = 0
      for (let k = 0; k < times; k++) if (there(row, k)) count++
      length = Math.max(length, count)
    }
    const series = vector(dtype, batch * length * width).fill(Number.NaN)
    for (let row = 0; row < batch; row++) {
      let [at, before] = [row * length * width, t[0] as number]
      for (let k = 0; k < times; k++) {
        if (!there(row, k)) continue
        series[at] = (t[k] as number) - before
        for (let j = 0; j < features; j++) series[at + 1 + j] = x[(row * times + k) * features + j] as number
        before = t[k] as number
        at += width
      }
    }
    return { series, length }
  }

  /** The model as one buffer: a safetensors file; see `NeuralODE.save`. */
  save(metadata: ReadonlyMap<string, string> = new Map()): Uint8Array {
    return encodeModel('latent-ode', this.roles, { t: this.#t, ...this.#solver }, metadata)
  }

  /** The model that `save` wrote. Throws FormatError naming what is wrong with the bytes. */
  static from(bytes: Uint8Array | ArrayBuffer): LatentODE {
    const roles = ['recognition', 'head', 'decoder', 'likelihood']
    const { field, others, options } = decodeModel('latent-ode', bytes, roles, columnOps)
    const blocks = new Set<Block>([field, ...others.values()])
    try {
      const [recognition, head, decoder, likelihood] = roles.map((role) => others.get(role))
      if (!recognition || !head || !likelihood) throw new RangeError('recognition, head and likelihood must be there')
      const cell = asField(recognition)
      blocks.add(cell)
      recognition.dispose()
      const given = { recognition: cell, head, likelihood, ...(decoder && { decoder }) }
      return new LatentODE(field, { ...(options as LatentODEOptions), ...given })
    } catch (error) {
      for (const block of blocks) block.dispose()
      throw new FormatError(`the model's options: ${(error as Error).message}`)
    }
  }
}

/** A block as wide as its input as a field of its own. */
function asField(block: Block): Field {
  const { inputs, dtype, layers, calls } = block
  const field = new Field(inputs, (p) => replay(p, calls, columnOps), { dtype, layers })
  field.parameters = block.parameters
  return field
}
