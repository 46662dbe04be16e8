import { DisposedError } from '../core/errors.ts'
import { unpack } from './failure.ts'
import { OwnHand, type Reports, WorkerHand } from './hand.ts'
import type { WorkerSource } from './host.ts'
import type { Hand, Job, Pass } from './job.ts'
import type { Answer, Outcome } from './messages.ts'
import type { Shard } from './shards.ts'

/** Jobs that a worker has at a time: the next one is there when it has done one. */
const AHEAD = 2

/** The hands of a pool, and the jobs that wait for one. Who does a job depends on who is free; what comes out of it does not. */
export class Crew {
  /** Why there are fewer workers than were asked for. */
  note: string | undefined
  readonly #source: WorkerSource | undefined
  readonly #onNote: ((note: string) => void) | undefined
  readonly #hands = new Set<Hand>()
  #waiting: Job[] = []
  readonly #given = new Set<Job>()
  #hiring = 0
  #closed = false
  readonly #reports: Reports = {
    done: (hand, job, answer) => this.#done(hand, job, answer),
    died: (hand, jobs, error) => this.#died(hand, jobs, error),
  }

  constructor(source: WorkerSource | undefined, onNote: ((note: string) => void) | undefined) {
    this.#source = source
    this.#onNote = onNote
  }

  /** Workers; 0 where the jobs are done in the thread of the pool. */
  get size(): number {
    return [...this.#hands].filter((hand) => hand instanceof WorkerHand).length
  }

  /** Has so many workers start; resolves when all are there, or cannot be had. */
  async hire(count: number): Promise<void> {
    this.#hiring += count
    const hire = (): Promise<void> => this.#hire().finally(() => this.#hiring--)
    const ends = await Promise.allSettled(Array.from({ length: count }, hire))
    const failed = ends.filter((end) => end.status === 'rejected')
    if (this.#closed || failed.length === 0) return
    const because = `because ${String((failed[0]?.reason as Error)?.message ?? failed[0]?.reason)}`
    if (this.#hands.size > 0) this.#tell(`${failed.length} of ${count} workers could not be started, ${because}`)
    else if (this.#hiring === 0) {
      this.#hands.add(new OwnHand(this.#reports))
      this.#tell(`no workers: all is done in one thread, ${because}`)
    }
    this.#deal()
  }

  async #hire(): Promise<void> {
    const hand = await WorkerHand.hire(this.#source, this.#reports)
    if (this.#closed) return hand.end()
    this.#hands.add(hand)
    this.#deal()
  }

  #tell(note: string): void {
    this.note = note
    this.#onNote?.(note)
  }

  /**
   * Has the jobs of a call done. `each` is given their outcomes in the order of the shards, whichever is done first; the call fails as
   * the first of them that does, in that order.
   */
  async run<K extends keyof Outcome>(
    jobs: readonly Job<K>[],
    signal: AbortSignal | undefined,
    each: (outcome: Outcome[K], shard: Shard) => void,
  ): Promise<void> {
    this.alive()
    signal?.throwIfAborted()
    const abort = (): void => this.#drop(jobs, signal?.reason)
    signal?.addEventListener('abort', abort)
    try {
      this.#waiting.push(...jobs)
      this.#deal()
      for (const job of jobs) each(await job.outcome, job.shard)
    } catch (error) {
      this.#drop(jobs, error)
      throw error
    } finally {
      signal?.removeEventListener('abort', abort)
    }
  }

  /** Throws DisposedError once the crew is closed. */
  alive(): void {
    if (this.#closed) throw new DisposedError('the pool')
  }

  /** Tells all workers that a model is no more. */
  forget(model: number): void {
    for (const hand of this.#hands) hand.tell({ do: 'forget', model })
  }

  /** Gives back what the jobs of a `vjp` have kept. */
  free(passes: Iterable<Pick<Pass, 'id' | 'hand'>>): void {
    for (const { id, hand } of passes)
      if (hand !== undefined && this.#hands.has(hand)) hand.tell({ do: 'free', pass: id })
  }

  /** Ends all workers; what is not done fails. */
  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    const hands = [...this.#hands]
    this.#hands.clear()
    for (const job of [...this.#waiting, ...this.#given]) job.fail(new DisposedError('the pool'))
    this.#waiting = []
    this.#given.clear()
    await Promise.all(hands.map((hand) => hand.end()))
  }

  /** Gives jobs to those that have the fewest. */
  #deal(): void {
    const waiting = this.#waiting
    this.#waiting = []
    for (const job of waiting) {
      const hand = job.hand ?? this.#free()
      if (job.state !== 'open') continue
      if (hand === undefined) this.#waiting.push(job)
      else if (this.#hands.has(hand)) this.#give(job, hand)
      else job.fail(new Error('the worker that held this pullback has died: call vjp again'))
    }
  }

  #give(job: Job, hand: Hand): void {
    job.hand = hand
    this.#given.add(job)
    hand.give(job)
  }

  #free(): Hand | undefined {
    let best: Hand | undefined
    for (const hand of this.#hands) if (hand.load < (best?.load ?? AHEAD)) best = hand
    return best
  }

  #done(hand: Hand, job: Job, answer: Answer): void {
    this.#given.delete(job)
    if ('value' in answer) {
      // Nobody waits for it any more.
      if (job.state === 'failed' && job.work.do === 'vjp') hand.tell({ do: 'free', pass: job.id })
      job.done(answer.value)
    } else if ('failure' in answer) job.fail(unpack(answer.failure, job.shard.first))
    this.#deal()
  }

  #died(hand: Hand, jobs: readonly Job[], error: Error): void {
    this.#hands.delete(hand)
    for (const job of jobs) {
      this.#given.delete(job)
      job.fail(
        new Error(`a worker of the pool has died, and another takes its place: ${error.message}`, { cause: error }),
      )
    }
    if (!this.#closed) void this.hire(1)
  }

  /** Drops what is left of a call. What a worker is at it finishes, for nothing. */
  #drop(jobs: readonly Job[], reason: unknown): void {
    this.#waiting = this.#waiting.filter((job) => !jobs.includes(job))
    this.free(jobs.filter(({ work, state }) => work.do === 'vjp' && state === 'done'))
    for (const job of jobs) job.fail(reason)
  }
}
