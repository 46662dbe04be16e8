/// <reference lib="esnext.disposable" preserve="true" />
import { checkInt, checkOneOf, checkWithin } from '../core/check.ts'
import { exp, log } from '../core/elementwise.ts'
import type { Activation, Init } from '../program/builder.ts'
import { Field, type FieldOptions } from '../program/field.ts'
import type { DeepPlan } from '../solve/plan.ts'
import { euler } from '../tableaus/euler.ts'
import { encodeModel } from './container.ts'
import { Deep, type DeepOptions, equalSteps } from './deep.ts'
import { readSurrounded } from './surrounded.ts'

/** How the blocks of a residual network are made. */
export interface ResidualBlockOptions extends Pick<FieldOptions, 'dtype' | 'seed' | 'rate' | 'lengthScale'> {
  /** Width q of the residual stream. */
  readonly width: number
  /** Width m of the hidden layer of every block. */
  readonly hidden: number
  /** Number L of blocks. */
  readonly depth: number
  /** One set of parameters for all blocks. Default false. */
  readonly tied?: boolean
  /** Default 'gelu'. */
  readonly activation?: Activation
  /**
   * Start of the blocks: W standard normal, the same in every block ('tied'), not so ('independent'), or a Gaussian process
   * over the depth ('smooth', see `lengthScale`). Default 'tied'.
   */
  readonly initialLayers?: 'independent' | 'tied' | 'smooth'
  /** Start of V: zero, so that the untrained network is the identity, or standard normal. Default 'zero'. */
  readonly initialV?: 'zero' | 'normal'
  /** The factors 1/sqrt(m) and 1/sqrt(q) of the paper, or none, as in its published code. Default 'paper'. */
  readonly scaling?: 'paper' | 'none'
}

/**
 * The residual blocks V_k act(W_k h / sqrt(q)) / sqrt(m), k = 1 ... L (Marion et al. 2024, eq. 4), as one field with layers.
 *
 * The gradient of one layer falls like 1/L. `rate: depth` makes up for it: the layers then move at a speed that does not depend
 * on the depth, dZ_k/dt = -L dl/dZ_k, as the paper has it.
 */
export function residualBlocks(options: ResidualBlockOptions): Field {
  const { width, hidden, tied = false, activation = 'gelu', dtype = 'f32', seed = 0 } = options
  checkInt('width', width, 1, 65536)
  checkInt('hidden', hidden, 1, 65536)
  const depth = checkInt('depth', options.depth, 1, 2 ** 24)
  const paper = checkOneOf('scaling', options.scaling ?? 'paper', ['paper', 'none']) === 'paper'
  const initialV = checkOneOf('initialV', options.initialV ?? 'zero', ['zero', 'normal'])
  const normal: Init = { kind: 'normal', scale: 1 }
  return new Field(
    width,
    (p) => {
      const x = paper ? p.scale(p.state, 1 / Math.sqrt(width)) : p.state
      const a = p.dense(x, hidden, { name: 'W', bias: false, activation, init: normal })
      const y = p.dense(a, width, { name: 'V', bias: false, init: { kind: initialV, scale: 1 } })
      return paper ? p.scale(y, 1 / Math.sqrt(hidden)) : y
    },
    {
      dtype,
      seed,
      layers: tied ? 1 : depth,
      initialLayers: options.initialLayers ?? 'tied',
      ...(options.rate === undefined ? {} : { rate: options.rate }),
      ...(options.lengthScale === undefined ? {} : { lengthScale: options.lengthScale }),
    },
  )
}

/** How a residual network is made. */
export interface ResNetOptions extends DeepOptions {
  /** Number L of steps. Default: the field's layers. */
  readonly depth?: number
  /**
   * Exponent b of the factor L^-b on every step, from 1/2 to 1. The default 1 is Euler's method over the times 0 to 1; other
   * exponents take the L steps over the times 0 to L^(1-b), and at 1/2 layers that are independent of each other have a limit
   * of their own (Marion, Fermanian, Biau, Vert 2025).
   */
  readonly scaleExponent?: number
}

/**
 * A residual network h <- h + f_k(h)/L, k = 1 ... L, between a read-in and a read-out. The blocks f_k are one field with L
 * parameter sets, or with one for all: tied, it is Euler's method for the neural ODE of that field, bit for bit.
 *
 * Given sizes instead of a field it makes the blocks of Marion et al. 2024 and owns them: `dispose()` gives them back.
 *
 * ```ts
 * using net = new ResNet({ width: 64, hidden: 64, depth: 100, tied: false })
 * ```
 */
export class ResNet extends Deep implements Disposable {
  readonly depth: number
  readonly scaleExponent: number
  /** The L steps cover the times from 0 to this: L^(1 - scaleExponent). */
  readonly span: number
  readonly #plan: DeepPlan

  constructor(blocks: Field | (ResidualBlockOptions & ResNetOptions), options: ResNetOptions = {}) {
    const { scaleExponent = 1 } = blocks instanceof Field ? options : blocks
    checkWithin('scaleExponent', scaleExponent, 0.5, 1)
    const own = !(blocks instanceof Field)
    super(own ? residualBlocks(blocks) : blocks, own ? blocks : options)
    const depth = own ? blocks.depth : (options.depth ?? blocks.layers)
    this.depth = checkInt('depth', depth, 1, 2 ** 24)
    if (this.field.perStep && this.field.layers !== depth) {
      throw new RangeError(`depth must be the ${this.field.layers} layers of the field, got ${depth}`)
    }
    this.scaleExponent = scaleExponent
    this.span = spanOf(depth, scaleExponent)
    this.#plan = equalSteps(euler, depth, this.span)
  }

  plan(): DeepPlan {
    return this.#plan
  }

  /** The model as one buffer: a safetensors file; see `NeuralODE.save`. */
  save(metadata: ReadonlyMap<string, string> = new Map()): Uint8Array {
    const { depth, scaleExponent } = this
    return encodeModel('resnet', this.roles, { depth, scaleExponent }, metadata)
  }

  /** The model that `save` wrote. Throws FormatError naming what is wrong with the bytes. */
  static from(bytes: Uint8Array | ArrayBuffer): ResNet {
    return readSurrounded('resnet', bytes, (field, surroundings, { depth, scaleExponent = 1 }) => {
      return new ResNet(field, { ...surroundings, depth: depth as number, scaleExponent: scaleExponent as number })
    })
  }

  /** Gives the memory of the residual blocks back; a read-in or read-out is its maker's to dispose. */
  dispose(): void {
    this.field.dispose()
  }

  [Symbol.dispose](): void {
    this.dispose()
  }
}

/** depth^(1 - scaleExponent) */
function spanOf(depth: number, scaleExponent: number): number {
  if (scaleExponent === 1) return 1
  if (scaleExponent === 0.5) return Math.sqrt(depth)
  const [logarithm = 0] = log([depth])
  const [span = 1] = exp([(1 - scaleExponent) * logarithm])
  return span
}
