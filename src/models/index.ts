/**
 * Further models of relode, on its core: they import it and share it.
 * @module
 */

export { EventODE, type EventODEOptions } from './event-ode.ts'
