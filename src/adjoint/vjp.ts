/// <reference lib="esnext.disposable" preserve="true" />
import { Arena } from '../core/arena.ts'
import { type Dtype, type Pointer, read, type Vector } from '../core/boundary.ts'
import { checkNumbers, type Numbers } from '../core/check.ts'
import { DisposedError } from '../core/errors.ts'
import type { Field } from '../program/field.ts'

/** One forward pass of a model in the core, kept for its transpose. */
export interface Pass {
  /** Outputs: where, and how many numbers. */
  readonly outputs: Pointer
  readonly length: number
  /** Field evaluations of the pass. */
  readonly nfe: number
  /**
   * The transpose: gy = cotangent of the outputs, gx receives that of the inputs, gp is added that of the parameters.
   * Returns the cotangents of the model's times, and the field evaluations it took.
   */
  pull(gy: Pointer, gx: Pointer, gp: Pointer): { readonly dt: Float64Array; readonly nfe: number }
  /** Gives the memory back; or lets the collection of `owner` do so. */
  free(): void
  ownedBy(owner: object): void
}

/** What `vjp` and `fit` need of a model. */
export interface Model {
  readonly dtype: Dtype
  /** The block whose parameters are the model's. */
  readonly field: Field
  /** Checks inputs, returns the number of rows. */
  checkInputs(x: Numbers): number
  /** Runs the model on `rows` rows: numbers, or where they are in the core. */
  pass(x: Numbers | Pointer, rows: number): Pass
}

/** Gradients of a model. */
export interface Cotangents {
  /** Of the inputs, [batch, dim]. */
  readonly dx: Vector
  /** Of the parameter block. */
  readonly dparams: Vector
  /** Of the model's times, in f64. */
  readonly dt: Float64Array
  /** Field evaluations the pullback took. */
  readonly nfe: number
}

/** Maps a cotangent of the outputs to those of inputs, parameters and times. Holds memory of the core until disposed. */
export interface Pullback extends Disposable {
  (dy: Numbers): Cotangents
  /** Gives the memory back. A second call does nothing. */
  dispose(): void
}

/**
 * The model's outputs for x, and the pullback there: the vector-Jacobian product.
 *
 * The pullback may be called any number of times as long as the parameters do not change. It holds the solve's trajectory:
 * `pullback.dispose()`, or let it be collected.
 *
 * ```ts
 * const [yhat, pullback] = vjp(node, x)
 * const { dx, dparams, dt } = pullback(dy)
 * ```
 */
export function vjp(model: Model, x: Numbers): [y: Vector, pullback: Pullback] {
  const { dtype, field } = model
  const pass = model.pass(x, model.checkInputs(x))
  const y = read(dtype, pass.outputs, pass.length)
  const version = field.version
  let disposed = false
  const call = (dy: Numbers): Cotangents => {
    if (disposed) throw new DisposedError('the pullback')
    // The sweep runs the field again: one that was disposed throws here.
    field.ready()
    if (field.version !== version) throw new Error('the parameters have changed since vjp: call vjp again')
    checkNumbers('dy', dy)
    if (dy.length !== pass.length)
      throw new RangeError(`dy must hold ${pass.length} numbers, as y does, got ${dy.length}`)
    return pull(pass, dtype, dy, x.length, field.parameterCount)
  }
  const dispose = (): void => {
    if (!disposed) pass.free()
    disposed = true
  }
  const pullback: Pullback = Object.assign(call, { dispose, [Symbol.dispose]: dispose })
  pass.ownedBy(pullback)
  return [y, pullback]
}

function pull(pass: Pass, dtype: Dtype, dy: Numbers, inputs: number, parameters: number): Cotangents {
  const arena = new Arena()
  try {
    const gy = arena.copy(dtype, dy)
    const gx = arena.zeros(dtype, inputs)
    const gp = arena.zeros(dtype, parameters)
    const { dt, nfe } = pass.pull(gy, gx, gp)
    return { dx: read(dtype, gx, inputs), dparams: read(dtype, gp, parameters), dt, nfe }
  } finally {
    arena.free()
  }
}
