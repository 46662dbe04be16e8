import * as abi from '../../assembly/abi.ts'
import { copy, getPointer, type Pointer, setF64, setI32 } from '../core/boundary.ts'
import { checkWithin } from '../core/check.ts'
import { checkStepping } from '../solve/options.ts'
import type { Solve } from '../solve/solve.ts'
import { type Sweep, sweeper } from '../solve/sweep.ts'
import { MAP, tableauPointer } from '../solve/tableau-memory.ts'
import { compile, type Method } from '../tableaus/tableau.ts'
import type { Adjoint } from './adjoint.ts'
import { distance, relativeDistance } from './reconstruction.ts'

/**
 * How rounding errors may grow on the way back: exp(rate) over fixed steps, (1 + n / power)^power over n adaptive ones. A field that
 * contracts like exp(-LT) takes as much.
 */
const GROWTH = { f32: { power: 2, rate: 5 }, f64: { power: 3, rate: 10 } } as const

/** How a solve is made reversible. */
export interface ReversibleOptions {
  /**
   * What a step leaves of the difference between the two solutions, lambda of the paper, from 0.5 to 1. On the way back rounding
   * errors grow by 1 / lambda a step. Default: n / (n + 10) for n fixed steps, by which they grow to e^10 at most, and for adaptive
   * ones 1 - 1 / (2 + i / 3) at step i, by which they grow to (1 + n / 3)^3 at most. In f32 n / (n + 5), and 2 instead of 3.
   */
  readonly lambda?: number
}

/** The reconstruction, in units of the tolerance, beyond which a gradient is not trusted: what should be rounding is not. */
const BOUND = 1
/** The same for the distance of the two solutions at the end: fixed steps, which nobody controls, are too long then. */
const APART = 0.1

/**
 * The solve by an algebraically reversible form of its method (McCallum, Foster 2024, arXiv:2410.11648), and the exact transpose of
 * its steps, the states computed backwards: nothing is stored but the times of adaptive steps. Any explicit Runge-Kutta method;
 * the order is the method's, the cost of a step about twice. The outputs are those of the reversible form, also without a gradient.
 *
 * The pullback tells how well y0 was met again (`reconstruction`), and whether that is rounding and the two solutions of the form are
 * one to a tenth (`trusted`).
 */
export function reversible(options: ReversibleOptions = {}): Adjoint {
  const { lambda } = options
  if (lambda !== undefined) checkWithin('lambda', lambda, 0.5, 1)
  return {
    kind: 'reversible',
    ...(lambda !== undefined && { lambda }),
    sweeper: (solve, gradient) => {
      const twin = makeReversible(solve, lambda, gradient)
      return reported(solve, twin, sweeper(solve))
    },
  }
}

/** Gives the solve a tableau with a twin. Returns the twin. */
function makeReversible({ arena, at, task }: Solve, lambda: number | undefined, gradient: boolean): Pointer {
  const { dtype, batch, dim, stepping } = task
  if (stepping.tableau === MAP) throw new RangeError('reversible() needs the steps of a method, a composition has none')
  if (stepping.kinks !== undefined)
    throw new RangeError(
      `reversible() does not locate kinks, got kinks '${stepping.kinks}': leave it out, or take checkpoint()`,
    )
  const { name, rosenbrock, b, stages } = compile(stepping.tableau)
  if (rosenbrock) throw new RangeError(`reversible() needs an explicit Runge-Kutta method such as dopri5, got ${name}`)
  const weighted = stages - [...b].reverse().findIndex((weight) => weight !== 0)
  const twin = arena.bytes(abi.TWIN_SIZE)
  const k = arena.bytes(4 * stages)
  for (let i = 0; i < weighted; i++) setI32(k + 4 * i, arena.zeros(dtype, batch * dim))
  setI32(twin + abi.TWIN_Y, arena.zeros(dtype, batch * dim))
  setI32(twin + abi.TWIN_NEXT, arena.zeros(dtype, batch * dim))
  setI32(twin + abi.TWIN_K, k)
  setI32(twin + abi.TWIN_STAGES, weighted)
  const { count, kind } = stepping
  const { power, rate } = GROWTH[dtype]
  const fading = lambda === undefined && kind === abi.STEPS_ADAPTIVE
  setF64(twin + abi.TWIN_SHARE, fading ? 2 : 1 / (1 - (lambda ?? count / (count + rate))))
  setF64(twin + abi.TWIN_FADE, fading ? 1 / power : 0)
  const own = arena.bytes(abi.TABLEAU_SIZE)
  copy(own, tableauPointer(stepping.tableau, dtype), abi.TABLEAU_SIZE)
  setI32(own + abi.TABLEAU_END, -1)
  setI32(own + abi.TABLEAU_WATCH, 0)
  setI32(own + abi.TABLEAU_TWIN, twin)
  setI32(at + abi.SOLVE_TABLEAU, own)
  // One slot, for y0: with it the core keeps the times of adaptive steps.
  setI32(at + abi.SOLVE_SLOTS, gradient ? 1 : 0)
  return twin
}

/** The sweep, with how well both solutions came back to y0, and whether they were one on the way forth. */
function reported(solve: Solve, twin: Pointer, sweep: Sweep): Sweep {
  const { at, task } = solve
  const { dtype, batch, dim, times, stepping } = task
  const chosen = stepping.rtol.length > 0
  const { rtol, atol } = chosen
    ? stepping
    : checkStepping({ solver: stepping.tableau as Method, steps: 1 }, times, dim, dtype)
  const measured = { dtype, rows: batch, rtol, atol }
  const twins = (): [Pointer, Pointer] => [getPointer(twin + abi.TWIN_Y), getPointer(at + abi.SOLVE_Y)]
  let apart: number | undefined
  return (gy, gy0, gp) => {
    if (batch === 0) return { ...sweep(gy, gy0, gp), reconstruction: 0, trusted: true }
    // The first sweep finds both as the solve has left them.
    apart ??= relativeDistance(dtype, batch * dim, ...twins())
    const swept = sweep(gy, gy0, gp)
    const y0 = getPointer(at + abi.SOLVE_Y0)
    const reconstruction = Math.max(...twins().map((state) => distance(measured, state, y0)))
    return { ...swept, reconstruction, trusted: reconstruction <= BOUND && apart <= APART }
  }
}
