/** One network of the comparison: its training, epoch by epoch, and of a neural ODE what it does at other tolerances afterwards. */

import { uniforms } from '../../core/random.ts'
import { adam, cosine, crossEntropy, type FitOptions, NeuralODE } from '../../index.ts'
import { decodeCheckpoint } from '../../train/checkpoint.ts'
import { accuracy, oneHot } from '../../train/index.ts'
import { CLASSES, type Images, type Part } from './classifier-data.ts'
import { atTolerance, type Kind, makeClassifier, type Size, TOLERANCE } from './classifier-models.ts'
import { type AtTolerance, evaluations, Sweep } from './classifier-sweep.ts'
import { oneEpoch } from './epoch.ts'
import type { Step, Task } from './experiment.ts'
import { joinState, splitState } from './resnet-state.ts'

/** What decides a result, and nothing else. */
export interface Plan extends Size {
  readonly kind: Kind
  readonly epochs: number
  readonly batch: number
  /** Learning rate of Adam at the start; it falls along half a cosine. */
  readonly lr: number
  /** Tolerances at which a trained neural ODE is measured. */
  readonly tolerances: readonly number[]
}

/** The network after so many epochs; evaluations of one batch, of neural ODEs only. */
export interface Epoch {
  readonly epoch: number
  /** Mean training loss of the epoch. */
  readonly loss: number
  /** Share of the test images in the wrong class. */
  readonly error: number
  readonly forward?: number
  /** Of the adjoint equation, whatever the network is trained by. */
  readonly backward?: number
}

export interface TrainResult {
  readonly kind: Kind
  readonly seed: number
  readonly parameters: number
  /** Share of the training images in the wrong class, after training. */
  readonly trainError: number
  /** Of neural ODEs: evaluations of the exact gradient of one batch; 0 where the solve's stages are kept. */
  readonly exact?: number
  readonly epochs: readonly Epoch[]
  readonly tolerances: readonly AtTolerance[]
}

interface Tracked {
  /** Pieces of epochs that are trained. */
  done: number
  /** Sum of the losses of the pieces of this epoch. */
  loss: number
  readonly epochs: Epoch[]
  readonly tolerances: AtTolerance[]
}

/** Rows of a piece of an epoch, at most: a fraction of a second's work. */
const PIECE = 2048
/** Of the task, the training. */
const TRAINING = 0.8

export const nameOf = ({ kind, seed }: Pick<Plan, 'kind' | 'seed'>): string => `${kind}-seed-${seed}`

export function trainTask(plan: Plan, images: () => Images): Task {
  // As measured, of the multilayer perceptron's time.
  const cost = { mlp: 1, resnet: 4, euler: 3, ode: 10, backsolve: 12, softplus: 16 }[plan.kind]
  return { name: nameOf(plan), cost, run: (resume) => run(plan, images(), resume) }
}

function* run(plan: Plan, images: Images, resume: Uint8Array | undefined): Generator<Step, TrainResult, undefined> {
  const { kind, epochs, seed, batch } = plan
  const model = makeClassifier(kind, plan)
  const rows = images.train.labels.length
  const pieces = Math.ceil(rows / PIECE)
  const saved = resume === undefined ? undefined : splitState<Tracked>(resume, 1)
  const tracked: Tracked = saved?.state ?? { done: 0, loss: 0, epochs: [], tolerances: [] }
  let state = saved?.parts[0]
  const checkpoint = (): Uint8Array => joinState(tracked, [state as Uint8Array])
  if (state !== undefined) restore(model, state)
  const total = epochs * pieces
  while (tracked.done < total) {
    const part = pieceOf(images.train, seed, Math.floor(tracked.done / pieces), tracked.done % pieces, pieces)
    const progress = trainPiece(plan, model, part, total, state)
    state = progress.state
    tracked.loss += progress.loss / pieces
    if (++tracked.done % pieces === 0) {
      tracked.epochs.push(recordOf(model, tracked, images, { epoch: tracked.done / pieces, batch }))
      tracked.loss = 0
    }
    yield { done: (TRAINING * tracked.done) / total, note: `loss ${progress.loss.toPrecision(3)}`, checkpoint }
  }
  if (model instanceof NeuralODE) yield* sweep(plan, model, images.test, tracked, checkpoint)
  const { x, labels } = images.train
  const trainError = 1 - accuracy(model.forward(x), labels, CLASSES)
  const { epochs: records, tolerances } = tracked
  const result = { kind, seed, parameters: model.parameters.count, trainError, epochs: records, tolerances }
  if (!(model instanceof NeuralODE)) return result
  return { ...result, exact: evaluations(atTolerance(model, TOLERANCE, false), probeOf(images, batch)).backward }
}

/** One of the equal pieces of an epoch, whose order of rows is its own; what is left over of so many rows is left out. */
function pieceOf({ x, labels }: Part, seed: number, epoch: number, index: number, pieces: number): Part {
  const rows = labels.length
  if (pieces === 1) return { x, labels }
  const keys = uniforms(rows, 2 ** 20 * (1 + seed) + epoch)
  const order = Array.from(keys.keys()).sort((a, b) => (keys[a] as number) - (keys[b] as number))
  const size = Math.floor(rows / pieces)
  const pixels = x.length / rows
  const mine = order.slice(index * size, (index + 1) * size)
  const block = new Float32Array(size * pixels)
  for (const [i, row] of mine.entries()) block.set(x.subarray(row * pixels, (row + 1) * pixels), i * pixels)
  return { x: block, labels: Uint8Array.from(mine, (row) => labels[row] as number) }
}

/** A `fit` of one piece, which has the state of the last. */
function trainPiece(
  { batch, lr, seed }: Plan,
  model: ReturnType<typeof makeClassifier>,
  { x, labels }: Part,
  total: number,
  state: Uint8Array | undefined,
): { loss: number; state: Uint8Array } {
  const options: FitOptions = {
    loss: crossEntropy,
    optimizer: adam({ lr }),
    schedule: cosine(),
    batchSize: Math.min(batch, labels.length),
    epochs: total,
    seed,
  }
  const y = oneHot(labels, CLASSES)
  return oneEpoch(model, { x, y }, options, state)
}

/** Takes the parameters over from a training's state: one that is complete has no step left to take. */
function restore({ parameters }: ReturnType<typeof makeClassifier>, state: Uint8Array): void {
  const { blocks } = decodeCheckpoint('f32', state)
  for (const [i, block] of parameters.blocks.entries()) {
    block.parameters = blocks.get(`parameters${i || ''}`) ?? []
  }
}

function recordOf(
  model: ReturnType<typeof makeClassifier>,
  { loss }: Tracked,
  images: Images,
  { epoch, batch }: { readonly epoch: number; readonly batch: number },
): Epoch {
  const { x, labels } = images.test
  const error = 1 - accuracy(model.forward(x), labels, CLASSES)
  if (!(model instanceof NeuralODE)) return { epoch, loss, error }
  return { epoch, loss, error, ...evaluations(atTolerance(model, TOLERANCE), probeOf(images, batch)) }
}

/** The batch whose evaluations are counted: the first rows, whatever the order of the training. */
function probeOf({ train, pixels }: Images, batch: number): Part {
  return { x: train.x.subarray(0, batch * pixels), labels: train.labels.subarray(0, batch) }
}

function* sweep(
  plan: Plan,
  model: NeuralODE,
  test: Part,
  tracked: Tracked,
  checkpoint: () => Uint8Array,
): Generator<Step, void, undefined> {
  const sweep = new Sweep(model, plan, test)
  const steps = plan.tolerances.length
  const done = (share: number): number => TRAINING + (1 - TRAINING) * share
  for (const tolerance of plan.tolerances.slice(tracked.tolerances.length)) {
    tracked.tolerances.push(sweep.measure(tolerance))
    const note = `tolerance ${tolerance}`
    yield { done: done((0.8 * tracked.tolerances.length) / steps), note, checkpoint }
  }
  // Times are taken last and in one go: what else the machine does then meets all of them.
  for (const round of [0, 1, 2, 3, 4]) {
    for (const [i, at] of tracked.tolerances.entries()) {
      const seconds = sweep.time(at.tolerance)
      tracked.tolerances[i] = { ...at, seconds: Math.min(seconds, round === 0 ? Infinity : (at.seconds ?? Infinity)) }
    }
    yield { done: done(0.8 + 0.04 * round), note: 'times', checkpoint }
  }
}
