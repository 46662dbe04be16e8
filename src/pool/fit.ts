import { LOSS_CROSS_ENTROPY } from '../../assembly/abi.ts'
import { getI32, read, sizeOf, type Vector, verbs, write, zero } from '../core/boundary.ts'
import { checkPlan, type FitData, type FitOptions, type FitProgress, type Plan } from '../train/plan.ts'
import { type Batch, Trainer } from '../train/trainer.ts'
import type { Crew } from './crew.ts'
import { Job } from './job.ts'
import { Looking } from './look.ts'
import type { Outcome } from './messages.ts'
import type { Parcels, Poolable } from './parcel.ts'
import { cut, type Shard, shardsOf } from './shards.ts'
import { add, together } from './sums.ts'

/** A training whose batches are evaluated by a crew. */
class PooledFit {
  readonly #crew: Crew
  readonly #parcels: Parcels
  readonly #model: Poolable
  readonly #plan: Plan
  readonly #rows: number
  readonly #given: number
  /** Targets of each row that are there: what its loss weighs. */
  readonly #observed: Float64Array
  readonly #signal: AbortSignal | undefined
  readonly #looking: Looking | undefined
  readonly trainer: Trainer

  constructor(crew: Crew, parcels: Parcels, model: Poolable, data: FitData, options: PoolFitOptions) {
    const { rows, plan } = checkPlan(model, data, options)
    this.#crew = crew
    this.#parcels = parcels
    this.#model = model
    this.#plan = plan
    this.#rows = rows
    this.#given = data.y.length
    this.#observed = observations(model, data, rows, plan)
    this.#signal = options.signal
    this.trainer = new Trainer(model, data, rows, plan)
    if (plan.optimizer.whole) this.#looking = new Looking(model, this.trainer, (batch) => this.#evaluate(batch))
  }

  /** Rows of targets for each row of inputs; 0 where there is no such number, which the workers find wrong in their own way. */
  get #times(): number {
    const times = this.#given / (this.#rows * this.#model.outputs)
    return Number.isInteger(times) ? times : 0
  }

  get epochs(): number {
    return this.#plan.epochs
  }

  async runEpoch(): Promise<FitProgress> {
    const { trainer } = this
    for (const batch of trainer.batches()) {
      if (this.#looking === undefined) {
        const loss = await this.#evaluate(batch)
        trainer.learn(batch, loss, () => loss)
      } else await this.#looking.learn(batch)
    }
    return trainer.progress()
  }

  /** Loss of a batch, the sum of the shards' weighted ones; leaves their gradient in the trainer's places. */
  async #evaluate(batch: Batch): Promise<number> {
    const { dtype, parameters, inputs } = this.#model
    const { gx, gp, arena } = this.trainer.places
    const size = sizeOf(dtype)
    const scratch = arena.zeros(dtype, parameters.count)
    zero(gp, parameters.count * size)
    const weights = this.#weights(batch)
    let [loss, nfe, trusted] = [0, 0, true]
    await this.#crew.run(this.#jobs(batch), this.#signal, (own: Outcome['fit'], { first }) => {
      const weight = weights(first)
      loss += weight * own.loss
      nfe = together(this.#model, nfe, own.nfe)
      trusted &&= own.trusted ?? true
      add(dtype, weight, own.gp, scratch, gp)
      if (own.gx === undefined) return
      const at = gx + first * inputs * size
      write(dtype, at, own.gx)
      verbs(dtype).scale(own.gx.length, weight, at, at)
    })
    return this.trainer.count({ loss, nfe, trusted })
  }

  #jobs(batch: Batch): Job<'fit'>[] {
    const { dtype, inputs, outputs } = this.#model
    const { rows } = batch
    const times = this.#times
    const [x, y] = [
      read(dtype, batch.x, rows * inputs),
      read(dtype, this.trainer.targets(batch, times), times * rows * outputs),
    ]
    const parcel = this.#parcels.of(this.#model)
    const part = (all: Vector, width: number, count: number, shard: Shard): Vector =>
      cut(dtype, all, { rows, width, times: count }, shard)
    return shardsOf(rows).map((shard) => {
      const own = { x: part(x, inputs, 1, shard), y: part(y, outputs, times, shard) }
      const { loss, trainInputs } = this.#plan
      const whole = { rows: this.#rows, given: this.#given }
      return new Job({ do: 'fit', model: parcel.id, ...own, loss: loss.id, inputs: trainInputs, ...whole }, shard, {
        model: this.#model,
        parcel,
      })
    })
  }

  /** The share of a shard in the loss, by the row that it begins with. */
  #weights({ rows, order }: Batch): (first: number) => number {
    const observed = (i: number): number => this.#observed[order === undefined ? i : getI32(order + 4 * i)] as number
    const counts = new Map(
      shardsOf(rows).map((shard) => {
        let count = 0
        for (let i = 0; i < shard.rows; i++) count += observed(shard.first + i)
        return [shard.first, count]
      }),
    )
    const all = [...counts.values()].reduce((sum, count) => sum + count, 0)
    return (first) => (all === 0 ? 0 : (counts.get(first) as number) / all)
  }
}

/** How to train in a pool. */
export interface PoolFitOptions extends FitOptions {
  /** Ends the training, which throws the signal's reason. */
  readonly signal?: AbortSignal
}

/** `fit` with the shards of its batches done by a crew. */
export async function* pooledFit(
  crew: Crew,
  parcels: Parcels,
  model: Poolable,
  data: FitData,
  options: PoolFitOptions,
): AsyncGenerator<FitProgress, void, undefined> {
  crew.alive()
  parcels.of(model)
  const training = new PooledFit(crew, parcels, model, data, options)
  const { trainer, epochs } = training
  try {
    if (options.resume !== undefined) trainer.resume(options.resume)
    while (trainer.epoch < epochs) yield await training.runEpoch()
  } finally {
    trainer.free()
  }
}

/** Targets that are there, row by row; the cross-entropy counts rows of targets without a gap. */
function observations({ outputs }: Poolable, { y }: FitData, rows: number, { loss }: Plan): Float64Array {
  const counts = new Float64Array(rows)
  const whole = loss.id === LOSS_CROSS_ENTROPY
  for (let at = 0; at < y.length; at += outputs) {
    let there = 0
    for (let i = at; i < at + outputs; i++) if (!Number.isNaN(y[i])) there++
    const row = (at / outputs) % rows
    counts[row] = (counts[row] as number) + (whole ? Number(there === outputs) : there)
  }
  return counts
}
