/// <reference lib="esnext.disposable" preserve="true" />
import type { Cotangents } from '../adjoint/model.ts'
import type { Vector } from '../core/boundary.ts'
import { checkInt, checkNumbers, type Numbers } from '../core/check.ts'
import { DisposedError } from '../core/errors.ts'
import type { FitData, FitProgress } from '../train/plan.ts'
import { Crew } from './crew.ts'
import { type PoolFitOptions, pooledFit } from './fit.ts'
import { concurrency, type WorkerSource } from './host.ts'
import { Job, type Pass } from './job.ts'
import { type Parcel, Parcels, type Poolable } from './parcel.ts'
import { cut, Joined, shardsOf } from './shards.ts'
import { CotangentSum } from './sums.ts'

/** How a pool is made. */
export interface PoolOptions {
  /** Workers, 1 to 64. Default: as many as the machine runs threads at a time, 8 at the most. No number depends on it. */
  readonly threads?: number
  /**
   * Where the script of the workers is, or a function that makes a worker of it (relode/pool-worker). Default: dist/pool-worker.js beside
   * the pool's own file, which Vite and webpack bundle by themselves.
   */
  readonly worker?: WorkerSource
  /** Told what `note` is to say. */
  readonly onNote?: (note: string) => void
}

/** What a call takes besides. */
export interface CallOptions {
  /** Ends the call, which rejects with the signal's reason. A shard that a worker has begun it finishes, for nothing. */
  readonly signal?: AbortSignal
}

/** As `Pullback` of relode, in a pool: the workers keep what it needs until it is disposed or collected. */
export interface PoolPullback extends Disposable {
  (dy: Numbers, options?: CallOptions): Promise<Cotangents>
  /** Gives the memory back. A second call does nothing. */
  readonly dispose: () => void
}

/**
 * Workers that share the rows of batches. A batch is cut into shards by its size alone, and what they give is put together, and summed, in
 * their order: any number of workers gives the same bits.
 */
export class Pool implements Disposable, AsyncDisposable {
  readonly #crew: Crew
  readonly #parcels: Parcels
  readonly #forgotten: FinalizationRegistry<readonly Pass[]>

  /** For `pool`. */
  constructor(crew: Crew) {
    this.#crew = crew
    this.#parcels = new Parcels((id) => crew.forget(id))
    this.#forgotten = new FinalizationRegistry((jobs) => crew.free(jobs))
  }

  /** Workers at work; 0 where there are none and the pool's own thread does it all. */
  get threads(): number {
    return this.#crew.size
  }

  /** Why there are fewer workers than were asked for, in words; undefined if there are not. */
  get note(): string | undefined {
    return this.#crew.note
  }

  /**
   * The outputs for a batch of inputs, as those of `model.forward`.
   * @throws TypeError for a model that cannot travel; what `forward` throws, with the row of the batch; DisposedError when closed
   */
  async forward(model: Poolable, x: Numbers, { signal }: CallOptions = {}): Promise<Vector> {
    const { jobs, y } = this.#begin('forward', model, x)
    await this.#crew.run(jobs, signal, (outcome, shard) => y.take(outcome.y, shard))
    return y.all
  }

  /**
   * The outputs for a batch of inputs, and the pullback there, as of `vjp` of relode.
   *
   * ```ts
   * const [y, pullback] = await workers.vjp(node, x)
   * const { dx, dparams, dt } = await pullback(dy)
   * ```
   */
  async vjp(model: Poolable, x: Numbers, { signal }: CallOptions = {}): Promise<[y: Vector, pullback: PoolPullback]> {
    const { jobs, y, parcel } = this.#begin('vjp', model, x)
    await this.#crew.run(jobs, signal, (outcome, shard) => y.take(outcome.y, shard))
    const passes = jobs.map(({ id, hand, shard }) => ({ id, hand, shard }))
    return [y.all, this.#pullback(passes, model, parcel.version, x.length / model.inputs, y.all.length)]
  }

  /**
   * `fit` of relode, with the same options and the same stream, each batch in shards.
   *
   * ```ts
   * for await (const { epoch, loss } of workers.fit(node, { x, y }, { epochs: 50 })) if (loss < 1e-3) break
   * ```
   */
  fit(model: Poolable, data: FitData, options: PoolFitOptions = {}): AsyncGenerator<FitProgress, void, undefined> {
    return pooledFit(this.#crew, this.#parcels, model, data, options)
  }

  /** Ends the workers. Calls that are not done reject with a DisposedError, and so do later ones. A second call does nothing. */
  close(): Promise<void> {
    return this.#crew.close()
  }

  [Symbol.dispose](): void {
    void this.close()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  /** The jobs of a call forward, and where their outputs go. */
  #begin<K extends 'forward' | 'vjp'>(
    verb: K,
    model: Poolable,
    x: Numbers,
  ): { readonly jobs: Job<K>[]; readonly y: Joined; readonly parcel: Parcel } {
    this.#crew.alive()
    const parcel = this.#parcels.of(model)
    const { dtype, inputs, outputs } = model
    const rows = model.checkInputs(x)
    const jobs = shardsOf(rows).map((shard) => {
      const own = cut(dtype, x, { rows, width: inputs, times: 1 }, shard)
      return new Job<K>({ do: verb, model: parcel.id, x: own }, shard, { model, parcel })
    })
    return { jobs, y: new Joined(dtype, rows, outputs), parcel }
  }

  #pullback(passes: readonly Pass[], model: Poolable, version: number, rows: number, length: number): PoolPullback {
    const { dtype, outputs: width } = model
    let disposed = false
    const call = async (dy: Numbers, { signal }: CallOptions = {}): Promise<Cotangents> => {
      if (disposed) throw new DisposedError('the pullback')
      if (model.parameters.version !== version) throw new Error('the parameters have changed since vjp: call vjp again')
      checkNumbers('dy', dy)
      if (dy.length !== length) throw new RangeError(`dy must hold ${length} numbers, as y does, got ${dy.length}`)
      const times = rows === 0 ? 0 : length / (rows * width)
      const jobs = passes.map(({ id, hand, shard }) => {
        const own = cut(dtype, dy, { rows, width, times }, shard)
        return new Job<'pull'>({ do: 'pull', pass: id, dy: own }, shard, { hand })
      })
      const sum = new CotangentSum(model, rows)
      try {
        await this.#crew.run(jobs, signal, (own, shard) => sum.take(own, shard))
        return sum.all
      } finally {
        sum.free()
      }
    }
    const dispose = (): void => {
      if (!disposed) this.#crew.free(passes)
      disposed = true
    }
    const pullback: PoolPullback = Object.assign(call, { dispose, [Symbol.dispose]: dispose })
    this.#forgotten.register(pullback, passes)
    return pullback
  }
}

/**
 * Starts a pool of workers. Where there can be none, a pool all the same, which does all in its own thread and says so in `note`.
 *
 * ```ts
 * using workers = await pool({ threads: 4 })
 * const y = await workers.forward(node, x)
 * ```
 * @throws RangeError for a number of threads that is none
 */
export async function pool(options: PoolOptions = {}): Promise<Pool> {
  const threads = checkInt('threads', options.threads ?? Math.min(8, Math.max(1, concurrency())), 1, 64)
  const crew = new Crew(options.worker, options.onNote)
  await crew.hire(threads)
  return new Pool(crew)
}
