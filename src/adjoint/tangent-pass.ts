import * as abi from '../../assembly/abi.ts'
import { Arena } from '../core/arena.ts'
import { copy, getI32, getPointer, type Pointer, read, sizeOf, type Vector } from '../core/boundary.ts'
import type { Numbers } from '../core/check.ts'
import { gridOf } from '../solve/grid.ts'
import type { DeepPlan } from '../solve/plan.ts'
import { Solve, type Task } from '../solve/solve.ts'
import { fed } from '../solve/special.ts'
import type { OtherMethod } from '../tableaus/tableau.ts'
import type { Pass } from './model.ts'
import type { Middle, Surrounding } from './pull.ts'
import { copyRows, halves, paired } from './rows.ts'
import { run } from './run.ts'
import { type BlockModel, type Directions, TangentBlocks, unitOf } from './tangent-model.ts'

/** What was done with the states of some rows. `from`: rows [y | dy]. */
export type MiddleOf = (blocks: TangentBlocks, from: Pointer, rows: number) => Middle

/** A plain solve of the model's field from the first halves of rows [y | dy]; free it. */
export function plainSolve(
  model: BlockModel,
  plan: DeepPlan,
  from: Pointer,
  rows: number,
  more: Partial<Task> = {},
): Solve {
  const { dtype, field } = model
  const { dim } = field
  const arena = new Arena()
  try {
    const y0 = arena.zeros(dtype, rows * dim)
    copyRows(dtype, rows, dim, { at: from, stride: 2 * dim }, { at: y0, stride: dim })
    const { stepping, times } = plan
    // The smallest budget: times of steps are kept, and two states.
    const task = {
      dtype,
      field: fed(field, plan.input),
      dim,
      batch: rows,
      stepping,
      times,
      outputs: 'last',
      budget: 1,
    } as const
    const solve = new Solve({ ...task, keepStages: false, y0: read(dtype, y0, rows * dim), ...more })
    try {
      solve.run()
    } catch (error) {
      solve.free()
      throw error
    }
    return solve
  } finally {
    arena.free()
  }
}

/** The times between which a solve took its steps. */
export function stepTimes(solve: Solve): Float64Array {
  const { stepping, times } = solve.task
  if (stepping.kind !== abi.STEPS_ADAPTIVE) return gridOf(stepping, times)
  const count = getI32(solve.at + abi.SOLVE_ACCEPTED) + 1
  return read('f64', getPointer(solve.at + abi.SOLVE_TIMES), count) as Float64Array
}

/** The same plan on steps that are known beforehand. */
export function onSteps(plan: DeepPlan, times: Float64Array): DeepPlan {
  // Stops stay: where the field jumps its derivative is taken anew.
  const { maxNfe: _, ...stepping } = plan.stepping
  const grid = { times, moves: [] }
  return { ...plan, control: 'batch', stepping: { ...stepping, kind: abi.STEPS_MARKED, count: times.length - 1, grid } }
}

/** The plan of the tangents: steps that an adaptive solve chooses are those of the values alone. */
function planned(model: BlockModel, plan: DeepPlan, from: Pointer, rows: number): DeepPlan {
  const method = plan.stepping.tableau as OtherMethod
  method.allow?.(true, true)
  if (plan.stepping.kind !== abi.STEPS_ADAPTIVE) return { ...plan, control: 'batch' }
  const solve = plainSolve(model, plan, from, rows)
  try {
    return onSteps(plan, stepTimes(solve))
  } finally {
    solve.free()
  }
}

/** The model on [x | dx]: the values, and their derivative beside them. Holds memory until `free`. */
export class TangentPass {
  /** Outputs, and their derivative in the directions. */
  readonly y: Vector
  readonly dy: Vector
  /** Field evaluations, each of the field with its derivative. */
  readonly nfe: number
  readonly #model: BlockModel
  readonly #arena = new Arena()
  readonly #blocks: TangentBlocks
  readonly #passes: Pass[] = []
  readonly #rows: number
  /** Rows whose steps are common. */
  readonly #group: number
  /** Factor on the directions on the way through the model. */
  readonly #unit: number

  /** `middle`: does the model's part; default: as the model does it, and `gradient`: keeps what the transpose needs. */
  constructor(model: BlockModel, x: Numbers, directions: Directions, gradient: boolean, middle?: MiddleOf) {
    const { dtype, inputs, outputs } = model
    const plan = model.plan?.()
    this.#model = model
    this.#rows = x.length / inputs
    this.#group = plan?.control === 'sample' ? 1 : this.#rows
    const arena = this.#arena
    // What is not freed for want of memory is collected.
    arena.ownedBy(this)
    const unit = plan === undefined ? unitOf(directions) : 1
    const blocks = new TangentBlocks(model, directions.dparams, unit, arena)
    this.#unit = unit
    this.#blocks = blocks
    const { field, readIn, readOut, parameters } = blocks
    const own: MiddleOf = (_, from, rows) =>
      plan === undefined
        ? model.middle(from, rows, gradient, { field })
        : model.middle(from, rows, gradient, { field, plan: planned(model, this.#own(plan), from, rows) })
    const part = (from: Pointer, rows: number): Middle => (middle ?? own)(blocks, from, rows)
    const around: Surrounding = { dtype, field, readIn, readOut, parameters, outputs: 2 * outputs, middle: part }
    try {
      const from = paired(arena, dtype, inputs, x, directions.dx, unit)
      for (let row = 0; row < this.#rows; row += this.#group)
        this.#passes.push(run(around, from + row * this.#bytes(inputs), this.#group, gradient))
      const count = this.#times * this.#rows
      const all = arena.zeros(dtype, 2 * count * outputs)
      this.#deal(
        outputs,
        ({ outputs: at }) => at,
        (own, together, bytes) => copy(together, own, bytes),
        all,
      )
      const [y, dy] = halves(dtype, count, outputs, all, 1 / unit)
      this.y = y
      this.dy = dy
      this.nfe = this.#passes.reduce((sum, { nfe }) => sum + nfe, 0)
    } catch (error) {
      this.free()
      throw error
    }
  }

  /** The plan of the rows that come next: a row by itself has its own path of the input. */
  #own(plan: DeepPlan): DeepPlan {
    const { input } = plan
    return plan.control === 'sample' && input ? { ...plan, input: input.path(this.#passes.length) } : plan
  }

  /** Bytes of a row [a | b]. */
  #bytes(width: number): number {
    return 2 * width * sizeOf(this.#model.dtype)
  }

  /** Output times. */
  get #times(): number {
    const [pass] = this.#passes
    return pass === undefined ? 0 : pass.length / (2 * this.#model.outputs * this.#group)
  }

  /** Goes through the outputs: where pass i keeps those of a time, and where the batch at `all` has them. */
  #deal(
    width: number,
    own: (pass: Pass, i: number) => Pointer,
    each: (own: Pointer, all: Pointer, bytes: number) => void,
    all: Pointer,
  ): void {
    const bytes = this.#group * this.#bytes(width)
    const count = this.#passes.length
    for (const [i, pass] of this.#passes.entries())
      for (let j = 0; j < this.#times; j++) each(own(pass, i) + j * bytes, all + (j * count + i) * bytes, bytes)
  }

  /**
   * The transpose: from cotangents of y and dy those of x, and of the parameters (all blocks in order). What belongs to dx and to
   * the derivatives of the parameters is dropped: it is the gradient itself.
   */
  pull(gy: Numbers | undefined, gdy: Numbers): { dx: Vector; dparams: Vector; nfe: number } {
    const { dtype, inputs, outputs } = this.#model
    const arena = new Arena()
    try {
      const all = paired(arena, dtype, outputs, gy, gdy, 1 / this.#unit)
      const seeds = this.#passes.map(({ length }) => arena.zeros(dtype, length))
      this.#deal(
        outputs,
        (_, i) => seeds[i] as Pointer,
        (own, together, bytes) => copy(own, together, bytes),
        all,
      )
      const gx = arena.zeros(dtype, 2 * this.#rows * inputs)
      const gp = arena.zeros(dtype, this.#blocks.parameters.count)
      const group = this.#group * this.#bytes(inputs)
      const nfe = this.#passes.reduce((sum, pass, i) => sum + pass.pull(seeds[i] as Pointer, gx + i * group, gp).nfe, 0)
      const [dx] = halves(dtype, this.#rows, inputs, gx)
      return { dx, dparams: this.#ownParameters(arena, gp), nfe }
    } finally {
      arena.free()
    }
  }

  /** Of a cotangent of the tangent blocks' parameters, what belongs to the parameters themselves. */
  #ownParameters(arena: Arena, gp: Pointer): Vector {
    const { dtype, parameters } = this.#model
    const own = arena.zeros(dtype, parameters.count)
    for (const [i, { layers, parameterCount }] of parameters.blocks.entries()) {
      const length = parameterCount / layers
      const stride = (this.#blocks.parameters.blocks[i]?.parameterCount as number) / layers
      const from = { at: this.#blocks.parameters.place(i, gp), stride }
      copyRows(dtype, layers, length, from, { at: parameters.place(i, own), stride: length })
    }
    return read(dtype, own, parameters.count)
  }

  free(): void {
    for (const pass of this.#passes) pass.free()
    this.#blocks.free()
    this.#arena.free()
  }
}
