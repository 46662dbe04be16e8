import { STREAM_SIZE } from '../../assembly/abi.ts'
import type { Model, Pass } from '../adjoint/model.ts'
import { Arena } from '../core/arena.ts'
import { copy, core, getI32, type Pointer, read, setI32, sizeOf, type Vector, verbs, write } from '../core/boundary.ts'
import { checkNonNegative } from '../core/check.ts'
import { DisposedError, StatusError } from '../core/errors.ts'
import { randomStream } from '../core/random.ts'
import { FormatError } from '../io/safetensors.ts'
import { decodeCheckpoint, encodeCheckpoint } from './checkpoint.ts'
import { type Evaluation, lossGradient, type Places } from './objective.ts'
import { checkTargets, type FitData, type FitProgress, type Plan } from './plan.ts'

/** Rows of the data that make one optimizer step. */
export interface Batch {
  /** Where their inputs are, and how many. */
  readonly x: Pointer
  readonly rows: number
  /** Their numbers, i32 in the core; undefined where they are all rows, as they were given. */
  readonly order: Pointer | undefined
}

/** The state of one training, in the core: data, gradient, optimizer state, random stream. */
export class Trainer {
  /** Epochs done. */
  epoch = 0
  readonly #model: Model
  readonly #plan: Plan
  readonly #rows: number
  readonly #size: number
  readonly #arena: Arena = new Arena()
  /** Inputs, targets and the numbers in one row of each; targets of one time are `rows` rows apart. */
  readonly #x: Pointer
  readonly #y: Pointer
  readonly #yLength: number
  readonly #stream: Pointer
  readonly #order: Pointer
  readonly #gp: Pointer
  readonly #gx: Pointer
  /** State of the optimizer. */
  readonly slots: readonly Pointer[]
  readonly #inputSlots: readonly Pointer[]
  #step = 0
  #total = 0
  #nfe = 0
  #trusted = true
  #gradientNorm = 0
  #lr = 0
  /** The loss whose gradient is in #gp, and of which parameters. */
  #known: { readonly loss: number; readonly version: number } | undefined

  constructor(model: Model, data: FitData, rows: number, plan: Plan) {
    const { dtype, parameters } = model
    this.#model = model
    this.#plan = plan
    this.#rows = rows
    this.#size = sizeOf(dtype)
    const arena = this.#arena
    // A generator that is dropped before its end never runs its `finally`, nor does one that runs out of memory here.
    arena.ownedBy(this)
    this.#x = arena.copy(dtype, data.x)
    this.#y = arena.copy(dtype, data.y)
    this.#yLength = data.y.length
    this.#stream = randomStream(arena, plan.seed)
    this.#order = arena.bytes(4 * rows)
    this.#gp = arena.zeros(dtype, parameters.count)
    this.#gx = arena.zeros(dtype, data.x.length)
    const slots = (length: number): Pointer[] =>
      Array.from({ length: plan.optimizer.slots }, () => arena.zeros(dtype, length))
    this.slots = slots(parameters.count)
    this.#inputSlots = plan.trainInputs ? slots(data.x.length) : []
  }

  get #stepsPerEpoch(): number {
    return Math.ceil(this.#rows / this.#plan.batchSize)
  }

  /** One pass over the data. */
  runEpoch(): FitProgress {
    for (const batch of this.batches()) {
      const evaluate = (): number => this.#evaluate(batch)
      const { version } = this.#model.parameters
      this.learn(batch, this.#known?.version === version ? this.#known.loss : evaluate(), evaluate)
    }
    return this.progress()
  }

  /** The batches of one pass over the data, each to be learned before the next one is asked for. */
  *batches(): Generator<Batch, void, undefined> {
    const { batchSize } = this.#plan
    this.#nfe = 0
    this.#trusted = true
    this.#total = 0
    if (batchSize < this.#rows) core().permutation(this.#stream, this.#rows, this.#order)
    for (let first = 0; first < this.#rows; first += batchSize) {
      const rows = Math.min(batchSize, this.#rows - first)
      const mark = this.#arena.mark()
      try {
        const order = rows === this.#rows ? undefined : this.#order + 4 * first
        const x = order === undefined ? this.#x : this.#gather(this.#x, this.#model.inputs, 1, order, rows)
        yield { x, rows, order }
      } finally {
        this.#arena.release(mark)
      }
    }
    this.epoch++
  }

  /** What to tell of the pass that was made last. */
  progress(): FitProgress {
    const { epoch } = this
    return {
      epoch,
      loss: this.#total / this.#rows,
      nfe: this.#nfe,
      trusted: this.#trusted,
      gradientNorm: this.#gradientNorm,
      lr: this.#lr,
      inputs: () => this.#inputs(),
      checkpoint: () => this.#checkpoint(epoch),
    }
  }

  /** Where the gradients to all parameters and, of a whole batch, to the inputs are to be when a batch is learned. */
  get places(): Places {
    return { gx: this.#gx, gp: this.#gp, arena: this.#arena }
  }

  /** The targets of a batch, with `times` rows for each of its rows, in the core. */
  targets({ rows, order }: Batch, times: number): Pointer {
    return order === undefined ? this.#y : this.#gather(this.#y, this.#model.outputs, times, order, rows)
  }

  /** Counts an evaluation; returns its loss. */
  count({ loss, nfe, trusted = true }: Evaluation): number {
    this.#nfe += nfe
    this.#trusted &&= trusted
    return loss
  }

  /** One optimizer step, down the gradient that `places` hold; `loss`: of the batch before it. */
  learn({ rows }: Batch, loss: number, evaluate: () => number): void {
    if (!Number.isFinite(loss)) {
      throw new Error(`the loss is ${loss} in epoch ${this.epoch + 1}: lower the learning rate, or clip the gradient`)
    }
    this.#update(loss, evaluate)
    this.#total += loss * rows
  }

  /** Loss of a batch; leaves the gradient in its places. */
  #evaluate(batch: Batch): number {
    const pass = this.#model.pass(batch.x, batch.rows, batch.order)
    try {
      const y = this.targets(batch, this.#timesOf(pass, batch.rows))
      return this.count(lossGradient(this.#model, this.#plan.loss, pass, y, this.places))
    } finally {
      pass.free()
    }
  }

  /** Output times of the model, by the length of its outputs; checks the targets against it. */
  #timesOf(pass: Pass, rows: number): number {
    checkTargets(this.#yLength, (pass.length / rows) * this.#rows, this.#rows)
    return pass.length / rows / this.#model.outputs
  }

  /** Copies rows of a block [times, all rows, width], their numbers at `order`, to [times, rows, width]. */
  #gather(block: Pointer, width: number, times: number, order: Pointer, rows: number): Pointer {
    const bytes = width * this.#size
    const to = this.#arena.bytes(times * rows * bytes)
    for (let i = 0; i < rows; i++) {
      const row = getI32(order + 4 * i)
      for (let t = 0; t < times; t++) copy(to + (t * rows + i) * bytes, block + (t * this.#rows + row) * bytes, bytes)
    }
    return to
  }

  #update(loss: number, evaluate: () => number): void {
    const { dtype, parameters, inputs: width } = this.#model
    const { optimizer, schedule, clip, trainInputs, epochs } = this.#plan
    const { dot, scale } = verbs(dtype)
    const inputs = trainInputs ? this.#rows * width : 0
    const square = dot(parameters.count, this.#gp, this.#gp) + (inputs ? dot(inputs, this.#gx, this.#gx) : 0)
    this.#gradientNorm = Math.sqrt(square)
    if (!Number.isFinite(this.#gradientNorm)) {
      throw new Error(
        `the gradient is not finite in epoch ${this.epoch + 1}: lower the learning rate, or take smaller steps`,
      )
    }
    if (this.#gradientNorm > clip) {
      const factor = clip / this.#gradientNorm
      scale(parameters.count, factor, this.#gp, this.#gp)
      if (inputs) scale(inputs, factor, this.#gx, this.#gx)
    }
    const factor = schedule(this.#step, epochs * this.#stepsPerEpoch)
    this.#lr = optimizer.lr * checkNonNegative(`factor of the schedule at step ${this.#step}`, factor)
    const step = this.#step + 1
    if (optimizer.whole) this.#look(loss, evaluate, step)
    else {
      for (const [i, block] of parameters.blocks.entries()) {
        if (block.rate === 0) continue
        const slots = this.slots.map((at) => parameters.place(i, at))
        const g = parameters.place(i, this.#gp)
        optimizer.step(dtype, block.parameterCount, block.parameterPointer, g, slots, this.#lr * block.rate, step)
        block.changed()
      }
    }
    if (inputs) optimizer.step(dtype, inputs, this.#x, this.#gx, this.#inputSlots, this.#lr, step)
    this.#model.afterUpdate?.()
    this.#step = step
  }

  /** The step of an optimizer that looks around: loss and gradient of the last point are those of the next epoch. */
  #look(loss: number, evaluate: () => number, step: number): void {
    const { dtype, parameters } = this.#model
    const x = this.#arena.zeros(dtype, parameters.count)
    for (const [i, block] of parameters.blocks.entries())
      copy(parameters.place(i, x), block.parameterPointer, block.parameterCount * this.#size)
    const at = (length: number, d: Pointer): number => {
      for (const [i, block] of parameters.blocks.entries()) {
        copy(block.parameterPointer, parameters.place(i, x), block.parameterCount * this.#size)
        verbs(dtype).axpy(block.parameterCount, length, parameters.place(i, d), block.parameterPointer)
        block.changed()
      }
      this.#known = { loss: unlessItFails(evaluate), version: parameters.version }
      return this.#known.loss
    }
    this.#plan.optimizer.step(dtype, parameters.count, x, this.#gp, this.slots, this.#lr, step, { loss, at })
  }

  /** Names and places of all that a checkpoint holds. */
  #blocks(): readonly (readonly [name: string, at: Pointer, length: number])[] {
    const { parameters, inputs: width } = this.#model
    const inputs = this.#rows * width
    return [
      ...parameters.blocks.map((b, i) => [`parameters${i || ''}`, b.parameterPointer, b.parameterCount] as const),
      ...this.slots.map((at, i) => [`parameters.slot${i}`, at, parameters.count] as const),
      ...(this.#plan.trainInputs ? [['inputs', this.#x, inputs] as const] : []),
      ...this.#inputSlots.map((at, i) => [`inputs.slot${i}`, at, inputs] as const),
    ]
  }

  #alive(): void {
    if (this.#arena.disposed) throw new DisposedError('the training')
  }

  #inputs(): Vector {
    this.#alive()
    return read(this.#model.dtype, this.#x, this.#rows * this.#model.inputs)
  }

  #checkpoint(epoch: number): Uint8Array {
    this.#alive()
    if (epoch !== this.epoch)
      throw new Error(`the training has gone on to epoch ${this.epoch}: take the checkpoint in epoch ${epoch}`)
    const { dtype } = this.#model
    const blocks = new Map(this.#blocks().map(([name, at, length]) => [name, read(dtype, at, length)]))
    const stream = Array.from({ length: STREAM_SIZE / 4 }, (_, i) => getI32(this.#stream + 4 * i))
    return encodeCheckpoint(dtype, blocks, { epoch, step: this.#step, stream, optimizer: this.#plan.optimizer.name })
  }

  /** Takes the state over from a checkpoint of a training of the same shape. */
  resume(bytes: Uint8Array): void {
    const { dtype, parameters } = this.#model
    const { blocks, state } = decodeCheckpoint(dtype, bytes)
    if (state.optimizer !== this.#plan.optimizer.name) {
      throw new FormatError(
        `the checkpoint is of optimizer ${state.optimizer}, the training uses ${this.#plan.optimizer.name}`,
      )
    }
    // All is checked before anything is taken over.
    const found = this.#blocks().map(([name, at, length]) => {
      const block = blocks.get(name)
      if (block?.length !== length) {
        throw new FormatError(
          `the checkpoint must hold ${length} numbers of ${name} in ${dtype}, got ${block?.length ?? 'none'}`,
        )
      }
      return [at, block] as const
    })
    for (const [at, block] of found) write(dtype, at, block)
    state.stream.forEach((word, i) => setI32(this.#stream + 4 * i, word))
    for (const block of parameters.blocks) block.changed()
    this.epoch = state.epoch
    this.#step = state.step
  }

  free(): void {
    this.#arena.free()
  }
}

/** A loss; Infinity where a solve or an iteration does not reach its end. */
function unlessItFails(evaluate: () => number): number {
  try {
    return evaluate()
  } catch (error) {
    if (error instanceof StatusError) return Infinity
    throw error
  }
}
