/// <reference lib="esnext.disposable" preserve="true" />
import { Arena } from '../core/arena.ts'
import { type Dtype, read, type Vector } from '../core/boundary.ts'
import { checkNumbers, type Numbers } from '../core/check.ts'
import { DisposedError } from '../core/errors.ts'
import type { Cotangents, Model, Pass } from './model.ts'

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
  const { dtype, parameters } = model
  const pass = model.pass(x, model.checkInputs(x))
  const y = read(dtype, pass.outputs, pass.length)
  const version = parameters.version
  let disposed = false
  const call = (dy: Numbers): Cotangents => {
    if (disposed) throw new DisposedError('the pullback')
    // The sweep runs the blocks again: one that was disposed throws here.
    parameters.ready()
    if (parameters.version !== version) throw new Error('the parameters have changed since vjp: call vjp again')
    checkNumbers('dy', dy)
    if (dy.length !== pass.length)
      throw new RangeError(`dy must hold ${pass.length} numbers, as y does, got ${dy.length}`)
    return pull(pass, dtype, dy, x.length, parameters.count)
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
    const pulled = pass.pull(gy, gx, gp)
    return { dx: read(dtype, gx, inputs), dparams: read(dtype, gp, parameters), ...pulled }
  } finally {
    arena.free()
  }
}
