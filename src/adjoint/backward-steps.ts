import * as abi from '../../assembly/abi.ts'
import { checkOneOf } from '../core/check.ts'
import { checkStepping, distinct, type SolverOptions, type Stepping } from '../solve/options.ts'
import type { Task } from '../solve/solve.ts'
import { MAP } from '../solve/tableau-memory.ts'
import { compile, type Method } from '../tableaus/tableau.ts'

/** How the adjoint equation is solved. What is not given is as on the way forth. */
export interface BacksolveOptions
  extends Pick<
    SolverOptions,
    'solver' | 'rtol' | 'atol' | 'dt' | 'steps' | 'controller' | 'dt0' | 'dtMin' | 'dtMax' | 'maxSteps'
  > {
  /**
   * What the error norm of adaptive steps sees: the states and their cotangents ('state', default), or the parameter cotangent as
   * well ('all'), which may then shorten the steps.
   */
  readonly norm?: 'state' | 'all'
}

/** How a solve is gone through backwards. */
export interface BackwardSteps {
  /** The larger ones of both ways: what a state that is computed backwards may be off by. */
  readonly tolerances: { readonly rtol: Float64Array; readonly atol: Float64Array }
  /** The times of a part of the way, from an output to the one before: both, and those of a grid between. */
  between(from: number, to: number): Float64Array
  /** The steps over such times, which end on the last one. */
  over(times: Float64Array): Stepping<Method>
}

/** Options that say how to step: where one is given, the fixed steps of the way forth are not taken over. */
const CHOICES = ['solver', 'rtol', 'atol', 'dt', 'steps', 'dt0'] as const

/** Checks what can be checked before there is a solve: from a model file anything may come. */
export function checkBacksolve({ norm, ...options }: BacksolveOptions): void {
  checkOneOf('norm', norm ?? 'state', ['state', 'all'])
  const each = [options.rtol, options.atol].find((tolerance) => typeof tolerance === 'object')
  // Three times: a method without an error estimate may take those of the way forth as its steps.
  checkStepping(options, Float64Array.of(0, 1, 2), each?.length ?? 1, 'f64')
}

/** Steps like those of the task but for the options; throws where these are wrong, or there is no way back. */
export function backwardSteps(task: Task, { norm, ...options }: BacksolveOptions): BackwardSteps {
  const { times, dim, dtype, stepping } = task
  if (stepping.tableau === MAP) throw new RangeError('backsolve() needs an ODE, a composition is none')
  const span = Math.abs((times[times.length - 1] as number) - (times[0] as number))
  const own = CHOICES.some((name) => options[name] !== undefined)
  const all: SolverOptions = { ...common(stepping), ...(own ? {} : fixed(stepping, span)), ...options }
  const { name, rosenbrock } = compile(all.solver as Method)
  if (rosenbrock) throw new RangeError(`backsolve() needs an explicit solver, got ${name}: give it one, such as dopri5`)
  const { rtol, atol, kind } = checkStepping(all, times, dim, dtype)
  const { steps, ...rest } = all
  const part = steps === undefined || span === 0 ? rest : { ...rest, dt: span / steps }
  const grid = kind === abi.STEPS_GRID ? [...(own ? distinct(times) : (stepping.grid?.times ?? distinct(times)))] : []
  const stops = [...(stepping.stops?.times ?? [])]
  // Where an input jumps it jumps on the way back as well.
  const jumps = { discontinuities: stepping.stops?.jumps ?? [] }
  return {
    tolerances: {
      rtol: rtol.map((tolerance, i) => Math.max(tolerance, stepping.rtol[i] ?? 0)),
      atol: atol.map((tolerance, i) => Math.max(tolerance, stepping.atol[i] ?? 0)),
    },
    between: (from, to) => Float64Array.of(from, ...grid.filter((t) => (t - from) * (t - to) < 0).reverse(), to),
    over: (way) => {
      // Adaptive steps must be made to end where the way does. A grid of two times is one step.
      const ends =
        kind === abi.STEPS_ADAPTIVE ? { tStops: [...stops, way[way.length - 1] as number] } : { tStops: stops }
      const single = kind === abi.STEPS_GRID && way.length === 2 ? { steps: 1 } : {}
      return checkStepping({ ...part, ...single, ...ends, ...jumps }, way, dim, dtype)
    },
  }
}

/** What any way of stepping takes over. */
function common({ tableau, rtol, atol, controller, dtMin, dtMax, maxSteps, maxNfe }: Task['stepping']): SolverOptions {
  return {
    solver: tableau as Method,
    ...(rtol.length > 0 && { rtol, atol }),
    ...(controller && { controller }),
    ...(maxNfe !== undefined && { maxNfe }),
    ...{ dtMin, dtMax, maxSteps },
  }
}

/** The lengths of fixed steps, or the first adaptive one. */
function fixed({ kind, count, h0, stops }: Task['stepping'], span: number): SolverOptions {
  const length = Math.abs(h0)
  if (kind === abi.STEPS_ADAPTIVE) return length > 0 ? { dt0: length } : {}
  if (kind === abi.STEPS_GRID || span === 0) return {}
  return { dt: length || span / Math.max(1, count - (stops?.times.length ?? 0)) }
}
