import * as abi from '../../assembly/abi.ts'
import { Arena } from '../core/arena.ts'
import {
  type Dtype,
  getF64,
  getI32,
  getPointer,
  guarded,
  type Pointer,
  read,
  setAllI32,
  setF64,
  setI32,
  sizeOf,
  type Vector,
  verbs,
  write,
} from '../core/boundary.ts'
import type { Numbers } from '../core/check.ts'
import { type Failure, SolveError, type Stats } from '../core/errors.ts'
import { compile, type Method, type OtherMethod } from '../tableaus/tableau.ts'
import { type Controller, standard } from './controller.ts'
import { type Company, Drive, endings } from './drive.ts'
import { keep } from './keeping.ts'
import { layOutKinks, rareStats, stageEnds } from './kinks.ts'
import { distinct, type Stepping } from './options.ts'
import type { StepRecord } from './solution.ts'
import { MAP, type Step, tableauPointer } from './tableau-memory.ts'

/** A solve to be done: what goes into the core. */
export interface Task {
  readonly dtype: Dtype
  /** The field in the core, for a batch; the arena is for what it needs during the solve. */
  readonly field: (arena: Arena, batch: number) => Pointer
  readonly dim: number
  readonly batch: number
  /** States at times[0], batch x dim: numbers, or where they are in the core (and stay until the solve is freed). */
  readonly y0: Numbers | Pointer
  readonly times: Float64Array
  /** Which of `times` are wanted as outputs: all, or the last alone. */
  readonly outputs: 'all' | 'last'
  readonly stepping: Stepping
  /** Bytes for checkpoints; 0 = no gradient is wanted. */
  readonly budget: number
  /** Keep the stages of every step, for dense output. */
  readonly keepStages: boolean
  /** Who has to be told where it is. Default: whoever counts its evaluations. */
  readonly company?: Company
}

/**
 * Errors from here to 1 lead to safety e^(-1/order) <= 1, and so to a factor of 1 where steps never shrink after such an error: the core
 * needs no power then. The margin is far above the rounding of one. Infinity: there are none.
 */
export function calm({ beta, eager, safety }: Controller, order: number): number {
  if (!eager || beta[0] !== 1 || beta[1] !== 0 || beta[2] !== 0) return Infinity
  let error = 1 + 1e-12
  for (let i = 0; i < order; i++) error *= safety
  return error
}

/** One solve in the core, with all that its gradient needs. Holds an arena until `free`. */
export class Solve {
  readonly task: Task
  readonly arena: Arena
  /** Where it is in the core (abi, SOLVE_*). */
  readonly at: Pointer
  /** The times at which there are outputs. */
  readonly outTimes: Float64Array
  /** What it steps with: the method, or where kinks are located one with dense output for that. */
  #tableau: Step = MAP

  /** Sets the solve up; `run` does it. */
  constructor(task: Task) {
    this.task = task
    const method = task.stepping.tableau as OtherMethod
    method.allow?.('sweep' in verbs(task.dtype), task.budget > 0)
    this.arena = new Arena()
    this.outTimes = task.outputs === 'all' ? task.times : task.times.subarray(task.times.length - 1)
    try {
      this.at = this.#layOut()
    } catch (error) {
      this.arena.free()
      throw error
    }
  }

  #layOut(): Pointer {
    const { arena, task } = this
    const { stepping, times, dtype } = task
    const n = task.batch * task.dim
    // One block for all that the core reads number by number: an allocation costs more than what a short solve computes in that time.
    const at = arena.bytes(abi.SOLVE_SIZE + 8 * (this.outTimes.length + 2 * task.dim))
    const rtol = at + abi.SOLVE_SIZE
    const atol = rtol + 8 * task.dim
    const outTimes = atol + 8 * task.dim
    write('f64', rtol, stepping.rtol)
    write('f64', atol, stepping.atol)
    write('f64', outTimes, this.outTimes)
    const order = stepping.tableau === MAP ? 1 : stepping.tableau.order
    const { controller = standard, dtMin, dtMax, h0, kind } = stepping
    const { beta, betaRejected, safety, factorMin, factorMax, eager } = controller
    const [t0, t1] = [times[0] as number, times[times.length - 1] as number]
    setF64(at + abi.SOLVE_T, t0)
    write('f64', at + abi.SOLVE_T0, [t0, t1, h0, dtMin, dtMax, safety, factorMin, factorMax])
    write('f64', at + abi.SOLVE_POWER, [beta[0] / order, beta[1] / order, beta[2] / order, betaRejected / order])
    setI32(at + abi.SOLVE_EAGER, eager ? 1 : 0)
    setF64(at + abi.SOLVE_CALM, calm(controller, order))
    const field = task.field(arena, task.batch)
    const { tableau, kinks } = layOutKinks(stepping, field, arena)
    this.#tableau = tableau
    setI32(at + abi.SOLVE_KINKS, kinks)
    setAllI32(at + abi.SOLVE_FIELD, [
      field,
      tableauPointer(tableau, dtype),
      arena.pointer,
      task.batch,
      typeof task.y0 === 'number' ? task.y0 : arena.copy(dtype, task.y0),
      outTimes,
      this.outTimes.length,
      arena.zeros(dtype, n * this.outTimes.length),
      rtol,
      atol,
      stepping.maxSteps,
      kind,
      stepping.count,
      kind >= abi.STEPS_GRID ? arena.copy('f64', stepping.grid?.times ?? distinct(times)) : 0,
      0,
      task.keepStages ? 1 : 0,
    ])
    keep(at, task, n * sizeOf(dtype))
    return at
  }

  /** Solves; throws SolveError when it cannot reach the end. */
  run(): void {
    const status = this.attempt()
    if (status !== abi.STATUS_OK) throw new SolveError(this.failure(status))
  }

  /** Solves; returns how it ended. */
  attempt(): number {
    // An empty batch is solved already; its error norm would be 0/0.
    return this.task.batch === 0 ? abi.STATUS_OK : this.drive().run()
  }

  /** A new run from the start. */
  protected drive(): Drive {
    const { at, task } = this
    return new Drive(at, () => guarded(() => verbs(task.dtype).solve(at)), task)
  }

  /** What a SolveError tells of a status. */
  failure(status: number): Failure {
    const component = getI32(this.at + abi.SOLVE_COMPONENT)
    return {
      status,
      t: this.t,
      t1: this.task.times[this.task.times.length - 1] as number,
      step: getF64(this.at + abi.SOLVE_H),
      row: Math.floor(component / this.task.dim),
      component: component < 0 ? -1 : component % this.task.dim,
      stats: this.stats,
      y: this.y,
      sentence: endings[status],
    }
  }

  /** Time reached. */
  get t(): number {
    return getF64(this.at + abi.SOLVE_T)
  }

  /** The state there, also before the first step. */
  get y(): Vector {
    const at = getPointer(this.at + abi.SOLVE_Y) || getPointer(this.at + abi.SOLVE_Y0)
    return read(this.task.dtype, at, this.task.batch * this.task.dim)
  }

  /** Outputs written. */
  get outputs(): number {
    return getI32(this.at + abi.SOLVE_OUT_DONE)
  }

  get stats(): Stats {
    const { rtolFloor } = this.task.stepping
    const accepted = getI32(this.at + abi.SOLVE_ACCEPTED)
    const rejected = getI32(this.at + abi.SOLVE_REJECTED)
    const stats = {
      nfe: getI32(this.at + abi.SOLVE_NFE),
      steps: accepted + rejected,
      accepted,
      rejected,
      dtMin: accepted ? getF64(this.at + abi.SOLVE_H_SMALLEST) : 0,
      dtMax: getF64(this.at + abi.SOLVE_H_LARGEST),
      ...rareStats(this.at),
    }
    return rtolFloor ? { ...stats, rtolFloor } : stats
  }

  /** Where the outputs are, one state after the other. */
  get outputPointer(): Pointer {
    return getPointer(this.at + abi.SOLVE_OUT)
  }

  /** Numbers in the outputs. */
  get outputLength(): number {
    return this.outTimes.length * this.task.batch * this.task.dim
  }

  /** The accepted steps, copied. Only with `keepStages`. */
  get record(): StepRecord {
    const { dtype, batch, dim, times } = this.task
    const tableau = this.#tableau as Method
    const [n, steps] = [batch * dim, getI32(this.at + abi.SOLVE_ACCEPTED)]
    const length = steps * n * (compile(tableau).denseStages + 1)
    const at = getPointer(this.at + abi.SOLVE_TIMES)
    return {
      dtype,
      tableau,
      n,
      times: steps === 0 ? times.slice(0, 1) : (read('f64', at, steps + 1) as Float64Array),
      stages: read(dtype, getPointer(this.at + abi.SOLVE_STAGES), length),
      ...stageEnds(this.at, steps),
    }
  }

  /** Gives the memory back. */
  free(): void {
    this.arena.free()
  }
}
