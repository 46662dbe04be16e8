import { STATUS_OK } from '../../assembly/abi.ts'
import { read, sizeOf, type Vector, withHostField } from '../core/boundary.ts'
import { checkNumbers, checkOneOf, checkStates, checkTimes, type Numbers, precisionOf } from '../core/check.ts'
import { SolveError } from '../core/errors.ts'
import { Field } from '../program/field.ts'
import type { Method } from '../tableaus/tableau.ts'
import { budgetOf, type Company, causeOf, sided, type WatchOptions } from './drive.ts'
import type { StateEvent } from './event.ts'
import type { EventSolution } from './event-solution.ts'
import { type FieldFunction, hostField, hostFieldPointer } from './host-field.ts'
import { checkStepping, type SolverOptions, type Stepping } from './options.ts'
import { type Ending, type Reached, Solution } from './solution.ts'
import { Solve, type Task } from './solve.ts'
import { withDerivatives, withEvents } from './special.ts'

/** Options of `odeint`. */
export interface OdeintOptions extends SolverOptions, WatchOptions {
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
 *   takes them as its grid, and so needs more than two
 * @throws RangeError or TypeError for unusable arguments, SolveError when the end cannot be reached
 *
 * ```ts
 * const sol = odeint((t, y, dy) => { dy[0] = -y[0] }, [1], [0, 1, 2], { solver: dopri5, rtol: 1e-6, atol: 1e-9 })
 * sol.ys[2]; sol.at(0.5); sol.stats.nfe
 * ```
 */
export function odeint(
  field: FieldFunction | Field,
  y0: Numbers,
  ts: Numbers,
  options: OdeintOptions & { readonly events: readonly StateEvent[] },
): EventSolution
export function odeint(field: FieldFunction | Field, y0: Numbers, ts: Numbers, options?: OdeintOptions): Solution
export function odeint(field: FieldFunction | Field, y0: Numbers, ts: Numbers, options: OdeintOptions = {}): Solution {
  const times = checkTimes('ts', ts)
  if (field instanceof Field) return solveField(field, y0, times, options)
  if (typeof field !== 'function')
    throw new TypeError(`field must be a function (t, y, dy) or a Field, got ${typeof field}`)
  checkNumbers('y0', y0)
  if (y0.length === 0) throw new RangeError('y0 must hold at least one number, got none')
  const dtype = precisionOf(y0)
  const dim = y0.length
  const stepping = checkStepping(options, times, dim, dtype)
  const { field: seen, stretch } = sided(field, stepping.stops, times)
  return withHostField(hostField(seen, dtype, dim), (id) =>
    withDerivatives(options, { dtype, dim, stretch }, (jac, dfdt) => {
      const pointer: Task['field'] = (arena) => hostFieldPointer(arena, id, dim, jac, dfdt)
      return solution({ dtype, dim, batch: 1, y0, times, field: pointer, stepping }, options, stretch)
    }),
  )
}

function solveField(field: Field, y0: Numbers, times: Float64Array, options: OdeintOptions): Solution {
  const { dim, dtype } = field
  const batch = checkStates('y0', y0, dim, dtype)
  const stepping = checkStepping(options, times, dim, dtype)
  return solution({ dtype, dim, batch, y0, times, field: () => field.ready(), stepping }, options)
}

type Setup = Pick<Task, 'dtype' | 'dim' | 'batch' | 'times' | 'field' | 'y0'> & {
  readonly stepping: Stepping<Method>
}

function solution(setup: Setup, options: OdeintOptions, stretch?: Company['stretch']): Solution {
  const { dense: keepStages = true, throwOnFailure = true, events } = options
  checkOneOf('throwOnFailure', throwOnFailure, [true, false])
  const company = { budget: budgetOf(options, setup.stepping.maxNfe), stretch }
  const task = { ...setup, keepStages, company }
  const { solution: reached, ending, failure } = withEvents(task, events) ?? solvePlain(task)
  if (failure === undefined) return reached
  ending.error = new SolveError(failure, reached, causeOf(options))
  if (throwOnFailure) throw ending.error
  return reached
}

/** What a solve has computed, to its end or until it failed. */
function solvePlain(task: Omit<Task, 'outputs' | 'budget'>): Reached {
  const { dtype, dim, batch, times, keepStages } = task
  const solve = new Solve({ ...task, outputs: 'all', budget: 0 })
  try {
    const status = solve.attempt()
    const n = batch * dim
    const { outputs, stats } = solve
    // An empty batch has its outputs without a step, and a solve that was aborted beforehand is still at its start.
    const count = batch === 0 ? times.length : Math.max(1, outputs)
    const ys: Vector[] = []
    for (let j = 0; j < count; j++)
      ys.push(outputs ? read(dtype, solve.outputPointer + j * n * sizeOf(dtype), n) : solve.y)
    const failure = status === STATUS_OK ? undefined : solve.failure(status)
    const ending: Ending = { t: failure?.t ?? (times[times.length - 1] as number) }
    const record = keepStages && batch > 0 ? solve.record : undefined
    return {
      solution: new Solution(count < times.length ? times.slice(0, count) : times, ys, stats, record, ending),
      ending,
      failure,
    }
  } finally {
    solve.free()
  }
}
