import * as abi from '../../assembly/abi.ts'
import { Arena } from '../core/arena.ts'
import { copy, type Pointer, sizeOf, verbs } from '../core/boundary.ts'
import { randomStream } from '../core/random.ts'
import type { Block } from './block.ts'
import { type Activation, activationIds, type Op } from './builder.ts'

/** The steepest slope of every activation, rounded up. */
export const steepest: Readonly<Record<Activation, number>> = {
  identity: 1,
  relu: 1,
  leaky_relu: 1,
  elu: 1,
  softplus: 1,
  // At x = sqrt(2): Phi(x) + x phi(x).
  gelu: 1.129,
  silu: 1.1,
  tanh: 1,
  sigmoid: 0.25,
  sin: 1,
  exp: Infinity,
}

const slopes: ReadonlyMap<number, number> = new Map(
  (Object.keys(steepest) as Activation[]).map((name) => [activationIds[name], steepest[name]]),
)

/** What does not depend on the state has bound 0, whatever else is unbounded. */
const times = (a: number, b: number): number => (a === 0 || b === 0 ? 0 : a * b)

/**
 * How far apart the results of a block may be for inputs at distance 1, in the Euclidean norm: the spectral norms of its dense
 * layers and the steepest slopes of its activations, multiplied along the program, added where it adds.
 */
export class LipschitzBound {
  readonly #ops: readonly Op[]
  readonly #out: number
  /** Spectral norms, by the weights' offsets. */
  readonly #norms: ReadonlyMap<number, number>

  constructor(block: Block) {
    this.#out = block.program.out
    this.#ops = block.program.ops
    this.#norms = spectralNorms(block)
  }

  /**
   * The bound with all weights (not the biases) multiplied by `factor`. Infinity where none is known: products of two things
   * that depend on the input, and exp. The spectral norms are estimates from below, good to about 1 %, mostly far better.
   */
  at(factor = 1): number {
    const bounds = new Map([[0, 1]])
    const of = (register: number): number => bounds.get(register) ?? 0
    for (const op of this.#ops) bounds.set(op.dst, this.#grow(op, factor, of(op.a), of(op.b)))
    return of(this.#out)
  }

  #grow(op: Op, factor: number, a: number, b: number): number {
    switch (op.code) {
      case abi.OP_DENSE:
        return times(factor * (this.#norms.get(op.weight) as number), times(slopes.get(op.activation) as number, a))
      case abi.OP_ACTIVATE:
        return times(slopes.get(op.activation) as number, a)
      case abi.OP_ADD:
        return a + b
      case abi.OP_SCALE:
        return times(Math.abs(op.factor), a)
      case abi.OP_CONCAT:
        return Math.sqrt(a * a + b * b)
      case abi.OP_SLICE:
        return a
      default:
        // A product, or something rarer; or what depends on time alone.
        return a === 0 && b === 0 ? 0 : Infinity
    }
  }
}

/** The weight matrices of a block's dense layers. */
function weights({ specs }: Block): { offset: number; rows: number; columns: number }[] {
  return specs.flatMap(({ shape, offset }) => {
    const [rows, columns] = shape
    return rows === undefined || columns === undefined ? [] : [{ offset, rows, columns }]
  })
}

function spectralNorms(block: Block): Map<number, number> {
  const { dtype, parameterPointer } = block
  const { spectralNorm, uniform } = verbs(dtype)
  const arena = new Arena()
  try {
    return new Map(
      weights(block).map(({ offset, rows, columns }) => {
        const [x, y] = [arena.zeros(dtype, columns), arena.zeros(dtype, columns)]
        // Always from the same start: the norm depends on the weights alone.
        uniform(randomStream(arena, 0), columns, -1, 1, x)
        return [offset, spectralNorm(rows, columns, parameterPointer + offset * sizeOf(dtype), x, y)]
      }),
    )
  } finally {
    arena.free()
  }
}

function scaleWeights(block: Block, factor: number): void {
  const { dtype, parameterPointer } = block
  const arena = new Arena()
  try {
    for (const { offset, rows, columns } of weights(block)) {
      const at: Pointer = parameterPointer + offset * sizeOf(dtype)
      const bytes = rows * columns * sizeOf(dtype)
      // The kernel works in whole vectors, and others' parameters follow.
      const own = arena.bytes(bytes)
      copy(own, at, bytes)
      verbs(dtype).scale(rows * columns, factor, own, own)
      copy(at, own, bytes)
    }
  } finally {
    arena.free()
  }
  block.changed()
}

/**
 * Shrinks the weights of a block by one factor so that its Lipschitz bound is `limit`, where it is above. Leaves a block alone
 * whose bound is not known, or does not come down with the weights. Returns the bound from then on.
 */
export function contract(block: Block, limit: number): number {
  const bound = new LipschitzBound(block)
  const now = bound.at()
  if (!(now > limit && now < Infinity) || bound.at(0) >= limit) return now
  // The bound grows with the factor, and is not a power of it where a program adds.
  let [low, high] = [0, 1]
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2
    if (bound.at(middle) > limit) high = middle
    else low = middle
  }
  scaleWeights(block, low)
  return bound.at(low)
}
