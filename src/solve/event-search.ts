import type { Arena } from '../core/arena.ts'
import { type Dtype, type Pointer, readInto, sizeOf, type Vector, vector, verbs } from '../core/boundary.ts'
import { type Numbers, shown } from '../core/check.ts'
import { crossing } from './crossing.ts'

/** A number that says where an event is: at its zeros. y is reused between calls: copy what you keep. */
export type EventFunction = (t: number, y: Vector) => number

/** The linear form <a, y> + b t + c, evaluated in the core. `a`: one number per component, rounded to the state's precision. */
export interface LinearForm {
  readonly a: Numbers
  /** Default 0. */
  readonly b?: number
  /** Default 0. */
  readonly c?: number
}

/** What is looked for: the zeros of `g` at which it changes in `direction`, seen at `sampling` points of every step. */
export interface Watched {
  readonly g: EventFunction | LinearForm
  readonly direction: -1 | 0 | 1
  readonly sampling: number
}

/** An accepted step: it is searched from `t` to `until`, which is its end or, before that, the end of the solve. */
export interface SearchedStep {
  readonly t: number
  readonly until: number
  readonly end: number
  /** Where its stages end. */
  readonly span: number
  readonly tableau: Pointer
  /** Its record: y and all stages. */
  readonly record: Pointer
  /** The state at its end. */
  readonly yEnd: Pointer
}

/** Event `index` was found at `t`. */
export interface Found {
  readonly index: number
  readonly t: number
}

interface Watch extends Watched {
  readonly value: (t: number, y: Pointer) => number
  /** The last sample: its time and what g was there; NaN: not looked at yet. */
  t: number
  v: number
}

/** Rounding errors that a time or a state may be made of, and still be what it was meant to be. */
const SLACK = 64

/** The search for events in the steps of a solve, one step after the other. */
export class Search {
  readonly #dtype: Dtype
  readonly #n: number
  readonly #watches: readonly Watch[]
  readonly #state: Pointer

  /** States of `n` numbers. What the search needs in the core is in `arena`. */
  constructor(arena: Arena, dtype: Dtype, n: number, events: readonly Watched[]) {
    this.#dtype = dtype
    this.#n = n
    this.#watches = events.map((event, i) => ({
      ...event,
      value: inCore(arena, `events[${i}]`, event.g, dtype, n),
      t: 0,
      v: Number.NaN,
    }))
    this.#state = arena.zeros(dtype, n)
  }

  /** The state at a time of the step, by its dense output. */
  at(step: SearchedStep, t: number): Pointer {
    if (t === step.end) return step.yEnd
    const [dtype, n, h] = [this.#dtype, this.#n, step.span - step.t]
    const stages = step.record + n * sizeOf(dtype)
    verbs(dtype).interpolate(step.tableau, n, step.record, stages, h, (t - step.t) / h, this.#state, false)
    return this.#state
  }

  /** Times of the step so near to each other that rounding may have made the difference, in steps no longer than `span`. */
  slack(step: SearchedStep, span: number = Math.abs(step.end - step.t)): number {
    const state = this.#dtype === 'f32' ? 2 ** -23 : Number.EPSILON
    return SLACK * Math.max(Number.EPSILON * Math.abs(step.t), state * span)
  }

  /**
   * Begins with the first step of a piece, a little behind its start: where that is an event that was located, g is not 0 but
   * anything that rounding makes of it, and so is known only then. `least`: how uncertain the start is, if that is known; a
   * solve that another went before had steps that were no longer than its t0, if t0 is their sum.
   */
  begin(step: SearchedStep, t1: number, least: number): void {
    const h = Math.abs(step.end - step.t)
    const span = Math.max(h, Math.min(Math.abs(step.t), Math.abs(t1 - step.t)))
    const slack = Math.max(this.slack(step, span), least)
    for (const watch of this.#watches) {
      watch.t = step.end >= step.t ? step.t + slack : step.t - slack
      watch.v = Number.NaN
    }
  }

  /** The events of a step in order of time, those of one time in order of their index. */
  look(step: SearchedStep): Found[] {
    const found: Found[] = []
    for (const [index, watch] of this.#watches.entries()) {
      const value = (t: number): number => watch.value(t, this.at(step, t))
      for (let j = 1; j <= watch.sampling; j++) {
        const t = j === watch.sampling ? step.until : step.t + (step.until - step.t) * (j / watch.sampling)
        if (step.until >= step.t ? t <= watch.t : t >= watch.t) continue
        const before = Number.isNaN(watch.v) ? value(watch.t) : watch.v
        const after = value(t)
        const sign = Math.sign(before)
        // From 0 nothing is counted: that zero was counted when it was reached, or is the start.
        if (sign !== 0 && sign !== Math.sign(after) && watch.direction !== sign)
          found.push({ index, t: crossing(value, watch.t, before, t, after) })
        watch.t = t
        watch.v = after
      }
    }
    const direction = Math.sign(step.until - step.t)
    return found.sort((p, q) => direction * (p.t - q.t) || p.index - q.index)
  }
}

/** g as a function of a time and a state in the core. */
function inCore(
  arena: Arena,
  name: string,
  g: EventFunction | LinearForm,
  dtype: Dtype,
  n: number,
): (t: number, y: Pointer) => number {
  if (typeof g !== 'function') {
    const { a, b = 0, c = 0 } = g
    if (a.length !== n) throw new RangeError(`${name}.a must hold ${n} numbers, one per component, got ${a.length}`)
    const at = arena.copy(dtype, a)
    return (t, y) => checked(name, t, verbs(dtype).dot(n, at, y) + b * t + c)
  }
  const copy = vector(dtype, n)
  return (t, y) => {
    readInto(dtype, y, copy)
    const value = g(t, copy)
    if (copy.length !== n) throw new TypeError(`${name} detached y: it may read it, not transfer it`)
    return checked(name, t, value)
  }
}

function checked(name: string, t: number, value: number): number {
  if (typeof value !== 'number' || Number.isNaN(value))
    throw new RangeError(`${name} must be a number everywhere along the solution, got ${shown(value)} at t = ${t}`)
  return value
}
