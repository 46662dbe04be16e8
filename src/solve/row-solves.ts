import { STATUS_OK } from '../../assembly/abi.ts'
import { Arena } from '../core/arena.ts'
import { copy, getI32, type Pointer, sizeOf } from '../core/boundary.ts'
import { SolveError } from '../core/errors.ts'
import type { Field } from '../program/field.ts'
import type { Signal } from '../program/signal.ts'
import { attemptAll } from './attempt-all.ts'
import { fed } from './input.ts'
import { Solve, type Task } from './solve.ts'
import type { Sweep, Swept } from './sweep.ts'

/** A task for states that lie in the core. */
type CoreTask = Task & { readonly y0: Pointer }

/** The field, and what it reads. `order`: which path of the input each row follows, i32 in the core; row i path i without. */
interface Source {
  readonly field: Field
  readonly input?: Signal | undefined
  readonly order?: Pointer | undefined
}

/** The solves of a batch whose rows have their own steps, seen as one. Checkpoints share the budget. Holds memory until `free`. */
class RowSolves {
  readonly #task: Task
  readonly #source: Source
  readonly #solves: Solve[] = []
  readonly #sweeps: readonly Sweep[]
  readonly #arena: Arena
  readonly #outputs: Pointer

  /** A task for rows that lie in the core. */
  constructor(task: CoreTask, sweeper: (solve: Solve) => Sweep, source: Source) {
    const { batch, y0, budget } = task
    const { field, input, order } = source
    this.#source = source
    this.#task = task
    this.#arena = new Arena()
    try {
      const item = { ...task, batch: 1, budget: budget && Math.max(1, budget / batch) }
      input?.checkRows(order === undefined ? batch : input.rows)
      for (let i = 0; i < batch; i++) {
        const path = input?.path(order === undefined ? i : getI32(order + 4 * i))
        this.#solves.push(new Solve({ ...item, y0: y0 + i * this.#rowBytes, field: fed(field, path) }))
      }
      this.#outputs = this.#arena.zeros(task.dtype, this.rows * task.dim)
      this.#sweeps = this.#solves.map(sweeper)
    } catch (error) {
      this.free()
      throw error
    }
  }

  get #rowBytes(): number {
    return this.#task.dim * sizeOf(this.#task.dtype)
  }

  get #times(): number {
    return this.#task.outputs === 'all' ? this.#task.times.length : 1
  }

  /** Solves; throws the SolveError of the first row that cannot reach its end. */
  run(): void {
    const ends = attemptAll(this.#solves)
    const row = ends.findIndex((end) => end !== STATUS_OK)
    if (row >= 0) throw new SolveError({ ...(this.#solves[row] as Solve).failure(ends[row] as number), row })
    this.#deal(
      (i, j) => this.#solveOutput(i, j),
      (from, to) => copy(to, from, this.#rowBytes),
      this.#outputs,
    )
  }

  #solveOutput(i: number, j: number): Pointer {
    return (this.#solves[i] as Solve).outputPointer + j * this.#rowBytes
  }

  /** Goes through the rows of all outputs: `own` is where row i keeps output j, the batch at `all` keeps them by output. */
  #deal(own: (i: number, j: number) => Pointer, each: (own: Pointer, all: Pointer) => void, all: Pointer): void {
    const rows = this.#solves.length
    for (let i = 0; i < rows; i++)
      for (let j = 0; j < this.#times; j++) each(own(i, j), all + (j * rows + i) * this.#rowBytes)
  }

  /** The reverse sweeps of all rows; cotangents of the times are summed. As `Sweep`. */
  sweep(gy: Pointer, gy0: Pointer, gp: Pointer): Swept & { readonly dinput?: Float64Array } {
    const arena = new Arena()
    try {
      const bytes = this.#rowBytes
      const own = this.#solves.map(() => arena.bytes(this.#times * bytes))
      this.#deal(
        (i, j) => (own[i] as Pointer) + j * bytes,
        (to, from) => copy(to, from, bytes),
        gy,
      )
      const swept = this.#sweeps.map((sweep, i) => sweep(own[i] as Pointer, gy0 + i * bytes, gp))
      const sum = (value: (one: Swept) => number): number => swept.reduce((total, one) => total + value(one), 0)
      const trusted = swept.every((one) => one.trusted ?? true)
      return {
        dt: this.#task.times.map((_, j) => sum(({ dt }) => dt[j] as number)),
        nfe: sum(({ nfe }) => nfe),
        recomputed: sum(({ recomputed }) => recomputed),
        ...this.#inputOf(swept),
        ...(swept[0]?.reconstruction !== undefined && {
          reconstruction: Math.max(...swept.map((one) => one.reconstruction as number)),
          trusted,
        }),
      }
    } finally {
      arena.free()
    }
  }

  /** The cotangent of the input's values: of the path that each row has followed. */
  #inputOf(swept: readonly Swept[]): { readonly dinput?: Float64Array } {
    const { input, order } = this.#source
    if (input === undefined || swept[0]?.coefficients === undefined) return {}
    const size = input.knots.length * input.width
    const dinput = new Float64Array(input.rows * size)
    for (const [i, { coefficients }] of swept.entries()) {
      const row = order === undefined ? i : getI32(order + 4 * i)
      const from = input.rows === 1 ? 0 : row * size
      for (const [j, g] of input
        .path(row)
        .pullBack(coefficients as Float64Array)
        .entries())
        dinput[from + j] = (dinput[from + j] as number) + g
    }
    return { dinput }
  }

  /** Field evaluations of all rows. */
  get nfe(): number {
    return this.#solves.reduce((total, { stats }) => total + stats.nfe, 0)
  }

  /** Where the outputs are: the batch at one time after the other. */
  get outputs(): Pointer {
    return this.#outputs
  }

  /** States in the outputs. */
  get rows(): number {
    return this.#times * this.#task.batch
  }

  /** Gives the memory back; or lets the collection of `owner` do so. */
  free(): void {
    for (const solve of this.#solves) solve.free()
    this.#arena.free()
  }

  ownedBy(owner: object): void {
    for (const { arena } of this.#solves) arena.ownedBy(owner)
    this.#arena.ownedBy(owner)
  }
}

/** Solves the rows of a batch by themselves, to their ends. */
export function solveRows(task: CoreTask, sweeper: (solve: Solve) => Sweep, source: Source): RowSolves {
  const rows = new RowSolves(task, sweeper, source)
  try {
    rows.run()
    return rows
  } catch (error) {
    rows.free()
    throw error
  }
}
