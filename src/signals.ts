/**
 * relode/signals: functions of time, given at knots, that a field reads as its input. Shares its core and its classes with `relode`.
 *
 * @module
 */

export { cubicSignal, linearSignal, type Signal, type SignalOptions } from './program/signal.ts'
