import type { Solve } from '../solve/solve.ts'
import type { Sweep } from '../solve/sweep.ts'

/**
 * How a model differentiates its solve. A value that carries its code: made by `checkpoint`, or by `backsolve` or `reversible` of
 * `relode/adjoints`. Its kind and options are what a model file holds.
 */
export interface Adjoint {
  readonly kind: string
  /** Bytes for stored states, where states are stored. */
  readonly budget?: number
  /**
   * The reverse sweeps over a solve that is laid out and still to be run.
   * @param gradient false: the solve is run for its outputs alone
   */
  readonly sweeper: (solve: Solve, gradient: boolean) => Sweep
}

/** Makes an adjoint from its options, as they stand in a model file. */
export type AdjointMaker = (options?: never) => Adjoint
