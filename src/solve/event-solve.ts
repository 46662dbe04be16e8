import * as abi from '../../assembly/abi.ts'
import { Arena } from '../core/arena.ts'
import { read, type Vector } from '../core/boundary.ts'
import { checkNumbers, type Numbers, shown } from '../core/check.ts'
import type { Failure, Stats } from '../core/errors.ts'
import type { Method } from '../tableaus/tableau.ts'
import { Search, type SearchedStep, type Watched } from './event-search.ts'
import { EventSolution, type Occurrence } from './event-solution.ts'
import { gridOf } from './grid.ts'
import type { Stepping } from './options.ts'
import { type Ending, type Reached, Solution } from './solution.ts'
import type { Task } from './solve.ts'
import { SteppedSolve } from './stepped-solve.ts'

/** What an event does to the state: returns the new one, or writes it into y. */
// biome-ignore lint/suspicious/noConfusingVoidType: a change that writes y returns nothing
export type Change = (t: number, y: Vector) => void | Numbers

/** An event, checked. */
export interface CheckedEvent extends Watched {
  /** The solve ends when it has happened so often; Infinity: never. */
  readonly count: number
  readonly apply: Change | undefined
}

/** A solve with events to be done. */
export interface EventTask extends Omit<Task, 'outputs' | 'budget' | 'stepping'> {
  readonly stepping: Stepping<Method>
  readonly events: readonly CheckedEvent[]
}

/** Where a piece begins. */
type Start = Pick<Task, 'times' | 'y0' | 'stepping'>

/** Where a piece was ended by an event. */
interface Stop {
  readonly t: number
  readonly y: Vector
  /** What is to be applied, with the index of the event; nothing where the solve is over. */
  readonly changes: readonly (readonly [number, Change])[]
}

/** A solve with events on its way: pieces, from one event that changes the state to the next. */
class EventSolve {
  readonly #task: EventTask
  readonly #search: Search
  readonly #counts: number[]
  readonly #times: number[] = []
  readonly #ys: Vector[] = []
  readonly #pieces: Solution[] = []
  readonly #events: Occurrence[] = []
  #terminatedBy = -1
  #stats: Stats | undefined
  /** How uncertain the time is that the piece began at. */
  #slack = 0
  #stop: Stop | undefined
  #failure: Failure | undefined
  /** Where the solve came to rest. */
  #rest: Pick<Ending, 't' | 'y'> | undefined

  constructor(task: EventTask, arena: Arena) {
    this.#task = task
    this.#search = new Search(arena, task.dtype, task.batch * task.dim, task.events)
    this.#counts = task.events.map(() => 0)
  }

  run(): Reached<EventSolution> {
    const { times, y0, stepping, batch } = this.#task
    for (let start: Start | undefined = { times, y0, stepping }; start !== undefined; start = this.#next())
      this.#piece(start)
    const failure = this.#failure
    const { t: t1, y: y1 } = this.#end ?? { t: times[times.length - 1] as number, y: this.#ys.at(-1) as Vector }
    const ending: Ending = { status: this.#rest === undefined ? 'ok' : 'steady', t: t1, y: y1 }
    const solution = new EventSolution({
      ts: Float64Array.from(this.#times),
      ys: this.#ys,
      stats: this.#stats as Stats,
      pieces: this.#task.keepStages && batch > 0 ? this.#pieces : undefined,
      events: this.#events,
      terminatedBy: this.#terminatedBy,
      t1,
      y1,
      ending,
    })
    return { solution, ending, failure }
  }

  /** Where the last piece ended before its last time. */
  get #end(): Pick<Ending, 't' | 'y'> | undefined {
    return this.#stop ?? this.#failure ?? this.#rest
  }

  /** Solves up to the next event that ends the solve or changes the state, or to the end. */
  #piece(start: Start): void {
    const { events, ...task } = this.#task
    const solve = new SteppedSolve({ ...task, ...start, outputs: 'all', budget: 0, keepStages: true }, this.#stats)
    try {
      if (solve.layered && events.some(({ apply }) => apply !== undefined))
        throw new RangeError(
          'apply must be left out where the field has parameters for every step: it would count them anew',
        )
      // Only an event that stops must be seen before the next step is taken.
      const stops = events.some(({ count, apply }) => count < Infinity || apply !== undefined)
      const t1 = start.times[start.times.length - 1] as number
      this.#stop = undefined
      for (let i = 0; this.#stop === undefined && solve.advance(stops ? 1 : 2 ** 30); ) {
        for (; i < solve.accepted && this.#stop === undefined; i++) this.#look(solve.step(i, t1), i === 0)
      }
      this.#stats = solve.total
      if (this.#stop === undefined) {
        this.#failure = solve.failed
        if (solve.steady) this.#rest = { t: solve.t, y: solve.y }
      }
      this.#collect(solve, start.times)
    } finally {
      solve.free()
    }
  }

  /** Searches a step and notes what happened, up to an event that stops. */
  #look(step: SearchedStep, first: boolean): void {
    const { events, dtype, batch, dim, times } = this.#task
    if (first) this.#search.begin(step, times[times.length - 1] as number, this.#slack)
    const changes: [number, Change][] = []
    let stop: Occurrence | undefined
    for (const { index, t } of this.#search.look(step)) {
      // What cannot be told from the stop in time goes with it: the search begins anew behind it.
      if (stop !== undefined && Math.abs(t - stop.t) > this.#search.slack(step)) break
      const time = stop?.t ?? t
      const y = read(dtype, this.#search.at(step, time), batch * dim)
      const happened = { event: index, t: time, y }
      this.#events.push(happened)
      const { count, apply } = events[index] as CheckedEvent
      const over = ++(this.#counts[index] as number) === count
      if (over && this.#terminatedBy < 0) this.#terminatedBy = index
      if (apply !== undefined) changes.push([index, apply])
      if (over || apply !== undefined) stop ??= happened
    }
    if (stop === undefined) return
    this.#slack = this.#search.slack(step)
    this.#stop = { t: stop.t, y: stop.y, changes: this.#terminatedBy < 0 ? changes : [] }
  }

  /** Takes over the outputs of a piece, and its steps. */
  #collect(solve: SteppedSolve, times: Float64Array): void {
    const { dtype, batch, dim, keepStages } = this.#task
    const n = batch * dim
    const end = this.#end
    const count = end === undefined ? times.length : Math.max(1, times.length - after(times, end.t).length)
    // A solve that was aborted beforehand is still at its start.
    const all = solve.outputs === 0 ? solve.y : read(dtype, solve.outputPointer, count * n)
    // A later piece begins with the state after a change; the output there, if any, was the one before it.
    for (let j = this.#times.length === 0 ? 0 : 1; j < count; j++) {
      this.#times.push(times[j] as number)
      this.#ys.push(all.subarray(j * n, (j + 1) * n))
    }
    if (!keepStages || batch === 0) return
    const { t, y } = end ?? { t: times[times.length - 1] as number, y: all.subarray(all.length - n) }
    const ts = Float64Array.of(times[0] as number, t)
    this.#pieces.push(new Solution(ts, [all.subarray(0, n), y], solve.stats, solve.record, { status: 'ok', t, y }))
  }

  /** What is to be solved after the last piece, if anything. */
  #next(): Start | undefined {
    if (this.#stop === undefined || this.#terminatedBy >= 0) return undefined
    const { t, changes } = this.#stop
    const { times, stepping } = this.#task
    const rest = after(times, t)
    if (rest.length === 0) return undefined
    let y: Vector = this.#stop.y.slice()
    for (const [index, apply] of changes) y = changed(`events[${index}].apply`, apply, t, y)
    return {
      times: Float64Array.of(t, ...rest),
      y0: y,
      stepping: restOf(stepping, this.#task.times, t, (this.#stats as Stats).steps),
    }
  }
}

function changed(name: string, apply: Change, t: number, y: Vector): Vector {
  const n = y.length
  const result = apply(t, y) ?? y
  checkNumbers(name, result)
  if (result.length !== n) throw new TypeError(`${name} returned ${result.length} values, expected ${n}`)
  return result === y ? y : y instanceof Float32Array ? Float32Array.from(result) : Float64Array.from(result)
}

/** The times behind t in the direction of the solve. */
function after(times: Float64Array, t: number): Float64Array {
  const forward = (times[times.length - 1] as number) >= (times[0] as number)
  return times.filter((time) => (forward ? time > t : time < t))
}

/** The steps that are left at t: fixed ones go on to the next time of their grid. */
function restOf(stepping: Stepping<Method>, times: Float64Array, t: number, taken: number): Stepping<Method> {
  const { stops } = stepping
  const forward = (times[times.length - 1] as number) >= (times[0] as number)
  const left = stops?.times.filter((stop) => (forward ? stop > t : stop < t))
  const rest = { ...stepping, ...(stops && left && { stops: { ...stops, times: left } }) }
  if (stepping.kind === abi.STEPS_ADAPTIVE) return { ...rest, maxSteps: stepping.maxSteps - taken }
  const grid = Float64Array.of(t, ...after(gridOf(stepping, times), t))
  return { ...rest, kind: abi.STEPS_GRID, count: grid.length - 1, grid: { times: grid, moves: [] } }
}

/** Solves a problem with events: the steps are those of a solve without, and `events` are looked for in each of them. */
export function solveEvents(task: EventTask): Reached<EventSolution> {
  for (const [i, event] of task.events.entries()) {
    if (event?.sampling === undefined) throw new TypeError(`events[${i}] must be made by event(), got ${shown(event)}`)
  }
  const arena = new Arena()
  try {
    return new EventSolve(task, arena).run()
  } finally {
    arena.free()
  }
}
