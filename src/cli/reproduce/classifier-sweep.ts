/** A trained neural ODE at other tolerances: its test error, what its solver is off by, evaluations forth and back, and time. */

import { crossEntropy, type NeuralODE } from '../../index.ts'
import { accuracy, oneHot } from '../../train/index.ts'
import { Objective } from '../../train/objective.ts'
import { mean } from '../mean.ts'
import { CLASSES, type Part } from './classifier-data.ts'
import { atTolerance, inDouble, type Size } from './classifier-models.ts'

/** In double precision, in batches of the training's size; evaluations are means over the batches. */
export interface AtTolerance {
  readonly tolerance: number
  /** Share of the images in the wrong class. */
  readonly error: number
  /** |logits - reference| / |reference|, the reference at `REFERENCE`. */
  readonly distance: number
  readonly forward: number
  readonly backward: number
  /** Of the forward solves of all batches, the least of five; null until it is taken. */
  readonly seconds: number | null
}

const REFERENCE = 1e-9
/** Images and, for the adjoint equation, batches that are measured, at most. */
const IMAGES = 1024
const BATCHES = 2

/** Rows in the precision of a model, and their class numbers. */
interface Batch {
  readonly x: Float32Array | Float64Array
  readonly labels: Uint8Array
}

/** Evaluations of one batch: of the solve, and of the gradient of the mean loss. */
export function evaluations(model: NeuralODE, { x, labels }: Batch): { forward: number; backward: number } {
  const forward = evaluationsOf(model, x)
  const objective = new Objective(model, { x, y: oneHot(labels, CLASSES, model.dtype) }, labels.length, crossEntropy)
  try {
    return { forward, backward: objective.evaluate().nfe - forward }
  } finally {
    objective.free()
  }
}

function evaluationsOf(model: NeuralODE, x: Batch['x']): number {
  const pass = model.pass(x, model.checkInputs(x))
  try {
    return pass.nfe
  } finally {
    pass.free()
  }
}

export class Sweep {
  readonly #model: NeuralODE
  readonly #batches: readonly Batch[]
  #reference: Float64Array | undefined

  constructor(model: NeuralODE, { batch, ...size }: Size & { readonly batch: number }, { x, labels }: Part) {
    this.#model = inDouble(model, size)
    const rows = Math.min(labels.length, IMAGES)
    this.#batches = Array.from({ length: Math.ceil(rows / batch) }, (_, i) => {
      const [from, to] = [i * batch, Math.min(rows, (i + 1) * batch)]
      return {
        x: Float64Array.from(x.subarray(from * size.pixels, to * size.pixels)),
        labels: labels.subarray(from, to),
      }
    })
  }

  measure(tolerance: number): AtTolerance {
    const model = atTolerance(this.#model, tolerance)
    const logits = this.#logits(model)
    const labels = this.#batches.flatMap((part) => [...part.labels])
    const back = this.#batches.slice(0, BATCHES).map((part) => evaluations(model, part).backward)
    this.#reference ??= this.#logits(atTolerance(this.#model, REFERENCE))
    return {
      tolerance,
      error: 1 - accuracy(logits, labels, CLASSES),
      distance: relative(logits, this.#reference),
      forward: mean(this.#batches.map(({ x }) => evaluationsOf(model, x))),
      backward: mean(back),
      seconds: null,
    }
  }

  /** Seconds of the forward solves. */
  time(tolerance: number): number {
    const model = atTolerance(this.#model, tolerance)
    const start = performance.now()
    this.#logits(model)
    return (performance.now() - start) / 1000
  }

  #logits(model: NeuralODE): Float64Array {
    return Float64Array.from(this.#batches.flatMap(({ x }) => [...model.forward(x)]))
  }
}

function relative(values: Float64Array, reference: Float64Array): number {
  const [off, size] = [values.map((v, i) => v - (reference[i] as number)), reference].map((list) => {
    return Math.sqrt(list.reduce((sum, v) => sum + v * v, 0))
  }) as [number, number]
  return off / size
}
