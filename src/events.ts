/**
 * relode/events: zeros of functions of a solution, for `odeint`, and models that run to them. Shares its core and its classes with
 * `relode`.
 *
 * @module
 */

export { EventODE, type EventODEOptions } from './models/event-ode.ts'
export { type EventOptions, event, type StateEvent } from './solve/event.ts'
export type { EventFunction, LinearForm } from './solve/event-search.ts'
export type { EventSolution, Occurrence } from './solve/event-solution.ts'
export type { Change } from './solve/event-solve.ts'
