/** What only some solves need: derivatives of the field, for a method that asks for them, events, and signals. */

import { type Dtype, withHostField } from '../core/boundary.ts'
import type { Numbers } from '../core/check.ts'
import type { Method, OtherMethod } from '../tableaus/tableau.ts'
import type { Company, WatchOptions } from './drive.ts'
import type { StateEvent } from './event.ts'
import type { EventTask } from './event-solve.ts'
import { type FieldFunction, hostField } from './host-field.ts'
import type { Stepping } from './options.ts'
import type { Reached } from './solution.ts'

export { fed, fedBack } from './input.ts'

/** Runs with the ids of the derivatives that the user gave, where the method asks for them. */
export function withDerivatives<R>(
  options: { readonly solver?: unknown },
  { dtype, dim, stretch }: { readonly dtype: Dtype; readonly dim: number; readonly stretch: Company['stretch'] },
  run: (jac?: number, dfdt?: number) => R,
): R {
  const method = options.solver as OtherMethod | undefined
  if (!method?.withDerivatives) return run()
  // What a derivative does not write is 0: most entries are. It sees the time as the field does.
  const register: Parameters<OtherMethod['withDerivatives']>[2] = (f, length, call) => {
    const derivative = f as FieldFunction
    return withHostField(hostField(stretch?.seen(derivative) ?? derivative, dtype, dim, length, 0), call)
  }
  return method.withDerivatives(options, dim, register, run)
}

export { bySample } from './sample.ts'

/** Solves with events; undefined where there are none. */
export function withEvents(
  task: Omit<EventTask, 'events'>,
  events: readonly StateEvent[] | undefined,
): Reached | undefined {
  if (events === undefined) return undefined
  const first = events?.[0]
  if (!first?.solve) throw new TypeError('events must be made by event()')
  return first.solve({ ...task, events })
}

/** What of the options matters to a method that takes solves itself. */
export interface BesideOptions extends WatchOptions {
  readonly dense?: boolean
  readonly throwOnFailure?: boolean
  readonly events?: readonly StateEvent[]
}

/**
 * A method that takes some solves by a JavaScript field from one state itself, beside the field, and gives what the core would;
 * undefined: that is for the core. `stretch`: where the field jumps.
 */
export interface Beside {
  beside?(
    field: FieldFunction,
    y0: Numbers,
    times: Float64Array,
    stepping: Stepping<Method>,
    options: BesideOptions,
    stretch: Company['stretch'],
  ): Reached | undefined
}

/** The solve, where the method takes it itself. */
export const besideField: NonNullable<Beside['beside']> = (field, y0, times, stepping, ...rest) =>
  (stepping.tableau as Beside).beside?.(field, y0, times, stepping, ...rest)
