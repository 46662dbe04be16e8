/** The networks of the comparison: one read-in, one read-out, and what is between them. */

import { backsolve } from '../../adjoint/index.ts'
import {
  type Activation,
  Affine,
  Compose,
  type Dtype,
  dopri5,
  Field,
  type FieldOptions,
  MLP,
  NeuralODE,
  ResNet,
} from '../../index.ts'
import { CLASSES } from './classifier-data.ts'

/** Steps of the residual networks, as the paper's. */
export const STEPS = 6
/** Tolerance of the trainings, as the paper's. */
export const TOLERANCE = 1e-3

export const KINDS = ['mlp', 'resnet', 'euler', 'ode', 'backsolve', 'softplus'] as const
export type Kind = (typeof KINDS)[number]

export const LABELS: Readonly<Record<Kind, string>> = {
  mlp: 'MLP, one hidden layer',
  resnet: `residual, ${STEPS} blocks`,
  euler: `residual, ${STEPS} times one block`,
  ode: 'ODE, exact gradient',
  backsolve: 'ODE, adjoint equation',
  softplus: 'ODE, softplus',
}

/** What decides a network. */
export interface Size {
  readonly pixels: number
  /** Components of the state. */
  readonly width: number
  /** Units of the block's hidden layer. */
  readonly hidden: number
  readonly seed: number
}

type Classifier = Compose | ResNet | NeuralODE

function around({ pixels, width, seed }: Size, dtype: Dtype): { readIn: Affine; readOut: Affine } {
  return {
    readIn: new Affine(pixels, width, { dtype, seed: 4 * seed + 1 }),
    readOut: new Affine(width, CLASSES, { dtype, seed: 4 * seed + 2 }),
  }
}

/** MLP (state, time) -> hidden -> state. */
function block({ width, hidden, seed }: Size, activation: Activation, dtype: Dtype): MLP {
  return new MLP([width + 1, hidden, width], { time: 'concat', activation, dtype, seed: 4 * seed + 3 })
}

/** The network before training. */
export function makeClassifier(kind: Kind, size: Size): Classifier {
  const surroundings = around(size, 'f32')
  const { width, hidden, seed } = size
  if (kind === 'mlp') {
    // Two affine maps in a row are one: this is the classic network of one hidden layer.
    return new Compose(new MLP([width, width], { outputActivation: 'relu', seed: 4 * seed + 3 }), {
      times: 1,
      ...surroundings,
    })
  }
  if (kind === 'resnet') {
    const options: FieldOptions = { layers: STEPS, seed: 4 * seed + 3 }
    const blocks = new Field(width, (p) => p.dense(p.dense(p.state, hidden, { activation: 'relu' }), width), options)
    return new ResNet(blocks, surroundings)
  }
  if (kind === 'euler') return new ResNet(block(size, 'relu', 'f32'), { depth: STEPS, ...surroundings })
  const field = block(size, kind === 'softplus' ? 'softplus' : 'relu', 'f32')
  return solved(field, surroundings, TOLERANCE, kind === 'backsolve')
}

function solved(
  field: MLP,
  surroundings: { readIn: Affine; readOut: Affine },
  tolerance: number,
  back: boolean,
): NeuralODE {
  const adjoint = back ? { adjoint: backsolve() } : {}
  return new NeuralODE(field, { solver: dopri5, rtol: tolerance, atol: tolerance, ...surroundings, ...adjoint })
}

/** The same neural ODE at another tolerance, with the gradient by the adjoint equation. Shares its blocks. */
export function atTolerance(model: NeuralODE, tolerance: number, back = true): NeuralODE {
  const { readIn, readOut, field } = model
  return solved(field as MLP, { readIn: readIn as Affine, readOut: readOut as Affine }, tolerance, back)
}

/** The same neural ODE in double precision, where tolerances can be as small as one likes. */
export function inDouble(model: NeuralODE, size: Size): NeuralODE {
  const field = block(size, (model.field as MLP).activation, 'f64')
  const { readIn, readOut } = around(size, 'f64')
  for (const [to, from] of [
    [field, model.field],
    [readIn, model.readIn],
    [readOut, model.readOut],
  ] as const) {
    if (from !== undefined) to.parameters = from.parameters
  }
  return solved(field, { readIn, readOut }, TOLERANCE, true)
}
