import type { Arena } from '../core/arena.ts'
import type { Pointer } from '../core/boundary.ts'
import { checkStates, type Numbers } from '../core/check.ts'
import type { Block } from '../program/block.ts'
import type { Field } from '../program/field.ts'
import { type Direction, tangentBlock } from '../program/tangent-block.ts'
import type { DeepPlan } from '../solve/plan.ts'
import type { Adjoint } from './adjoint.ts'
import { type Model, Parameters } from './model.ts'
import type { Instead, Middle, Surrounding } from './pull.ts'
import { scaled } from './rows.ts'

/** A model of blocks, as all of this library are: read-in, something done with a field, read-out. */
export interface BlockModel extends Model, Surrounding {
  /** Does with these states what the model does. */
  middle(from: Pointer, rows: number, gradient: boolean, instead?: Instead): Middle
  /** Of a model that takes steps: these. */
  plan?(): DeepPlan
}

/** The directions in which a model is differentiated. */
export interface Directions {
  /** Of the inputs, as these. Default: they stay. */
  readonly dx?: Numbers | undefined
  /** Of the parameter block. Default: they stay. */
  readonly dparams?: Numbers | undefined
}

/** Checks that a model can be differentiated forwards. */
export function checkModel(model: Model): BlockModel {
  if (!('middle' in model))
    throw new TypeError('model must be made of blocks, as NeuralODE, ResNet, Compose and Equilibrium are')
  const { adjoint } = model as { adjoint?: Adjoint }
  if (adjoint?.kind === 'reversible')
    throw new RangeError('the model must not step with reversible(): make one with checkpoint() for this')
  const kinks = (model as BlockModel).plan?.().stepping.kinks
  if (kinks !== undefined)
    throw new RangeError(`the model must not locate kinks, got kinks '${kinks}': make one without for this`)
  return model as BlockModel
}

/** Checks inputs and directions; returns the number of rows. */
export function checkDirections(model: Model, x: Numbers, { dx, dparams }: Directions): number {
  const rows = model.checkInputs(x)
  if (dx !== undefined && checkStates('dx', dx, model.inputs, model.dtype) !== rows)
    throw new RangeError(`dx must hold ${x.length} numbers, as x does, got ${dx.length}`)
  const { count } = model.parameters
  if (dparams !== undefined && checkStates('dparams', dparams, 1, model.dtype) !== count)
    throw new RangeError(`dparams must hold ${count} numbers, as the parameters do, got ${dparams.length}`)
  return rows
}

/**
 * The power of two, within reason, that brings the largest number of the directions to 1 ... 2. An equilibrium is iterated together
 * with its derivative, until both are exact measured by the larger one: then they are of one size, and the derivative is as
 * exact for every length of the direction.
 */
export function unitOf({ dx = [], dparams = [] }: Directions): number {
  let largest = 0
  for (const values of [dx, dparams]) for (const value of values) largest = Math.max(largest, Math.abs(value))
  let unit = 1
  while (largest * unit >= 2) unit /= 2
  while (largest * unit < 1 && unit < 2 ** 100) unit *= 2
  return unit
}

/** A model's blocks with their derivatives. Holds memory until `free`. */
export class TangentBlocks implements Omit<Surrounding, 'middle' | 'outputs'> {
  readonly dtype: BlockModel['dtype']
  readonly field: Field
  readonly readIn: Block | undefined
  readonly readOut: Block | undefined
  readonly parameters: Parameters
  readonly #model: BlockModel
  readonly #directions: readonly Direction[]

  /** `arena` keeps the direction of the parameters, times `unit`. */
  constructor(model: BlockModel, dparams: Numbers | undefined, unit: number, arena: Arena) {
    const { dtype, parameters } = model
    const at = dparams && scaled(arena, dtype, dparams, unit)
    this.#model = model
    this.#directions = parameters.blocks.map((_, i) => ({ parameters: at && parameters.place(i, at) }))
    this.dtype = dtype
    this.readIn = model.readIn && this.#tangent(model.readIn)
    this.field = this.fieldWith({})
    this.readOut = model.readOut && this.#tangent(model.readOut)
    this.parameters = new Parameters([this.readIn, this.field, this.readOut].filter((block) => block !== undefined))
  }

  #tangent(block: Block, more: Direction = {}): Block {
    return tangentBlock(block, { ...this.#directions[this.#model.parameters.blocks.indexOf(block)], ...more })
  }

  /** The field again, where more of it moves than its input and the parameters. Dispose it. */
  fieldWith(more: Direction): Field {
    return this.#tangent(this.#model.field, more) as Field
  }

  free(): void {
    for (const block of this.parameters.blocks) block.dispose()
  }
}
