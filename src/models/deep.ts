import * as abi from '../../assembly/abi.ts'
import { type Adjoint, checkAdjoint, checkpoint } from '../adjoint/checkpoint.ts'
import { type Model, Parameters, type Pass } from '../adjoint/model.ts'
import { Arena } from '../core/arena.ts'
import { copy, type Dtype, guarded, type Pointer, read, sizeOf, type Vector, verbs } from '../core/boundary.ts'
import { checkStates, type Numbers } from '../core/check.ts'
import { FormatError } from '../io/safetensors.ts'
import type { Block } from '../program/block.ts'
import type { Field } from '../program/field.ts'
import type { Stepping } from '../solve/options.ts'
import { Solve } from '../solve/solve.ts'
import type { Step } from '../solve/tableau-memory.ts'
import { type Blocks, decodeModel } from './container.ts'

/** What surrounds a deep model's block. */
export interface DeepOptions {
  /** Map from the model's inputs to the block's width. Default: none, inputs are states. */
  readonly readIn?: Block
  /** Map from the block's width to the model's outputs. Default: none, outputs are states. */
  readonly readOut?: Block
  /** How the gradient is taken. Default checkpoint(). */
  readonly adjoint?: Adjoint
}

/** How a deep model goes through its block. */
export interface DeepPlan {
  readonly stepping: Stepping
  readonly times: Float64Array
  /** Which of the times are outputs. */
  readonly outputs: 'all' | 'last'
}

/** A model that takes a block's step again and again, between a read-in and a read-out: what all depths share. */
export abstract class Deep implements Model {
  readonly field: Field
  readonly readIn: Block | undefined
  readonly readOut: Block | undefined
  readonly parameters: Parameters
  readonly adjoint: Adjoint

  constructor(field: Field, { readIn, readOut, adjoint }: DeepOptions) {
    if (readIn !== undefined && readIn.outputs !== field.dim) {
      throw new RangeError(`readIn must map to the block's width ${field.dim}, got outputs ${readIn.outputs}`)
    }
    if (readOut !== undefined && readOut.inputs !== field.dim) {
      throw new RangeError(`readOut must map from the block's width ${field.dim}, got inputs ${readOut.inputs}`)
    }
    this.field = field
    this.readIn = readIn
    this.readOut = readOut
    this.parameters = new Parameters([readIn, field, readOut].filter((block) => block !== undefined))
    this.adjoint = checkAdjoint(adjoint ?? checkpoint())
  }

  /** The steps, and the times between which they are taken. */
  protected abstract plan(): DeepPlan

  get dtype(): Dtype {
    return this.field.dtype
  }

  get inputs(): number {
    return (this.readIn ?? this.field).inputs
  }

  get outputs(): number {
    return (this.readOut ?? this.field).outputs
  }

  checkInputs(x: Numbers): number {
    return checkStates('x', x, this.inputs, this.dtype)
  }

  /**
   * The outputs for a batch of inputs, row-major: [batch, inputs] -> [batch, outputs], or [times, batch, outputs] where all
   * times are outputs.
   * @throws SolveError when a state on the way is not finite, or an adaptive solve cannot reach its end
   */
  forward(x: Numbers): Vector {
    const pass = this.#run(x, this.checkInputs(x), 0)
    try {
      return read(this.dtype, pass.outputs, pass.length)
    } finally {
      pass.free()
    }
  }

  pass(x: Numbers | Pointer, rows: number): Pass {
    return this.#run(x, rows, this.adjoint.budget)
  }

  /** The blocks by the role they play in a model file. */
  protected get roles(): Blocks {
    const all = Object.entries({ readIn: this.readIn, field: this.field, readOut: this.readOut })
    return new Map(all.filter((entry): entry is [string, Block] => entry[1] !== undefined))
  }

  #run(x: Numbers | Pointer, rows: number, budget: number): Pass {
    const { dtype, field, readIn, readOut } = this
    const arena = new Arena()
    const apply = (block: Block, from: Pointer, count: number): Pointer => {
      const to = arena.zeros(dtype, count * block.outputs)
      guarded(() => verbs(dtype).apply(block.ready(), arena.pointer, count, 0, from, to))
      return to
    }
    let solve: Solve | undefined
    try {
      const input = typeof x === 'number' ? x : arena.copy(dtype, x)
      const y0 = readIn === undefined ? input : apply(readIn, input, rows)
      const task = { dtype, field: () => field.ready(), dim: field.dim, batch: rows, y0, budget, keepStages: false }
      solve = new Solve({ ...task, ...this.plan() })
      solve.run()
      const states = solve.outputLength / field.dim
      const outputs = readOut === undefined ? solve.outputs : apply(readOut, solve.outputs, states)
      return this.#pass({ arena, solve, input, outputs, rows, states })
    } catch (error) {
      solve?.free()
      arena.free()
      throw error
    }
  }

  #pass(done: Done): Pass {
    const { arena, solve, outputs, states } = done
    return {
      outputs,
      length: states * this.outputs,
      nfe: solve.stats.nfe,
      pull: (gy, gx, gp) => this.#pull(done, gy, gx, gp),
      free: () => {
        solve.free()
        arena.free()
      },
      ownedBy: (owner) => {
        solve.arena.ownedBy(owner)
        arena.ownedBy(owner)
      },
    }
  }

  #pull(
    { solve, input, rows, states }: Done,
    gy: Pointer,
    gx: Pointer,
    gp: Pointer,
  ): { dt: Float64Array; nfe: number } {
    const { dtype, field, readIn, readOut, parameters } = this
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
        g = scratch.zeros(dtype, states * field.dim)
        transpose(readOut, states, solve.outputs, gy, g)
      }
      const g0 = readIn === undefined ? gx : scratch.zeros(dtype, rows * field.dim)
      const { dt, nfe } = solve.sweep(g, g0, place(field))
      if (readIn !== undefined) transpose(readIn, rows, input, g0, gx)
      return { dt, nfe }
    } finally {
      scratch.free()
    }
  }
}

interface Done {
  readonly arena: Arena
  readonly solve: Solve
  readonly input: Pointer
  readonly outputs: Pointer
  readonly rows: number
  /** Rows of the outputs: `rows` for each output time. */
  readonly states: number
}

/** `count` equal steps from time 0 to `span`, of a method or of the map. */
export function equalSteps(tableau: Step, count: number, span: number): DeepPlan {
  const none = new Float64Array(0)
  const bounds = { dtMin: 0, dtMax: Infinity, maxSteps: count, rtol: none, atol: none }
  const stepping: Stepping = { tableau, kind: abi.STEPS_UNIFORM, count, h0: 0, ...bounds }
  return { stepping, times: Float64Array.of(0, span), outputs: 'last' }
}

/** Reads a deep model: `make` builds it from its blocks and options; whatever fails is the file's fault. */
export function readDeep<M>(
  kind: string,
  bytes: Uint8Array | ArrayBuffer,
  make: (field: Field, surroundings: DeepOptions, options: Record<string, unknown>) => M,
): M {
  const { field, others, options } = decodeModel(kind, bytes, ['readIn', 'readOut'])
  try {
    return make(field, Object.fromEntries(others), options as Record<string, unknown>)
  } catch (error) {
    for (const block of [field, ...others.values()]) block.dispose()
    throw new FormatError(`the model's options: ${(error as Error).message}`)
  }
}
