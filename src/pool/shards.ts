import { type Dtype, type Vector, vector } from '../core/boundary.ts'
import type { Numbers } from '../core/check.ts'

/** Rows of a batch that one worker takes. */
export interface Shard {
  readonly first: number
  readonly rows: number
}

/** Shards of a large batch, at the most: enough for eight workers to come to the end at about the same time. */
const MOST = 16
/** Rows of a shard of a small one: below it a matrix product is no longer worth its overhead. A multiple of the product's four rows. */
const ROWS = 16
const TILE = 4

/** The shards of a batch. They depend on its rows alone, never on who is there to take them: that makes the bits. */
export function shardsOf(rows: number): Shard[] {
  const count = Math.min(MOST, Math.ceil(rows / ROWS))
  if (count <= 1) return [{ first: 0, rows }]
  const size = TILE * Math.ceil(rows / count / TILE)
  return Array.from({ length: Math.ceil(rows / size) }, (_, i) => {
    const first = i * size
    return { first, rows: Math.min(size, rows - first) }
  })
}

/** A block of numbers, [times, rows, width]. */
export interface Shape {
  readonly rows: number
  readonly width: number
  readonly times: number
}

/** The rows of a shard, from a block of those of the batch. */
export function cut(dtype: Dtype, all: Numbers, { rows, width, times }: Shape, shard: Shard): Vector {
  const length = shard.rows * width
  const part = vector(dtype, times * length)
  for (let t = 0; t < times; t++) {
    const from = (t * rows + shard.first) * width
    part.set(
      Array.isArray(all) ? all.slice(from, from + length) : (all as Vector).subarray(from, from + length),
      t * length,
    )
  }
  return part
}

/** Rows of shards, put together to those of the batch. */
export class Joined {
  readonly #dtype: Dtype
  readonly #rows: number
  readonly #width: number
  #all: Vector | undefined

  constructor(dtype: Dtype, rows: number, width: number) {
    this.#dtype = dtype
    this.#rows = rows
    this.#width = width
  }

  /** Takes the rows of a shard, [times, rows, width]. */
  take(part: Vector, { first, rows }: Shard): void {
    const length = rows * this.#width
    const times = rows === 0 ? 0 : part.length / length
    this.#all ??= vector(this.#dtype, times * this.#rows * this.#width)
    for (let t = 0; t < times; t++)
      this.#all.set(part.subarray(t * length, (t + 1) * length), (t * this.#rows + first) * this.#width)
  }

  get all(): Vector {
    return this.#all as Vector
  }
}
