import { Arena } from '../core/arena.ts'
import { type Dtype, guarded, type Pointer, read, type Vector, verbs } from '../core/boundary.ts'
import type { Numbers } from '../core/check.ts'
import type { Block } from '../program/block.ts'
import type { Pass } from './model.ts'
import { type Middle, pull, type Surrounding } from './pull.ts'

/** The outputs of a pass, of which nothing else is wanted: it is freed. */
export function outputsOf(dtype: Dtype, pass: Pass): Vector {
  try {
    return read(dtype, pass.outputs, pass.length)
  } finally {
    pass.free()
  }
}

/**
 * Runs a model of blocks on `rows` rows, numbers or where they are in the core; `gradient`: keeps what its transpose needs; `order` as in
 * `Model.pass`.
 */
export function run(model: Surrounding, x: Numbers | Pointer, rows: number, gradient: boolean, order?: Pointer): Pass {
  const { dtype, readIn, readOut } = model
  const arena = new Arena()
  const apply = (block: Block, from: Pointer, count: number): Pointer => {
    const to = arena.zeros(dtype, count * block.outputs)
    guarded(() => verbs(dtype).apply(block.ready(), arena.pointer, count, 0, from, to))
    return to
  }
  let middle: Middle | undefined
  const free = (): void => {
    middle?.free()
    arena.free()
  }
  try {
    const input = typeof x === 'number' ? x : arena.copy(dtype, x)
    const done = model.middle(readIn ? apply(readIn, input, rows) : input, rows, gradient, { order })
    middle = done
    return {
      outputs: readOut ? apply(readOut, done.outputs, done.rows) : done.outputs,
      length: done.rows * model.outputs,
      nfe: done.nfe,
      pull: (gy, gx, gp) => pull(model, { middle: done, input, rows }, gy, gx, gp),
      free,
      ownedBy: (owner) => {
        done.ownedBy(owner)
        arena.ownedBy(owner)
      },
    }
  } catch (error) {
    free()
    throw error
  }
}
