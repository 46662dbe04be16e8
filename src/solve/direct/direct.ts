/** Methods whose solves of a few components run beside the field, in JavaScript. */

import * as abi from '../../../assembly/abi.ts'
import { checkOneOf, type Numbers, shown } from '../../core/check.ts'
import type { Failure } from '../../core/errors.ts'
import { compile, type Method, type Tableau } from '../../tableaus/tableau.ts'
import type { FieldFunction } from '../host-field.ts'
import type { Stepping } from '../options.ts'
import { type Reached, Solution } from '../solution.ts'
import type { Beside, BesideOptions } from '../special.ts'
import { Adaptive } from './adaptive.ts'
import { type Kept, keep } from './kept.ts'
import { Outputs } from './outputs.ts'

/** Components up to which the core's vectors do not make up for the calls between it and the field: of steps as they are written out, and of others. */
const WRITTEN = 32
const FEW = 16

const made: WeakMap<Method, Tableau> = new WeakMap()

/**
 * The method, with adaptive solves of a few components by a JavaScript field that are taken in JavaScript as well, without the calls
 * from the core to the field and back: of 32 at the most by bosh3, dopri5, tsit5, vern7 and dopri8, and of 16 by others. The results
 * are those of the method itself, bit for bit; whatever else it is given to (networks, f32, fixed steps, events, stops, who watches a
 * solve), the core does as always.
 *
 * @param method an explicit method with an error estimate, such as dopri5. Not one by `rosenbrock`
 */
export function direct(method: Tableau): Tableau {
  const known = made.get(method)
  if (known !== undefined) return known
  const given: unknown = method
  if (typeof given !== 'object' || given === null || 'compile' in given)
    throw new TypeError(
      `method must be an explicit method such as dopri5, got ${(given as Method)?.name ?? shown(given)}`,
    )
  const kept = keep(compile(method))
  const free: (Adaptive | undefined)[] = []
  if (!kept.method.adaptive)
    throw new RangeError(`method must have an error estimate, got ${method.name}: its fixed steps are the core's`)
  const beside: Tableau & Beside = { ...method, beside: (...solved) => solve(kept, free, ...solved) }
  made.set(method, beside)
  return beside
}

/** The solve in JavaScript; undefined where it is for the core. */
function solve(
  kept: Kept,
  free: (Adaptive | undefined)[],
  field: FieldFunction,
  y0: Numbers,
  times: Float64Array,
  stepping: Stepping<Method>,
  { dense = true, throwOnFailure = true, events, maxMs, signal, onStep }: BesideOptions,
  stretch: unknown,
): Reached | undefined {
  const { kind, stops, rest, kinks, maxNfe } = stepping
  const n = y0.length
  if (n > (kept.written.length > 0 ? WRITTEN : FEW) || y0 instanceof Float32Array || kind !== abi.STEPS_ADAPTIVE)
    return undefined
  const rare = stretch ?? events ?? stops ?? rest ?? kinks ?? maxNfe ?? maxMs ?? signal ?? onStep
  if (rare !== undefined) return undefined
  if (throwOnFailure !== true) checkOneOf('throwOnFailure', throwOnFailure, [true, false])
  // A sum here may be -0 where the core has 0; only a state of -0, which no other becomes, could show it.
  for (let i = 0; i < n; i++) if (Object.is(y0[i], -0)) return undefined
  // Solves nest: what one has taken is not free before its end.
  const solved = free[n] ?? new Adaptive(kept, n)
  free[n] = undefined
  solved.begin(field, y0, times, stepping)
  const outputs = new Outputs(solved.steps, times, dense)
  const reached = reachedBy(solved, solved.run(stepping, outputs), outputs, times, stepping)
  // Where the field threw, its arrays are not what they were: the next solve has new ones.
  solved.steps.end()
  free[n] = solved
  return reached
}

function reachedBy(
  solved: Adaptive,
  status: number,
  { ys, record }: Outputs,
  times: Float64Array,
  stepping: Stepping<Method>,
): Reached {
  const { t, h, component, steps } = solved
  const { tableau } = stepping
  const stats = solved.stats(stepping)
  const t1 = times[times.length - 1] as number
  const whole = status === abi.STATUS_OK
  const y = whole ? (ys[ys.length - 1] as Float64Array) : steps.y.slice()
  const ending = { status: 'ok', t: whole ? t1 : t, y } as const
  const row = Math.min(component, 0)
  const failure: Failure | undefined = whole ? undefined : { status, t, t1, step: h, row, component, stats, y }
  const ts = ys.length < times.length ? times.slice(0, ys.length) : times
  const kept = record && { dtype: 'f64' as const, tableau, n: steps.n, ...record }
  return { solution: new Solution(ts, ys, stats, kept, ending), ending, failure }
}
