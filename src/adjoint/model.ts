import { type Dtype, type Pointer, sizeOf, type Vector } from '../core/boundary.ts'
import type { Numbers } from '../core/check.ts'
import type { Block } from '../program/block.ts'

/** The parameters of a model: those of its blocks, in order. */
export class Parameters {
  readonly blocks: readonly Block[]
  /** Numbers in all blocks. */
  readonly count: number

  constructor(blocks: readonly Block[]) {
    const [first] = blocks
    for (const { dtype } of blocks) {
      if (dtype !== first?.dtype)
        throw new RangeError(`all blocks must have one dtype, got ${first?.dtype} and ${dtype}`)
    }
    this.blocks = blocks
    this.count = blocks.reduce((n, block) => n + block.parameterCount, 0)
  }

  /** Counts the changes of all blocks. */
  get version(): number {
    return this.blocks.reduce((n, block) => n + block.version, 0)
  }

  /** Packs what has changed; throws DisposedError where a block is disposed. */
  ready(): void {
    for (const block of this.blocks) block.ready(true)
  }

  /** Where the cotangent of block i begins in one of all parameters that begins at `at`. */
  place(i: number, at: Pointer): Pointer {
    const before = this.blocks.slice(0, i).reduce((n, block) => n + block.parameterCount, 0)
    return at + before * sizeOf((this.blocks[i] as Block).dtype)
  }

  /** The same for what is added to it: 0, not wanted, where the block is not trained. */
  charge(i: number, at: Pointer): Pointer {
    return (this.blocks[i] as Block).rate === 0 ? 0 : this.place(i, at)
  }
}

/** Gradients of a model. */
export interface Cotangents {
  /** Of the inputs, [batch, dim]. */
  readonly dx: Vector
  /** Of the parameter block. */
  readonly dparams: Vector
  /** Of the model's times, in f64. */
  readonly dt: Float64Array
  /**
   * Where the field reads an input: of the values of that signal, in their order, in f64. Not of `backsolve`.
   */
  readonly dinput?: Float64Array
  /** Field evaluations the pullback took. */
  readonly nfe: number
  /** Steps taken again to have their states. */
  readonly recomputed?: number
  /** Of an `Equilibrium`: the largest relative residual of a row of its linear equation. */
  readonly residual?: number
  /**
   * Of `backsolve` and `reversible`: the largest distance of a state computed backwards from the one on the way forth, in the error
   * norm: units of rtol and atol, the larger ones of both ways.
   */
  readonly reconstruction?: number
  /** false where that is so large that the gradient means nothing; see docs/adjoints.md for the bounds. */
  readonly trusted?: boolean
}

/** One forward pass of a model in the core, kept for its transpose. */
export interface Pass {
  /** Outputs: where, and how many numbers. */
  readonly outputs: Pointer
  readonly length: number
  /** Field evaluations of the pass. */
  readonly nfe: number
  /**
   * The transpose: gy = cotangent of the outputs, gx receives that of the inputs, gp is added that of the
   * parameters, all blocks in order. Returns the cotangents of the model's times, and the field evaluations it took; where it
   * is the solution of an equation, also the largest relative residual of a row, and where states were computed backwards, how well.
   */
  pull(gy: Pointer, gx: Pointer, gp: Pointer): Omit<Cotangents, 'dx' | 'dparams'>
  /** Gives the memory back; or lets the collection of `owner` do so. */
  free(): void
  ownedBy(owner: object): void
}

/** What `vjp` and `fit` need of a model. */
export interface Model {
  readonly dtype: Dtype
  readonly parameters: Parameters
  /** Width of an input row and of an output row. */
  readonly inputs: number
  readonly outputs: number
  /** Checks inputs, returns the number of rows. */
  checkInputs(x: Numbers): number
  /**
   * Runs the model on `rows` rows: numbers, or where they are in the core. `order`: where they are some of the rows that it is meant
   * for, the numbers of these, i32 in the core.
   */
  pass(x: Numbers | Pointer, rows: number, order?: Pointer): Pass
  /**
   * Called by a training after each step of its optimizer: a model whose parameters must stay within a set puts them back.
   * It must depend on the parameters alone, or a resumed training would not have the bits of an uninterrupted one.
   */
  afterUpdate?(): void
}
