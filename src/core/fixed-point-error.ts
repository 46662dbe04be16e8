import { STATUS_NON_FINITE_ITERATE, STATUS_NOT_CONVERGED } from '../../assembly/abi.ts'
import type { Vector } from './boundary.ts'
import { StatusError } from './errors.ts'

/** How a fixed-point iteration failed. */
export interface FixedPointFailure {
  readonly status: number
  /** 'forward': the states; 'backward': the equation of their gradient. */
  readonly phase: 'forward' | 'backward'
  readonly iterations: number
  readonly tol: number
  /** Row at fault, its relative residual, and its component, -1 if none is. */
  readonly row: number
  readonly residual: number
  readonly component: number
  /** The last iterates: rows of the batch. */
  readonly z: Vector
}

const MISSES: Readonly<Record<number, readonly [string, (f: FixedPointFailure) => string]>> = {
  [STATUS_NOT_CONVERGED]: [
    'not converged',
    (f) =>
      `row ${f.row} has a residual of ${f.residual} after ${f.iterations} iterations, tol is ${f.tol}. Raise maxIterations or loosen tol; where lipschitz() is not below 1, lower gamma or call project().`,
  ],
  [STATUS_NON_FINITE_ITERATE]: [
    'non-finite iterate',
    (f) =>
      `component ${f.component} of row ${f.row} overflows or is not a number after ${f.iterations} iterations. The map is no contraction: where lipschitz() is not below 1, lower gamma or call project().`,
  ],
}

/** Thrown when a fixed-point iteration, of an `Equilibrium` or of its gradient, does not reach its tolerance: 'not converged' or 'non-finite iterate'. */
export class FixedPointError extends StatusError {
  override readonly name = 'FixedPointError'
  /** 'forward': the states; 'backward': the equation of their gradient. */
  readonly phase: 'forward' | 'backward'
  /** Iterations done. */
  readonly iterations: number
  /** Row of the batch at fault, and its relative residual. */
  readonly row: number
  readonly residual: number
  /** Component at fault; -1 if none is. */
  readonly component: number
  /** The last iterates: rows of the batch. */
  readonly z: Vector

  constructor(failure: FixedPointFailure) {
    const [status, sentence] = MISSES[failure.status] as readonly [string, (f: FixedPointFailure) => string]
    super(status, `${failure.phase === 'backward' ? 'in the gradient ' : ''}${sentence(failure)}`)
    this.phase = failure.phase
    this.iterations = failure.iterations
    this.row = failure.row
    this.residual = failure.residual
    this.component = failure.component
    this.z = failure.z
  }
}
