import { Arena } from '../core/arena.ts'
import { guarded, type Pointer, verbs } from '../core/boundary.ts'
import type { Numbers } from '../core/check.ts'
import type { Block } from '../program/block.ts'
import type { Pass } from './model.ts'
import { type Middle, pull, type Surrounding } from './pull.ts'

/** Runs a model of blocks on `rows` rows, numbers or where they are in the core: read-in, what `middle` does with its states, read-out. */
export function run(
  model: Surrounding,
  x: Numbers | Pointer,
  rows: number,
  middleFrom: (states: Pointer) => Middle,
): Pass {
  const { dtype, field, readIn, readOut } = model
  const arena = new Arena()
  const apply = (block: Block, from: Pointer, count: number): Pointer => {
    const to = arena.zeros(dtype, count * block.outputs)
    guarded(() => verbs(dtype).apply(block.ready(), arena.pointer, count, 0, from, to))
    return to
  }
  let begun: Middle | undefined
  try {
    const input = typeof x === 'number' ? x : arena.copy(dtype, x)
    const middle = middleFrom(readIn === undefined ? input : apply(readIn, input, rows))
    begun = middle
    const outputs = readOut === undefined ? middle.outputs : apply(readOut, middle.outputs, middle.rows)
    return {
      outputs,
      length: middle.rows * (readOut ?? field).outputs,
      nfe: middle.nfe,
      pull: (gy, gx, gp) => pull(model, { arena, middle, input, outputs, rows }, gy, gx, gp),
      free: () => {
        middle.free()
        arena.free()
      },
      ownedBy: (owner) => {
        middle.ownedBy(owner)
        arena.ownedBy(owner)
      },
    }
  } catch (error) {
    begun?.free()
    arena.free()
    throw error
  }
}
