import { Arena } from '../core/arena.ts'
import { copy, type Dtype, guarded, type Pointer, sizeOf, verbs } from '../core/boundary.ts'
import type { Block } from '../program/block.ts'
import type { Field } from '../program/field.ts'
import type { DeepPlan } from '../solve/plan.ts'
import type { Parameters, Pass } from './model.ts'

/** What was done with the block between read-in and read-out, kept for its transpose. */
export interface Middle extends Pick<Pass, 'nfe' | 'free' | 'ownedBy'> {
  /** `gy`: cotangent of the outputs; `gx` receives that of the states it began with, `gp` is added that of the parameters. */
  sweep(gy: Pointer, gx: Pointer, gp: Pointer): ReturnType<Pass['pull']>
  /** The states that go to the read-out, and how many: those of the batch for each output time. */
  readonly outputs: Pointer
  readonly rows: number
}

/** A pass that was made, kept for its transpose. */
export interface Done {
  readonly middle: Middle
  readonly input: Pointer
  readonly rows: number
}

/** What a model does its part with, instead of its own. */
export interface Instead {
  readonly field?: Field
  /** Of a model that takes steps. */
  readonly plan?: DeepPlan
  /** Which path of its input each row follows, i32 in the core. */
  readonly order?: Pointer | undefined
}

/** A model that does something with a block between a read-in and a read-out. */
export interface Surrounding {
  readonly dtype: Dtype
  readonly field: Field
  /** Width of an output row. */
  readonly outputs: number
  readonly readIn: Block | undefined
  readonly readOut: Block | undefined
  readonly parameters: Parameters
  /** Begins with the states at `from` and does the model's own part; `gradient`: keeps what its transpose needs. */
  middle(from: Pointer, rows: number, gradient: boolean, instead?: Instead): Middle
}

/** The transpose of a pass: through the read-out, the middle and the read-in. As `Pass.pull`. */
export function pull(
  { dtype, field, readIn, readOut, parameters }: Surrounding,
  { middle, input, rows }: Done,
  gy: Pointer,
  gx: Pointer,
  gp: Pointer,
): ReturnType<Pass['pull']> {
  const scratch = new Arena()
  const place = (block: Block): Pointer => parameters.charge(parameters.blocks.indexOf(block), gp)
  const transpose = (block: Block, count: number, x: Pointer, g: Pointer, out: Pointer): void => {
    const y = scratch.zeros(dtype, count * block.outputs)
    // The core uses the cotangent up; the caller's stays.
    const own = scratch.zeros(dtype, count * block.outputs)
    copy(own, g, count * block.outputs * sizeOf(dtype))
    guarded(() => verbs(dtype).applyTranspose(block.ready(), scratch.pointer, count, 0, x, own, out, place(block), y))
  }
  try {
    let g = gy
    if (readOut !== undefined) {
      g = scratch.zeros(dtype, middle.rows * field.dim)
      transpose(readOut, middle.rows, middle.outputs, gy, g)
    }
    const g0 = readIn === undefined ? gx : scratch.zeros(dtype, rows * field.dim)
    const swept = middle.sweep(g, g0, place(field))
    if (readIn !== undefined) transpose(readIn, rows, input, g0, gx)
    return swept
  } finally {
    scratch.free()
  }
}
