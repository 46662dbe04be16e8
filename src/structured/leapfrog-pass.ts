import { STATUS_NON_FINITE_STATE } from '../../assembly/abi.ts'
import type { Cotangents, Parameters, Pass } from '../adjoint/model.ts'
import { Arena } from '../core/arena.ts'
import { copy, guarded, type Pointer, read, sizeOf, verbs } from '../core/boundary.ts'
import type { Numbers } from '../core/check.ts'
import { SolveError } from '../core/errors.ts'
import type { Field } from '../program/field.ts'
import { Back } from './leapfrog-back.ts'
import type { Node } from './leapfrog-grid.ts'

/** What a pass goes through. */
export interface LeapfrogTask {
  readonly field: Field
  readonly parameters: Parameters
  readonly times: Float64Array
  readonly nodes: readonly Node[]
  /** Outputs at all times, or at the last? */
  readonly all: boolean
  readonly rows: number
}

/**
 * A run of the leapfrog, and its transpose. q and v are blocks [rows, dim] of their own here: a kick is one sum, and so is a drift.
 * The force at the end of a step is that at the start of the next one.
 */
export class LeapfrogPass implements Pass {
  readonly outputs: Pointer
  readonly length: number
  readonly nfe: number
  readonly #task: LeapfrogTask
  readonly #arena = new Arena()
  readonly #bytes: number
  /** q where the force was taken: at the start and behind every step. */
  readonly #states: Pointer
  readonly #v: Pointer
  /** Behind how many steps each output was taken. */
  readonly #places: number[] = []

  constructor(task: LeapfrogTask, x: Numbers | Pointer, gradient: boolean) {
    this.#task = task
    const { field, nodes, rows, all, times } = task
    const { dtype, dim } = field
    this.#bytes = rows * dim * sizeOf(dtype)
    const arena = this.#arena
    try {
      const from = typeof x === 'number' ? x : arena.copy(dtype, x)
      this.#states = arena.bytes(this.#bytes * (gradient ? nodes.length + 1 : 1))
      this.#v = arena.bytes(this.#bytes)
      this.length = (all ? times.length : 1) * rows * 2 * dim
      this.outputs = arena.zeros(dtype, this.length)
      this.#split(from, this.#states, this.#v)
      this.nfe = this.#run(gradient)
    } catch (error) {
      arena.free()
      throw error
    }
  }

  /** [q | v] row by row into two blocks. */
  #split(from: Pointer, q: Pointer, v: Pointer): void {
    const { rows } = this.#task
    const row = this.#bytes / Math.max(1, rows)
    for (let i = 0; i < rows; i++) {
      copy(q + i * row, from + 2 * i * row, row)
      copy(v + i * row, from + (2 * i + 1) * row, row)
    }
  }

  /** And back. */
  #join(q: Pointer, v: Pointer, to: Pointer): void {
    const { rows } = this.#task
    const row = this.#bytes / Math.max(1, rows)
    for (let i = 0; i < rows; i++) {
      copy(to + 2 * i * row, q + i * row, row)
      copy(to + (2 * i + 1) * row, v + i * row, row)
    }
  }

  #run(gradient: boolean): number {
    const { field, nodes, rows, times } = this.#task
    const { dtype, dim } = field
    const { apply, axpy } = verbs(dtype)
    const [n, block, scratch] = [rows * dim, field.ready(), new Arena()]
    try {
      const a = scratch.zeros(dtype, n)
      const mark = scratch.mark()
      const accelerate = (t: number, at: Pointer): void => {
        guarded(() => apply(block, scratch.pointer, rows, t, at, a))
        scratch.release(mark)
      }
      let q = this.#states
      this.#write(q, 0)
      if (nodes.length > 0) accelerate(times[0] as number, q)
      for (const [k, { h, t, interval, output }] of nodes.entries()) {
        // Repeated times are intervals without a step: their outputs are the state as it is.
        while (this.#places.length <= interval) this.#write(q, k)
        axpy(n, h / 2, a, this.#v)
        if (gradient) {
          copy(q + this.#bytes, q, this.#bytes)
          q += this.#bytes
        }
        axpy(n, h, this.#v, q)
        accelerate(t, q)
        axpy(n, h / 2, a, this.#v)
        if (output) this.#write(q, k + 1)
      }
      while (this.#places.length < times.length) this.#write(q, nodes.length)
      return nodes.length === 0 ? 0 : nodes.length + 1
    } finally {
      scratch.free()
    }
  }

  /** Writes the next output, if it is wanted, from behind so many steps, and sees to it that it is finite. */
  #write(q: Pointer, steps: number): void {
    const { field, times, all, rows } = this.#task
    const j = this.#places.push(steps) - 1
    if (!all && j + 1 < times.length) return
    const to = this.outputs + (all ? 2 * j * this.#bytes : 0)
    this.#join(q, this.#v, to)
    const y = read(field.dtype, to, 2 * rows * field.dim)
    const at = y.findIndex((value) => !Number.isFinite(value))
    if (at < 0) return
    const [row, component] = [Math.floor(at / (2 * field.dim)), at % (2 * field.dim)]
    const [t, t1] = [times[Math.max(0, j - 1)] as number, times[times.length - 1] as number]
    const counts = { steps, accepted: steps, rejected: 0, nfe: steps + 1, njev: 0, nlu: 0, kinks: 0 }
    const stats = { ...counts, dtMin: 0, dtMax: 0, stiff: undefined }
    throw new SolveError({ status: STATUS_NON_FINITE_STATE, t, t1, row, component, y, stats, step: 0 })
  }

  pull(gy: Pointer, gx: Pointer, gp: Pointer): Omit<Cotangents, 'dx' | 'dparams'> {
    const { nodes, times, all } = this.#task
    const back = new Back(this.#task, this.#v, this.#bytes, gp)
    try {
      const receive = (steps: number): void => {
        const [j, bytes] = [times.length - 1, 2 * this.#bytes]
        if (!all) {
          if (steps === nodes.length) this.#receive(gy, back)
          return
        }
        for (let i = j; i >= 0; i--) if (this.#places[i] === steps) this.#receive(gy + i * bytes, back)
      }
      for (let k = nodes.length - 1; k >= 0; k--) {
        receive(k + 1)
        back.step(nodes[k] as Node, this.#states + (k + 1) * this.#bytes)
      }
      receive(0)
      if (nodes.length > 0) back.start(nodes[0] as Node, this.#states)
      this.#join(back.gq, back.gv, gx)
      return { dt: back.dt, nfe: nodes.length === 0 ? 0 : nodes.length + 1 }
    } finally {
      back.free()
    }
  }

  /** Adds the cotangent of an output to those of q and v. */
  #receive(gy: Pointer, back: Back): void {
    const { field, rows } = this.#task
    this.#split(gy, back.q, back.own)
    verbs(field.dtype).axpy(rows * field.dim, 1, back.q, back.gq)
    verbs(field.dtype).axpy(rows * field.dim, 1, back.own, back.gv)
  }

  free(): void {
    this.#arena.free()
  }

  ownedBy(owner: object): void {
    this.#arena.ownedBy(owner)
  }
}
