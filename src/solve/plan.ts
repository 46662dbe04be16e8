import type { Signal } from '../program/signal.ts'
import type { SolverOptions, Stepping } from './options.ts'

/** How a deep model goes through its block. */
export interface DeepPlan {
  readonly stepping: Stepping
  readonly times: Float64Array
  /** Which of the times are outputs. */
  readonly outputs: 'all' | 'last'
  readonly control?: SolverOptions['control']
  /** What the block reads besides. */
  readonly input?: Signal | undefined
}
