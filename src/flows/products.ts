import * as abi from '../../assembly/abi.ts'
import { Arena } from '../core/arena.ts'
import { guarded, type Pointer, read, type Vector, vector, verbs } from '../core/boundary.ts'
import { Block } from '../program/block.ts'
import type { Op } from '../program/builder.ts'
import type { Field } from '../program/field.ts'

/** The layers of a field with one or two hidden ones and nothing else: its divergence needs no tangents. */
export interface Layers {
  /** Columns of `first` that belong to the state come first; behind them may be what does not depend on it. */
  readonly first: Op
  /** The second hidden layer, if there are two. */
  readonly second: Op | undefined
  readonly last: Op
}

/** The layers of such a field, undefined if it is another one. */
export function layersOf({ program: { ops, out }, layers }: Field): Layers | undefined {
  const by = new Map(ops.map((op) => [op.dst, op]))
  const depends = (register: number): boolean => {
    const op = by.get(register)
    return register === 0 || (op !== undefined && [op.a, op.b].some((source) => source >= 0 && depends(source)))
  }
  const onState = ({ a }: Op): boolean => {
    const op = by.get(a)
    return a === 0 || (op?.code === abi.OP_CONCAT && op.a === 0 && !depends(op.b))
  }
  const dense = (register: number | undefined): Op | undefined => {
    const op = by.get(register as number)
    return op?.code === abi.OP_DENSE ? op : undefined
  }
  const last = dense(out)
  const above = dense(last?.a)
  const below = dense(above?.a)
  // Layers that follow time are interpolated, and a product of them is not the interpolated product.
  if (layers > 1 || last?.activation !== 0 || !above?.activation) return undefined
  if (onState(above)) return { first: above, second: undefined, last }
  return below?.activation && onState(below) ? { first: below, second: above, last } : undefined
}

/** Where numbers are in the parameter block: those that the rows of a product read, and those of its weights. */
interface Places {
  readonly rows: Int32Array
  readonly weights: Int32Array
}

/**
 * What the trace of the Jacobian of such a field needs of its parameters alone, computed once a version of them.
 *
 * One hidden layer: f = W2 s(W1 z + ...) has tr J = sum_k s'_k c_k with c_k = sum_i W1_ki W2_ik. Two: f = W3 s(W2 s(W1 z + ...)) has
 * tr J = s'(2)^T M s'(1) with M_jk = W2_jk sum_i W3_ij W1_ki. Either way the trace costs one more layer, whatever the dimension. A small
 * block computes c or M, so its transpose is that of any block.
 */
export class Products {
  /** Numbers: those of c or M. */
  readonly length: number
  readonly #block: Block
  readonly #places: Places
  readonly #count: number
  /** The rows of the last product. */
  #x: Vector = new Float64Array(0)

  constructor(field: Field, { first, second, last }: Layers) {
    const { dim, dtype, program, parameterCount } = field
    const widths = program.widths
    const [inputs, below] = [widths[first.a] as number, widths[first.dst] as number]
    const above = second === undefined ? 0 : (widths[second.dst] as number)
    const w1 = (k: number, i: number): number => first.weight + k * inputs + i
    const wLast = (i: number, j: number): number => last.weight + i * (above || below) + j
    const w2 = (j: number, k: number): number => (second as Op).weight + j * below + k
    this.#count = parameterCount
    if (second === undefined) {
      this.length = below
      this.#block = new Block(
        2 * dim,
        1,
        (p) => p.dense(p.mul(p.slice(p.state, 0, dim), p.slice(p.state, dim, dim)), 1, { bias: false }),
        { dtype },
      )
      this.#block.parameters = new Array(dim).fill(1)
      const rows = table(below, 2 * dim, (k, i) => (i < dim ? w1(k, i) : wLast(i - dim, k)))
      this.#places = { rows, weights: new Int32Array(0) }
    } else {
      this.length = above * below
      this.#block = new Block(
        dim + below,
        below,
        (p) => p.mul(p.dense(p.slice(p.state, 0, dim), below, { bias: false }), p.slice(p.state, dim, below)),
        { dtype },
      )
      const rows = table(above, dim + below, (j, i) => (i < dim ? wLast(i, j) : w2(j, i - dim)))
      this.#places = { rows, weights: table(below, dim, w1) }
    }
  }

  get #rows(): number {
    return this.#places.rows.length / this.#block.inputs
  }

  /** c or M for these parameters of the field. */
  of(parameters: Vector): Vector {
    const { rows, weights } = this.#places
    // Plain loops: once a step, over the weights of the largest layer.
    const gather = (places: Int32Array): Vector => {
      const values = vector(this.#block.dtype, places.length)
      for (let i = 0; i < places.length; i++) values[i] = parameters[places[i] as number] as number
      return values
    }
    if (weights.length > 0) this.#block.parameters = gather(weights)
    this.#x = gather(rows)
    return this.#block.forward(this.#x)
  }

  /** From the cotangent of c or M, where it is in the core, that of the parameters: at those of the last `of`. */
  pull(g: Pointer): Vector {
    const { dtype, parameterCount } = this.#block
    const { rows, weights } = this.#places
    const arena = new Arena()
    try {
      const own = arena.copy(dtype, read(dtype, g, this.length))
      const gx = arena.zeros(dtype, rows.length)
      const gw = arena.zeros(dtype, parameterCount)
      const y = arena.zeros(dtype, this.length)
      const x = arena.copy(dtype, this.#x)
      const block = this.#block.ready()
      guarded(() => verbs(dtype).applyTranspose(block, arena.pointer, this.#rows, 0, x, own, gx, gw, y))
      const pulled = vector(dtype, this.#count)
      for (const [places, at] of [
        [rows, gx],
        [weights, gw],
      ] as const) {
        const values = read(dtype, at, places.length)
        for (let i = 0; i < places.length; i++) pulled[places[i] as number] = values[i] as number
      }
      return pulled
    } finally {
      arena.free()
    }
  }

  dispose(): void {
    this.#block.dispose()
  }
}

function table(rows: number, columns: number, at: (row: number, column: number) => number): Int32Array {
  return Int32Array.from({ length: rows * columns }, (_, i) => at(Math.floor(i / columns), i % columns))
}
