import * as abi from '../../assembly/abi.ts'
import type { Adjoint } from '../adjoint/adjoint.ts'
import { checkAdjoint, checkpoint } from '../adjoint/checkpoint.ts'
import type { Instead, Middle } from '../adjoint/pull.ts'
import type { Pointer } from '../core/boundary.ts'
import type { Field } from '../program/field.ts'
import type { Stepping } from '../solve/options.ts'
import type { DeepPlan } from '../solve/plan.ts'
import { solveRows } from '../solve/row-solves.ts'
import { Solve } from '../solve/solve.ts'
import { fed, fedBack } from '../solve/special.ts'
import type { Sweep } from '../solve/sweep.ts'
import type { Step } from '../solve/tableau-memory.ts'
import { Surrounded, type Surroundings } from './surrounded.ts'

/** What surrounds a deep model's block, and how the steps between are differentiated. */
export interface DeepOptions extends Surroundings {
  /** How the gradient is taken. Default checkpoint(). */
  readonly adjoint?: Adjoint
}

/** A model that takes a block's step again and again, between a read-in and a read-out: `Compose`, `ResNet`, `NeuralODE`. */
export abstract class Deep extends Surrounded {
  readonly adjoint: Adjoint

  constructor(field: Field, { adjoint, ...surroundings }: DeepOptions) {
    super(field, surroundings)
    this.adjoint = checkAdjoint(adjoint ?? checkpoint())
  }

  /** The steps, and the times between which they are taken. */
  abstract plan(): DeepPlan

  /** With another field, along another plan, or with the paths of the input in another order, if given. */
  middle(y0: Pointer, batch: number, gradient: boolean, instead: Instead = {}): Middle {
    const { adjoint } = this
    const { field = this.field, plan = this.plan(), order } = instead
    const { control, input, ...steps } = plan
    const { dtype, dim } = field
    const budget = gradient ? (adjoint.budget ?? 0) : 0
    const task = { dtype, field: fed(field, input, order), dim, batch, y0, keepStages: false, ...steps, budget }
    const sweeper = (solve: Solve): Sweep => adjoint.sweeper(solve, gradient)
    if (control === 'sample') return solveRows(task, sweeper, { field, input, order })
    const solve = new Solve(task)
    try {
      const sweep = sweeper(solve)
      solve.run()
      return {
        outputs: solve.outputPointer,
        rows: solve.outputLength / dim,
        nfe: solve.stats.nfe,
        sweep: (...args) => fedBack(sweep(...args), input),
        free: () => solve.free(),
        ownedBy: (owner) => solve.arena.ownedBy(owner),
      }
    } catch (error) {
      solve.free()
      throw error
    }
  }
}

/** `count` equal steps from time 0 to `span`, of a method or of the map. */
export function equalSteps(tableau: Step, count: number, span: number): DeepPlan {
  const none = new Float64Array(0)
  const bounds = { dtMin: 0, dtMax: Infinity, maxSteps: count, rtol: none, atol: none }
  const stepping: Stepping = { tableau, kind: abi.STEPS_UNIFORM, count, h0: 0, ...bounds }
  return { stepping, times: Float64Array.of(0, span), outputs: 'last' }
}
