/** How an adaptive solve chooses its next step from the errors of the last ones: data, for the core to follow. */

import { checkNumber, shown } from '../core/check.ts'

/** What bounds the factor from one step to the next. */
export interface FactorLimits {
  /** Factor on what the formula says, in (0, 1]. Default 0.9. */
  readonly safety?: number
  /** Smallest factor, in (0, 1). Default 0.2. */
  readonly factorMin?: number
  /** Largest factor, > 1. Default 10. */
  readonly factorMax?: number
}

/**
 * A step-size controller. With e, e' and e'' the errors of this step and of the two accepted ones before it, in units of the
 * tolerance, and k the order of the method, the next step is this one times
 *
 *     safety * e^(-beta[0] / k) * e'^(-beta[1] / k) * e''^(-beta[2] / k)
 *
 * within `factorMin` and `factorMax` (Soederlind, ACM TOMS 29 (2003) 1-26); after a rejected step only e counts, with
 * `betaRejected`. Errors remembered are at least 1e-4, and that to begin with (Hairer's). Made by `elementary`, `pi` or `pid`.
 */
export interface Controller extends Required<FactorLimits> {
  readonly beta: readonly [number, number, number]
  readonly betaRejected: number
  /**
   * true: an accepted step never makes the next one shorter, and after a rejected one it may grow at once, as in torchdiffeq.
   * false: it may become shorter, and not longer right after a rejection, as in Hairer's codes.
   */
  readonly eager: boolean
}

const limited = (
  beta: Controller['beta'],
  eager: boolean,
  { safety = 0.9, factorMin = 0.2, factorMax = 10 }: FactorLimits,
): Controller => checkController({ beta, betaRejected: 1, eager, safety, factorMin, factorMax })

/** The default: this step's error alone decides, and an accepted step never makes the next one shorter (torchdiffeq's). */
export function elementary(limits: FactorLimits = {}): Controller {
  return limited([1, 0, 0], true, limits)
}

/**
 * Proportional-integral control. Steps vary more smoothly and fewer are rejected, most of all where stability limits the step.
 * Defaults: Gustafsson's 0.7 and -0.4 (ACM TOMS 17 (1991) 533-554); H211PI is `pi(1 / 6, 1 / 6)`.
 */
export function pi(beta1 = 0.7, beta2 = -0.4, limits: FactorLimits = {}): Controller {
  return limited([beta1, beta2, 0], false, limits)
}

/**
 * The same with a third coefficient, on the error two steps back. Defaults: Soederlind's H312PID, 1/18, 1/9 and 1/18, which
 * filters the error and reacts slowly.
 */
export function pid(
  beta1: number = 1 / 18,
  beta2: number = 1 / 9,
  beta3: number = 1 / 18,
  limits: FactorLimits = {},
): Controller {
  return limited([beta1, beta2, beta3], false, limits)
}

/** The controller of Hairer's DOPRI5: its beta is 0.04 at order 5, which is 0.2 / k, and its exponent 0.2 - 0.75 beta. */
export const hairerPI: Controller = {
  beta: [0.85, -0.2, 0],
  betaRejected: 0.85,
  eager: false,
  safety: 0.9,
  factorMin: 0.2,
  factorMax: 10,
}

/** The controller of Hairer's DOP853: without memory, factors 0.333 to 6. */
export const hairer853: Controller = {
  beta: [1, 0, 0],
  betaRejected: 1,
  eager: false,
  safety: 0.9,
  factorMin: 0.333,
  factorMax: 6,
}

/** What steps follow where nothing was asked for: `elementary()`, which would be checked anew in every solve. */
export const standard: Controller = /* @__PURE__ */ elementary()

/** Throws RangeError or TypeError naming what is wrong with a controller. */
export function checkController(value: Controller): Controller {
  if (typeof value !== 'object' || value === null)
    throw new TypeError(`controller must be made by elementary(), pi() or pid(), got ${shown(value)}`)
  const { beta, betaRejected, eager, safety, factorMin, factorMax } = value
  if (!Array.isArray(beta) || beta.length !== 3)
    throw new RangeError(`controller: beta must hold 3 numbers, got ${shown(beta)}`)
  for (const [i, number] of beta.entries()) check(`beta[${i}]`, number, 'a finite number', Number.isFinite)
  check('betaRejected', betaRejected, '> 0 and finite', (v) => v > 0 && v < Infinity)
  check('safety', safety, 'in (0, 1]', (v) => v > 0 && v <= 1)
  check('factorMin', factorMin, 'in (0, 1)', (v) => v > 0 && v < 1)
  check('factorMax', factorMax, '> 1 and finite', (v) => v > 1 && v < Infinity)
  if (typeof eager !== 'boolean') throw new TypeError(`controller: eager must be a boolean, got ${shown(eager)}`)
  return value
}

function check(name: string, value: unknown, wanted: string, fits: (value: number) => boolean): void {
  checkNumber(`controller: ${name}`, value, wanted, fits)
}
