import { type Model, Parameters, type Pass } from '../adjoint/model.ts'
import type { Instead, Middle, Surrounding } from '../adjoint/pull.ts'
import { outputsOf, run } from '../adjoint/run.ts'
import type { Dtype, Pointer, Vector } from '../core/boundary.ts'
import { checkStates, type Numbers, shown } from '../core/check.ts'
import { FormatError } from '../io/safetensors.ts'
import { Block } from '../program/block.ts'
import type { Field } from '../program/field.ts'
import { type Blocks, decodeModel } from './container.ts'

/** What surrounds a model's block. */
export interface Surroundings {
  /** Map from the model's inputs to the block's width. Default: none, inputs are states. */
  readonly readIn?: Block
  /** Map from the block's width to the model's outputs. Default: none, outputs are states. */
  readonly readOut?: Block
}

/** A model that does something with one block between a read-in and a read-out. */
export abstract class Surrounded implements Model, Surrounding {
  readonly field: Field
  readonly readIn: Block | undefined
  readonly readOut: Block | undefined
  readonly parameters: Parameters

  constructor(field: Field, { readIn, readOut }: Surroundings) {
    if (!(field instanceof Block))
      throw new TypeError(`field must be a network such as an MLP, got ${shown(field)}: odeint takes functions`)
    if (readIn !== undefined && readIn.outputs !== field.dim) {
      throw new RangeError(`readIn must map to the block's width ${field.dim}, got outputs ${readIn.outputs}`)
    }
    if (readOut !== undefined && readOut.inputs !== field.dim) {
      throw new RangeError(`readOut must map from the block's width ${field.dim}, got inputs ${readOut.inputs}`)
    }
    this.field = field
    this.readIn = readIn
    this.readOut = readOut
    this.parameters = new Parameters([readIn, field, readOut].filter((block) => block !== undefined))
  }

  /** Begins with the states at `from` and does the model's own part; `gradient`: keeps what its transpose needs. */
  abstract middle(from: Pointer, rows: number, gradient: boolean, instead?: Instead): Middle

  get dtype(): Dtype {
    return this.field.dtype
  }

  get inputs(): number {
    return (this.readIn ?? this.field).inputs
  }

  get outputs(): number {
    return (this.readOut ?? this.field).outputs
  }

  checkInputs(x: Numbers): number {
    return checkStates('x', x, this.inputs, this.dtype)
  }

  /**
   * The outputs for a batch of inputs, row-major: [batch, inputs] -> [batch, outputs], or [times, batch, outputs] for a model with
   * more than one output time.
   * @throws SolveError or FixedPointError when the model's part cannot be finished
   */
  forward(x: Numbers): Vector {
    return outputsOf(this.dtype, run(this, x, this.checkInputs(x), false))
  }

  pass(x: Numbers | Pointer, rows: number, order?: Pointer): Pass {
    return run(this, x, rows, true, order)
  }

  /** The blocks by the role they play in a model file. */
  protected get roles(): Blocks {
    const all = Object.entries({ readIn: this.readIn, field: this.field, readOut: this.readOut })
    return new Map(all.filter((entry): entry is [string, Block] => entry[1] !== undefined))
  }
}

/** Reads such a model: `make` builds it from its blocks and options; whatever fails is the file's fault. */
export function readSurrounded<M>(
  kind: string,
  bytes: Uint8Array | ArrayBuffer,
  make: (field: Field, surroundings: Surroundings, options: Record<string, unknown>) => M,
): M {
  const { field, others, options } = decodeModel(kind, bytes, ['readIn', 'readOut'])
  try {
    return make(field, Object.fromEntries(others), options as Record<string, unknown>)
  } catch (error) {
    for (const block of [field, ...others.values()]) block.dispose()
    throw new FormatError(`the model's options: ${(error as Error).message}`)
  }
}
