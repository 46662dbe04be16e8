import { type Vector, withHostField } from '../core/boundary.ts'
import { checkNumbers, checkOneOf, checkStates, type Numbers, precisionOf } from '../core/check.ts'
import { SolveError } from '../core/errors.ts'
import { Field } from '../program/field.ts'
import type { Method } from '../tableaus/tableau.ts'
import { type Company, causeOf, checkSpan, companyOf, type SteadyOptions, sided, type WatchOptions } from './drive.ts'
import type { StateEvent } from './event.ts'
import type { EventSolution } from './event-solution.ts'
import { type FieldFunction, hostField, hostFieldPointer } from './host-field.ts'
import { checkStepping, type SolverOptions, type Stepping } from './options.ts'
import { reachedBy } from './reached.ts'
import type { Rows, SampleSolution } from './sample-solution.ts'
import type { Reached, Solution } from './solution.ts'
import { Solve, type Task } from './solve.ts'
import { besideField, bySample, fed, withDerivatives, withEvents } from './special.ts'

/** Options of `odeint`. */
export interface OdeintOptions extends SolverOptions, WatchOptions, SteadyOptions {
  /**
   * Keep what `solution.at(t)` needs: the state and all stages of every step. Where dense output takes stages of its own (see
   * the table of solvers), every step then takes them. Default true.
   */
  readonly dense?: boolean
  /** false: a solve that fails returns what it has reached, with `status` and `error`, instead of throwing. Default true. */
  readonly throwOnFailure?: boolean
  /** Zeros of functions of the solution to look for, made by `event`; at least one. */
  readonly events?: readonly StateEvent[]
  /**
   * For a Rosenbrock method such as `rodas4` and a JavaScript field: writes the Jacobian at (t, y) into J, row-major
   * (J[i * n + j] is the derivative of dy[i] by y[j]) and all 0 before, in the precision of the state. Default: differences, n
   * evaluations an accepted step. A network has its own, and no other method asks for it.
   */
  readonly jac?: (t: number, y: Vector, J: Vector) => void
  /** The same for the derivative of dy by t; all 0 is that of a field without time. Default: a difference, one evaluation. */
  readonly dfdt?: (t: number, y: Vector, dfdt: Vector) => void
}

/**
 * Solves dy/dt = f(t, y), y(ts[0]) = y0.
 *
 * @param field a function `(t, y, dy) => { dy[0] = ... }` (or one that returns dy), or a network field such as an MLP
 * @param y0 initial state; a Float32Array is solved in f32, anything else in f64. For a network: rows of its dim, in its precision
 * @param ts output times, monotonic in either direction, the first is the initial time. Outputs are interpolated: they do not
 *   change the steps, and an adaptive solver steps over the last one and interpolates back. A fixed method without `dt` or `steps`
 *   takes them as its grid, and so needs more than two. The last may be Infinity or -Infinity, which is no output, where adaptive
 *   steps lead there and `stopWhenSteady`, an event or a budget can end them
 * @throws RangeError or TypeError for unusable arguments, SolveError when the end cannot be reached
 *
 * ```ts
 * const sol = odeint((t, y, dy) => { dy[0] = -y[0] }, [1], [0, 1, 2], { solver: dopri5, rtol: 1e-6, atol: 1e-9 })
 * sol.ys[2]; sol.at(0.5); sol.stats.nfe
 * ```
 */
export function odeint(
  field: FieldFunction | Field,
  y0: Rows,
  ts: Rows,
  options: OdeintOptions & { readonly control: 'sample'; readonly events: readonly StateEvent[] },
): SampleSolution<EventSolution>
export function odeint(
  field: FieldFunction | Field,
  y0: Rows,
  ts: Rows,
  options: OdeintOptions & { readonly control: 'sample' },
): SampleSolution
export function odeint(
  field: FieldFunction | Field,
  y0: Numbers,
  ts: Numbers,
  options: OdeintOptions & { readonly events: readonly StateEvent[] },
): EventSolution
export function odeint(field: FieldFunction | Field, y0: Numbers, ts: Numbers, options?: OdeintOptions): Solution
export function odeint(field: FieldFunction | Field, y0: Rows, ts: Rows, options: OdeintOptions = {}): Solution {
  const reached = bySample(field, y0, ts, options, attempt) ?? attempt(field, y0 as Numbers, ts as Numbers, options)
  return settled(reached, options)
}

/** The solution; where the solve failed what it has reached, if that is to be returned. */
function settled({ solution, ending, failure }: Reached, options: OdeintOptions): Solution {
  const { throwOnFailure = true } = options
  if (failure === undefined) return solution
  ending.error = new SolveError(failure, solution, causeOf(options))
  if (throwOnFailure) throw ending.error
  return solution
}

/** Solves from one state, or from a batch with common steps. */
function attempt(field: FieldFunction | Field, y0: Numbers, ts: Numbers, options: OdeintOptions): Reached {
  const times = checkSpan('ts', ts, options, y0)
  if (field instanceof Field) return solveField(field, y0, times, options)
  if (typeof field !== 'function')
    throw new TypeError(`field must be a function (t, y, dy) or a Field, got ${typeof field}`)
  checkNumbers('y0', y0)
  if (y0.length === 0) throw new RangeError('y0 must hold at least one number, got none')
  const dtype = precisionOf(y0)
  const dim = y0.length
  const stepping = checkStepping(options, times, dim, dtype)
  const { field: seen, stretch } = sided(field, stepping.stops, times)
  return (
    besideField(field, y0, times, stepping, options, stretch) ??
    withHostField(hostField(seen, dtype, dim), (id) =>
      withDerivatives(options, { dtype, dim, stretch }, (jac, dfdt) => {
        const pointer: Task['field'] = (arena) => hostFieldPointer(arena, id, dim, jac, dfdt)
        return reach({ dtype, dim, batch: 1, y0, times, field: pointer, stepping }, options, stretch)
      }),
    )
  )
}

function solveField(field: Field, y0: Numbers, times: Float64Array, options: OdeintOptions): Reached {
  const { dim, dtype } = field
  const batch = checkStates('y0', y0, dim, dtype)
  const stepping = checkStepping(options, times, dim, dtype, field)
  return reach({ dtype, dim, batch, y0, times, field: fed(field, options.input), stepping }, options)
}

type Setup = Pick<Task, 'dtype' | 'dim' | 'batch' | 'times' | 'field' | 'y0'> & {
  readonly stepping: Stepping<Method>
}

function reach(setup: Setup, options: OdeintOptions, stretch?: Company['stretch']): Reached {
  const { dense: keepStages = true, throwOnFailure = true, events } = options
  checkOneOf('throwOnFailure', throwOnFailure, [true, false])
  const company = companyOf(options, setup.stepping, stretch)
  const task = { ...setup, keepStages, company, outputs: 'all' as const, budget: 0 }
  const withThem = withEvents(task, events)
  if (withThem !== undefined) return withThem
  const solve = new Solve(task)
  try {
    return reachedBy(solve, solve.attempt())
  } finally {
    solve.free()
  }
}
