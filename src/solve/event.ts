import { checkInt, checkNumber, checkNumbers, shown } from '../core/check.ts'
import type { EventFunction, LinearForm } from './event-search.ts'
import type { EventSolution } from './event-solution.ts'
import { type Change, type CheckedEvent, type EventTask, solveEvents } from './event-solve.ts'
import type { Reached } from './solution.ts'

/** What is looked for, and what it does. */
export interface EventOptions {
  /** 1: only where g rises through 0 along the solve, -1: only where it falls. Default 0: both. */
  readonly direction?: -1 | 0 | 1
  /** The solve ends at the first of them. Default false. */
  readonly terminal?: boolean
  /** The solve ends at the `count`-th of them. Default: 1 where it is terminal, otherwise it never does. */
  readonly count?: number
  /**
   * Points of every step at which g is looked at, equally far apart, the last of them its end. Two zeros between two points are
   * not seen. Default 1: the ends of the steps.
   */
  readonly sampling?: number
  /**
   * What the event does to the state, `(t, y) => newY` or by writing into y: the solve goes on from there. Not called where the
   * event ends the solve.
   */
  readonly apply?: Change
}

/** An event for `odeint`, made by `event`. It brings the code that looks for it: a bundle without events has none. */
export interface StateEvent extends CheckedEvent {
  readonly solve: (task: EventTask) => Reached<EventSolution>
}

/**
 * An event: a zero of g along a solution, located on its dense output to 4 roundings of t. For `odeint`'s `events`.
 *
 * Seen is a change of sign between two points, or a zero at one. An event that is zero at the start counts only after it has left
 * zero, and what comes within 64 roundings of the start is taken for zero at the start: so a solve that begins where another was
 * ended by the event does not end at once.
 *
 * @param g `(t, y) => number`, or the linear form `{ a, b, c }`, <a, y> + b t + c, which the core evaluates. y is the whole state:
 *   of a batch, all rows
 * @throws RangeError or TypeError for unusable arguments
 *
 * ```ts
 * const ground = event((t, y) => y[0], { direction: -1, terminal: true })
 * const { events, t1, y1 } = odeint(fall, [10, 0], [0, 5], { events: [ground] })
 * ```
 */
export function event(g: EventFunction | LinearForm, options: EventOptions = {}): StateEvent {
  const { direction = 0, terminal = false, sampling = 1, apply } = options
  if (direction !== 0 && direction !== 1 && direction !== -1)
    throw new RangeError(`direction must be -1, 0 or 1, got ${shown(direction)}`)
  if (typeof terminal !== 'boolean') throw new TypeError(`terminal must be a boolean, got ${shown(terminal)}`)
  if (apply !== undefined && typeof apply !== 'function')
    throw new TypeError(`apply must be a function (t, y), got ${typeof apply}`)
  const count = options.count === undefined ? (terminal ? 1 : Infinity) : checkInt('count', options.count, 1, 2 ** 30)
  checkInt('sampling', sampling, 1, 2 ** 20)
  return { g: checkForm(g), direction, count, sampling, apply, solve: solveEvents }
}

function checkForm(g: EventFunction | LinearForm): EventFunction | LinearForm {
  if (typeof g === 'function') return g
  if (typeof g !== 'object' || g === null)
    throw new TypeError(`g must be a function (t, y) or a linear form { a, b, c }, got ${shown(g)}`)
  const { a, b = 0, c = 0 } = g
  checkNumbers('a', a)
  for (const [name, value] of Object.entries({ b, c })) checkNumber(name, value, 'a finite number', Number.isFinite)
  return { a: Float64Array.from(a), b, c }
}
