/** A field with layers as weight functions of depth: what the measures of depth read. */

import type { Vector } from '../core/boundary.ts'
import type { ResNet } from '../models/resnet.ts'
import type { Block } from '../program/block.ts'
import { lengthOf } from '../program/builder.ts'
import { Field } from '../program/field.ts'
import { replay } from '../program/replay.ts'

/** A block with layers, or a model that has one as its `field`. */
export type Layered = Block | { readonly field: Block }

/** One parameter tensor at every depth: number i of layer k stands at values[k * stride + offset + i]. */
export interface LayerTensor {
  readonly name: string
  readonly shape: readonly number[]
  readonly length: number
  readonly layers: number
  readonly values: Vector
  readonly stride: number
  readonly offset: number
}

/** The tensors of a field's parameter sets; the values are one copy that they share. */
export function layerTensors(of: Layered): LayerTensor[] {
  const block = 'field' in of ? of.field : of
  const { layers, parameters: values } = block
  const stride = values.length / layers
  return block.specs.map((spec) => {
    const { name, shape, offset } = spec
    return { name, shape, length: lengthOf(spec), layers, values, stride, offset }
  })
}

/**
 * A field of the same program with parameter sets of its own, one after the other; with `span` as a function of time.
 */
export function withLayers(
  { dim, dtype, rate, calls }: Field,
  layers: number,
  parameters: Vector,
  span?: number,
): Field {
  const over = span === undefined ? {} : { span }
  const copy = new Field(dim, (program) => replay(program, calls), { dtype, layers, rate, ...over })
  copy.parameters = parameters
  return copy
}

/** A network with a parameter set for each step, or one for all; throws RangeError for a function of time, which has none. */
export function checkStepLayers({ field }: ResNet, cure: string): void {
  if (field.span !== undefined && field.layers > 1) {
    throw new RangeError(`the field's layers must belong to steps, got layers over a span of ${field.span}: ${cure}`)
  }
}
