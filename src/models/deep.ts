import * as abi from '../../assembly/abi.ts'
import { type Adjoint, checkAdjoint, checkpoint } from '../adjoint/checkpoint.ts'
import type { Pointer } from '../core/boundary.ts'
import type { Field } from '../program/field.ts'
import type { Stepping } from '../solve/options.ts'
import { Solve } from '../solve/solve.ts'
import type { Step } from '../solve/tableau-memory.ts'
import { type Middle, Surrounded, type Surroundings } from './surrounded.ts'

export { readSurrounded as readDeep } from './surrounded.ts'

/** What surrounds a deep model's block, and how the steps between are differentiated. */
export interface DeepOptions extends Surroundings {
  /** How the gradient is taken. Default checkpoint(). */
  readonly adjoint?: Adjoint
}

/** A model that takes a block's step a number of times, between a read-in and a read-out: what `Compose` and `ResNet` share. */
export abstract class Deep extends Surrounded {
  readonly adjoint: Adjoint

  constructor(field: Field, { adjoint, ...surroundings }: DeepOptions) {
    super(field, surroundings)
    this.adjoint = checkAdjoint(adjoint ?? checkpoint())
  }

  /** The steps, and the times between which they are taken. */
  protected abstract plan(): { readonly stepping: Stepping; readonly times: Float64Array }

  protected middle(y0: Pointer, batch: number, gradient: boolean): Middle {
    const { dtype, field } = this
    const task = { dtype, field: () => field.ready(), dim: field.dim, batch, y0, keepStages: false }
    const budget = gradient ? this.adjoint.budget : 0
    const solve = new Solve({ ...task, ...this.plan(), budget, outputs: 'last' })
    try {
      solve.run()
    } catch (error) {
      solve.free()
      throw error
    }
    return {
      outputs: solve.outputs,
      nfe: solve.stats.nfe,
      sweep: (gy, gx, gp) => solve.sweep(gy, gx, gp),
      free: () => solve.free(),
      ownedBy: (owner) => solve.arena.ownedBy(owner),
    }
  }
}

/** `count` equal steps over the model's span, of a method or of the map. */
export function equalSteps(tableau: Step, count: number): Stepping {
  const none = new Float64Array(0)
  const bounds = { dtMin: 0, dtMax: Infinity, maxSteps: count, rtol: none, atol: none }
  return { tableau, kind: abi.STEPS_UNIFORM, count, h0: 0, ...bounds }
}
