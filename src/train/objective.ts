import type { Model, Pass } from '../adjoint/model.ts'
import { Arena } from '../core/arena.ts'
import { type Pointer, sizeOf, verbs, zero } from '../core/boundary.ts'
import type { Loss } from './losses.ts'
import { checkTargets, type FitData } from './plan.ts'

/** Where a gradient goes: cotangents of inputs and of parameters, and an arena for what is needed on the way. */
export interface Places {
  readonly gx: Pointer
  readonly gp: Pointer
  readonly arena: Arena
}

/** A loss, and the field evaluations of pass and gradient. */
export interface Evaluation {
  readonly loss: number
  readonly nfe: number
  readonly trusted?: boolean | undefined
}

/**
 * The loss of a pass against the targets at `y`, and the field evaluations of pass and gradient. Where the loss is finite, gx and gp
 * receive its gradient.
 */
export function lossGradient(
  { dtype, parameters, outputs }: Model,
  loss: Loss,
  pass: Pass,
  y: Pointer,
  { gx, gp, arena }: Places,
): Evaluation {
  const gy = arena.zeros(dtype, pass.length)
  const value = verbs(dtype).loss(loss.id, pass.length, outputs, pass.outputs, y, gy)
  if (!Number.isFinite(value)) return { loss: value, nfe: pass.nfe }
  zero(gp, parameters.count * sizeOf(dtype))
  const { nfe, trusted } = pass.pull(gy, gx, gp)
  return { loss: value, nfe: pass.nfe + nfe, trusted }
}

/** A model's loss on all of its data and the gradient to its parameters, in the core. Holds an arena until `free`. */
export class Objective {
  /** The gradient of the last `evaluate`, all blocks in order. */
  readonly gradient: Pointer
  readonly #model: Model
  readonly #loss: Loss
  readonly #rows: number
  readonly #arena = new Arena()
  readonly #x: Pointer
  readonly #y: Pointer
  readonly #yLength: number
  readonly #gx: Pointer

  constructor(model: Model, data: FitData, rows: number, loss: Loss) {
    const { dtype, parameters } = model
    this.#model = model
    this.#loss = loss
    this.#rows = rows
    const arena = this.#arena
    // A generator that is dropped before its end never runs its `finally`.
    arena.ownedBy(this)
    this.#x = arena.copy(dtype, data.x)
    this.#y = arena.copy(dtype, data.y)
    this.#yLength = data.y.length
    this.#gx = arena.zeros(dtype, data.x.length)
    this.gradient = arena.zeros(dtype, parameters.count)
  }

  /** The loss at the parameters as they are, and the field evaluations it took; the gradient where the loss is finite. */
  evaluate(): { readonly loss: number; readonly nfe: number } {
    const mark = this.#arena.mark()
    const pass = this.#model.pass(this.#x, this.#rows)
    try {
      checkTargets(this.#yLength, pass.length, this.#rows)
      const places = { gx: this.#gx, gp: this.gradient, arena: this.#arena }
      return lossGradient(this.#model, this.#loss, pass, this.#y, places)
    } finally {
      pass.free()
      this.#arena.release(mark)
    }
  }

  /** The squared norm of the gradient to block i; 0 where it is not trained. */
  squaredNorm(i: number): number {
    const { dtype, parameters } = this.#model
    const at = parameters.place(i, this.gradient)
    return verbs(dtype).dot(parameters.blocks[i]?.parameterCount as number, at, at)
  }

  free(): void {
    this.#arena.free()
  }
}
