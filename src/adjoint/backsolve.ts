import * as abi from '../../assembly/abi.ts'
import { Arena } from '../core/arena.ts'
import { copy, getI32, getPointer, guarded, type Pointer, sizeOf, verbs } from '../core/boundary.ts'
import { perStep } from '../program/layout.ts'
import type { Solve } from '../solve/solve.ts'
import type { Sweep, Swept } from '../solve/sweep.ts'
import type { Adjoint } from './adjoint.ts'
import { type AdjointEquation, type Parts, solveBack } from './backward-solve.ts'
import { type BacksolveOptions, type BackwardSteps, backwardSteps, checkBacksolve } from './backward-steps.ts'
import { distance } from './reconstruction.ts'

/** The reconstruction, in units of the tolerance, beyond which a gradient is not trusted. */
const BOUND = 100

/**
 * The adjoint equation of Chen et al. 2018 (appendices B and C), solved backwards in time from output to output together with the
 * states themselves: memory that does not depend on the steps. The parameter cotangent is a quadrature along the way, outside the
 * error norm unless `norm` says otherwise. At every output time the states are set to those of the way forth.
 *
 * The gradient is that of the equation, not of the steps that were taken: as exact as both solves are, and wrong where the states
 * cannot be had backwards because the field contracts. The pullback tells how far they were off, in the error norm
 * (`reconstruction`), and whether that is at most 100 tolerances (`trusted`).
 *
 * @throws SolveError from the pullback where the equation cannot be solved
 */
export function backsolve(options: BacksolveOptions = {}): Adjoint & BacksolveOptions {
  const given: BacksolveOptions = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined))
  checkBacksolve(given)
  return { ...given, kind: 'backsolve', sweeper: (solve) => sweeper(solve, given) }
}

/** The backward passes over a solve. */
function sweeper(solve: Solve, options: BacksolveOptions): Sweep {
  const field = getPointer(solve.at + abi.SOLVE_FIELD)
  const layers = getI32(field + abi.FIELD_LAYERS)
  if (perStep(field))
    throw new RangeError(`backsolve() needs a field of one layer, or of layers over a span, got ${layers}, one a step`)
  const steps = backwardSteps(solve.task, options)
  const { dtype, batch: rows, dim, times } = solve.task
  return (gy, gy0, gp) => {
    if (rows === 0) return { dt: times.map(() => 0), nfe: 0, recomputed: 0, reconstruction: 0, trusted: true }
    const parameters = gp === 0 ? 0 : layers * getI32(field + abi.FIELD_LAYER_PARAMS)
    const equation = { dtype, field, rows, dim, parameters, whole: options.norm === 'all' }
    const arena = new Arena()
    try {
      const n = rows * dim
      const parts = { y: arena.zeros(dtype, n), a: arena.zeros(dtype, n), q: arena.zeros(dtype, parameters) }
      const swept = back(solve, equation, steps, parts, gy)
      copy(gy0, parts.a, n * sizeOf(dtype))
      if (parameters > 0) verbs(dtype).axpy(parameters, 1, parts.q, gp)
      return swept
    } finally {
      arena.free()
    }
  }
}

/** From the last output to the first time; torchdiffeq's loop (adjoint.py, 0.2.5), with d/dt0 from a(t0) instead of an integral. */
function back(solve: Solve, equation: AdjointEquation, steps: BackwardSteps, parts: Parts, gy: Pointer): Swept {
  const { task, outTimes, outputPointer } = solve
  const { dtype, rows, dim } = equation
  const n = rows * dim
  const bytes = n * sizeOf(dtype)
  const { axpy } = verbs(dtype)
  const measured = { dtype, rows, ...steps.tolerances }
  const y0 = getPointer(solve.at + abi.SOLVE_Y0)
  const dt = new Float64Array(task.times.length)
  const first = dt.length - outTimes.length
  const t0 = task.times[0] as number
  let [nfe, reconstruction, j] = [0, 0, outTimes.length - 1]
  for (; j >= 0 && outTimes[j] !== t0; j--) {
    const [y, g] = [outputPointer + j * bytes, gy + j * bytes]
    const [from, to] = [outTimes[j] as number, outTimes[j - 1] ?? t0]
    dt[first + j] = rate(equation, from, y, g)
    nfe++
    axpy(n, 1, g, parts.a)
    copy(parts.y, y, bytes)
    if (from === to) continue
    const times = steps.between(from, to)
    nfe += solveBack(equation, steps.over(times), times, parts)
    const off = distance(measured, parts.y, j > 0 ? y - bytes : y0)
    reconstruction = off <= reconstruction ? reconstruction : off
  }
  dt[0] = -rate(equation, t0, y0, parts.a)
  // What is left are outputs at t0: y0 itself.
  for (; j >= 0; j--) axpy(n, 1, gy + j * bytes, parts.a)
  return { dt, nfe: nfe + 1, recomputed: 0, reconstruction, trusted: reconstruction <= BOUND }
}

/** <g, f(t, y)>: what moving a time does. */
function rate({ dtype, field, rows, dim }: AdjointEquation, t: number, y: Pointer, g: Pointer): number {
  const arena = new Arena()
  try {
    const dy = arena.zeros(dtype, rows * dim)
    guarded(() => verbs(dtype).apply(field, arena.pointer, rows, t, y, dy))
    return verbs(dtype).dot(rows * dim, dy, g)
  } finally {
    arena.free()
  }
}
