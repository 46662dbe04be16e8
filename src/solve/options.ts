import * as abi from '../../assembly/abi.ts'
import { checkInt, checkNonNegative, checkPositive, type Numbers, shown } from '../core/check.ts'
import type { Block } from '../program/block.ts'
import { dopri5 } from '../tableaus/dopri5.ts'
import { compile, type Method } from '../tableaus/tableau.ts'
import { type Controller, checkController, standard } from './controller.ts'
import { type Grid, type Kinks, route, type StopOptions, type Stops, type Tolerances } from './drive.ts'
import type { InputOptions } from './input.ts'
import type { Step } from './tableau-memory.ts'
import { tolerance } from './tolerance.ts'

/** How a solver steps. */
export interface SolverOptions extends StopOptions, InputOptions {
  /** Method. Default dopri5; for stiff fields `rodas4` from relode/methods. */
  readonly solver?: Method
  /** Relative tolerance, one number or one per component. Default 1e-3 for f32 states, 1e-6 for f64. */
  readonly rtol?: number | Numbers
  /** Absolute tolerance, one number or one per component. Default 1e-6 for f32 states, 1e-9 for f64. */
  readonly atol?: number | Numbers
  /** Fixed steps of this length; the last one ends at the last time. Not together with `steps`. */
  readonly dt?: number
  /** This many equal fixed steps over the whole span. */
  readonly steps?: number
  /** How adaptive steps follow the error: `elementary()` (default), `pi()`, `pid()`, `hairerPI`, or one of your own. */
  readonly controller?: Controller
  /**
   * What steps are common to: 'batch', all rows (default), or 'sample': every row has steps of its own, and the bits that it has
   * alone.
   */
  readonly control?: 'batch' | 'sample'
  /**
   * What becomes of the kinks of a piecewise linear network (`relu`, `leaky_relu`). 'locate': adaptive steps of an explicit method end
   * at them, so that it keeps its order; 'auto': where that pays; 'ignore': steps know nothing of them. Default 'ignore'.
   */
  readonly kinks?: Kinks
  /** First adaptive step. Default: Hairer's estimate. */
  readonly dt0?: number
  /** Bounds of the adaptive step. Defaults 0 and Infinity. At dtMin a step is accepted whatever its error. */
  readonly dtMin?: number
  readonly dtMax?: number
  /** Steps tried, accepted or not, before the solve gives up. Default 16384. */
  readonly maxSteps?: number
  /** Field evaluations after which no further step begins. Default Infinity. */
  readonly maxNfe?: number
}

/** The same, checked, as the core takes it. */
export interface Stepping<S extends Step = Step> {
  readonly tableau: S
  readonly kind: number
  readonly count: number
  readonly h0: number
  /** Of adaptive steps; fixed ones have none. */
  readonly controller?: Controller
  readonly dtMin: number
  readonly dtMax: number
  readonly maxSteps: number
  readonly maxNfe?: number
  readonly rtol: Float64Array
  readonly atol: Float64Array
  /** The least rtol, where one was below it. */
  readonly rtolFloor?: number
  /** Of fixed steps: their times, where the pattern alone does not give them. */
  readonly grid?: Grid
  readonly stops?: Stops
  /** Where the solve is to end at rest: the tolerances of that. */
  readonly rest?: Tolerances
  /** 'locate' or 'auto'; only where kinks can be located. */
  readonly kinks?: Kinks
}

const DEFAULTS = { f32: { rtol: 1e-3, atol: 1e-6 }, f64: { rtol: 1e-6, atol: 1e-9 } } as const

/** The least rtol that is used: below it the estimate is rounding. */
const RTOL_FLOOR = 4 * Number.EPSILON

function tolerances(
  options: SolverOptions,
  dim: number,
  dtype: 'f32' | 'f64',
): { rtol: Float64Array; atol: Float64Array; rtolFloor: number } {
  const rtol = tolerance('rtol', options.rtol ?? DEFAULTS[dtype].rtol, dim)
  const atol = tolerance('atol', options.atol ?? DEFAULTS[dtype].atol, dim)
  let rtolFloor = 0
  for (let i = 0; i < dim; i++) {
    if (rtol[i] === 0 && atol[i] === 0)
      throw new RangeError(`atol[${i}] must be > 0 where rtol is 0: no error would be small enough`)
    if ((rtol[i] as number) < RTOL_FLOOR) rtol[i] = rtolFloor = RTOL_FLOOR
    // atol = 0 with a component at 0 asks for no error at all; the smallest scale keeps the norm finite.
    atol[i] = Math.max(atol[i] as number, 1e-300)
  }
  return { rtol, atol, rtolFloor }
}

/** Checks the options for a solve at these times, of a network `field` or a function; throws RangeError naming the one at fault. */
export function checkStepping(
  options: SolverOptions,
  times: Float64Array,
  dim: number,
  dtype: 'f32' | 'f64',
  field?: Block,
): Stepping<Method> {
  const pattern = chosen(options, times, dim, dtype)
  if (pattern.kind === abi.STEPS_ADAPTIVE && field?.perStep)
    throw new RangeError('steps or dt must be given where the field has parameters for every step: layers, and no span')
  return route(options, times, pattern, field)
}

/** The same without stops. */
function chosen(options: SolverOptions, times: Float64Array, dim: number, dtype: 'f32' | 'f64'): Stepping<Method> {
  const tableau = options.solver ?? dopri5
  if (typeof tableau !== 'object')
    throw new TypeError(`solver must be a tableau such as dopri5 (import it), got ${shown(tableau)}`)
  const { adaptive, name } = compile(tableau)
  const { rtol, atol, rtolFloor } = tolerances(options, dim, dtype)
  const maxSteps = checkInt('maxSteps', options.maxSteps ?? 16384, 1, 2 ** 30)
  const dtMin = checkNonNegative('dtMin', options.dtMin ?? 0)
  const dtMax =
    options.dtMax === undefined || options.dtMax === Infinity ? Infinity : checkPositive('dtMax', options.dtMax)
  if (dtMin > dtMax) throw new RangeError(`dtMin must be <= dtMax, got ${dtMin} > ${dtMax}`)
  const controller = options.controller === undefined ? standard : checkController(options.controller)
  const common = { tableau, dtMin, dtMax, maxSteps, rtol, atol, controller }
  const span = (times[times.length - 1] as number) - (times[0] as number)
  if (options.dt !== undefined && options.steps !== undefined)
    throw new RangeError('dt and steps exclude each other: give one of them')
  if (options.steps !== undefined) {
    const count = checkInt('steps', options.steps, 1, 2 ** 30)
    return { ...common, kind: abi.STEPS_UNIFORM, count: span === 0 ? 0 : count, h0: 0 }
  }
  if (options.dt !== undefined) {
    const dt = checkPositive('dt', options.dt)
    // A span that is a whole number of steps but for rounding is that number of steps.
    const count = span === 0 ? 0 : Math.max(1, Math.ceil((Math.abs(span) / dt) * (1 - 1e-12)))
    checkInt('number of steps |t1 - t0| / dt', count, 0, 2 ** 30)
    return { ...common, kind: abi.STEPS_LENGTH, count, h0: span < 0 ? -dt : dt }
  }
  if (!adaptive) {
    if (times.length < 2) return { ...common, kind: abi.STEPS_UNIFORM, count: 0, h0: 0 }
    if (times.length === 2)
      throw new RangeError(`${name} has no error estimate: give dt or steps, or use an adaptive solver such as dopri5`)
    return { ...common, kind: abi.STEPS_GRID, count: distinct(times).length - 1, h0: 0 }
  }
  const h0 = options.dt0 === undefined ? 0 : checkPositive('dt0', options.dt0)
  return { ...common, kind: abi.STEPS_ADAPTIVE, count: 0, h0, rtolFloor }
}

/** The times without repeats: the grid of a fixed method that was given nothing else. */
export function distinct(times: Float64Array): Float64Array {
  return times.filter((t, i) => i === 0 || t !== times[i - 1])
}
