import { read, type Vector, withHostField } from '../core/boundary.ts'
import { checkNumbers, checkStates, checkTimes, type Numbers, precisionOf } from '../core/check.ts'
import { Field } from '../program/field.ts'
import { compile, type OtherMethod } from '../tableaus/tableau.ts'
import { type FieldFunction, hostField, hostFieldPointer } from './host-field.ts'
import { checkStepping, type SolverOptions } from './options.ts'
import { Solution } from './solution.ts'
import { Solve, type Task } from './solve.ts'

/** Options of `odeint`. */
export interface OdeintOptions extends SolverOptions {
  /**
   * Keep what `solution.at(t)` needs: the state and all stages of every step. Where dense output takes stages of its own (see
   * the table of solvers), every step then takes them. Default true.
   */
  readonly dense?: boolean
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
export function odeint(field: FieldFunction | Field, y0: Numbers, ts: Numbers, options: OdeintOptions = {}): Solution {
  const times = checkTimes('ts', ts)
  if (field instanceof Field) return solveField(field, y0, times, options)
  if (typeof field !== 'function')
    throw new TypeError(`field must be a function (t, y, dy) or a Field, got ${typeof field}`)
  checkNumbers('y0', y0)
  if (y0.length === 0) throw new RangeError('y0 must hold at least one number, got none')
  const dtype = precisionOf(y0)
  const dim = y0.length
  return withHostField(hostField(field, dtype, dim), (id) => {
    const run = (jac?: number, dfdt?: number): Solution =>
      solution({
        dtype,
        dim,
        batch: 1,
        y0,
        times,
        field: (arena) => hostFieldPointer(arena, id, dim, jac, dfdt),
        options,
      })
    const method = options.solver as OtherMethod | undefined
    if (!method?.withDerivatives) return run()
    // What a derivative does not write is 0: most entries are.
    const register: Parameters<OtherMethod['withDerivatives']>[2] = (f, length, call) =>
      withHostField(hostField(f as FieldFunction, dtype, dim, length, 0), call)
    return method.withDerivatives(options, dim, register, run)
  })
}

function solveField(field: Field, y0: Numbers, times: Float64Array, options: OdeintOptions): Solution {
  const batch = checkStates('y0', y0, field.dim, field.dtype)
  return solution({ dtype: field.dtype, dim: field.dim, batch, y0, times, field: () => field.ready(), options })
}

type Setup = Pick<Task, 'dtype' | 'dim' | 'batch' | 'times' | 'field' | 'y0'> & { readonly options: OdeintOptions }

function solution({ options, ...setup }: Setup): Solution {
  const { dtype, dim, batch, times } = setup
  const stepping = checkStepping(options, times, dim, dtype)
  const keepStages = options.dense ?? true
  const solve = new Solve({ ...setup, outputs: 'all', stepping, budget: 0, keepStages })
  try {
    solve.run()
    const n = batch * dim
    const all = read(dtype, solve.outputs, n * times.length)
    const ys = Array.from(times, (_, j): Vector => all.subarray(j * n, (j + 1) * n))
    const { stats, record } = solve
    if (!keepStages || batch === 0) return new Solution(times, ys, stats, undefined)
    const length = stats.accepted * n * (compile(stepping.tableau).denseStages + 1)
    return new Solution(times, ys, stats, {
      dtype,
      tableau: stepping.tableau,
      n,
      times: read('f64', record.times, stats.accepted + 1) as Float64Array,
      stages: read(dtype, record.stages, length),
    })
  } finally {
    solve.free()
  }
}
