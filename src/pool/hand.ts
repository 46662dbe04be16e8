import { info, moduleOfCore, type Vector } from '../core/boundary.ts'
import { Desk } from './desk.ts'
import { spawn, type Thread, type WorkerSource } from './host.ts'
import type { Hand, Job } from './job.ts'
import { type Answer, buffersOf, type Notice, type Order } from './messages.ts'
import type { Parcel } from './parcel.ts'

/** What a hand reports. */
export interface Reports {
  /** A job is done, or has failed. */
  readonly done: (hand: Hand, job: Job, answer: Answer) => void
  /** The hand has died, with these jobs in it. */
  readonly died: (hand: Hand, jobs: readonly Job[], error: Error) => void
}

/** A worker. */
export class WorkerHand implements Hand {
  readonly #jobs = new Map<number, Job>()
  /** The models it has, as they are there. */
  readonly #known = new Map<number, Parcel>()
  readonly #thread: Thread
  #ended = false

  private constructor(thread: Thread) {
    this.#thread = thread
  }

  /** A hand whose worker is ready. Rejects where none can be had. */
  static hire(source: WorkerSource | undefined, reports: Reports): Promise<WorkerHand> {
    return new Promise((settle, refuse) => {
      const { build } = info()
      let ready = false
      const ears = {
        hear: (message: unknown): void => {
          const answer = message as Answer
          if (!('ready' in answer)) hand.#hear(answer, reports)
          else if (answer.ready !== build) ears.die(new Error(`it runs the ${answer.ready} core, not the ${build} one`))
          else {
            ready = true
            thread.hold(false)
            settle(hand)
          }
        },
        die: (error: Error): void => {
          if (ready) hand.#die(error, reports)
          else void thread.end()
          refuse(error)
        },
      }
      const thread = spawn(source, ears)
      const hand = new WorkerHand(thread)
      const module = moduleOfCore()
      try {
        thread.post({ do: 'module', module, build } satisfies Order, [])
      } catch {
        // A host that cannot post a module compiles it again.
      }
      thread.post({ do: 'start' } satisfies Order, [])
    })
  }

  get load(): number {
    return this.#jobs.size
  }

  give(job: Job): void {
    if (job.parcel !== undefined) this.#bring(job.parcel)
    this.#jobs.set(job.id, job)
    if (this.#jobs.size === 1) this.#thread.hold(true)
    this.#thread.post({ ...job.work, job: job.id } satisfies Order, buffersOf(job.work))
  }

  tell(notice: Notice): void {
    if (notice.do === 'forget') this.#known.delete(notice.model)
    this.#thread.post(notice, buffersOf(notice))
  }

  async end(): Promise<void> {
    this.#ended = true
    await this.#thread.end()
  }

  /** Sees to it that the worker has the model as it is in the parcel: what has not changed stays. */
  #bring(parcel: Parcel): void {
    const { id, bytes, saved, version, values, rates } = parcel
    const known = this.#known.get(id)
    if (known === parcel) return
    this.#known.set(id, parcel)
    const same = known?.bytes === bytes
    if (!same) this.#thread.post({ do: 'model', model: id, bytes } satisfies Notice, [])
    // Jobs come in the order of the calls: a worker's parameters are never later ones than those of the parcel.
    const own = (same ? known.version : saved) === version ? {} : { values: (values as Vector).slice() }
    this.tell({ do: 'set', model: id, ...own, rates })
  }

  #hear(answer: Exclude<Answer, { readonly ready: unknown }>, reports: Reports): void {
    const job = this.#jobs.get(answer.job)
    if (job === undefined) return
    this.#jobs.delete(answer.job)
    if (this.#jobs.size === 0) this.#thread.hold(false)
    reports.done(this, job, answer)
  }

  #die(error: Error, reports: Reports): void {
    if (this.#ended) return
    void this.end()
    const jobs = [...this.#jobs.values()]
    this.#jobs.clear()
    reports.died(this, jobs, error)
  }
}

/** Hands of the pool's own thread, where there are no workers: a job is done as it is given. */
export class OwnHand implements Hand {
  readonly load = 0
  readonly #desk = new Desk()
  readonly #reports: Reports

  constructor(reports: Reports) {
    this.#reports = reports
  }

  give(job: Job): void {
    const { id, model, parcel, work } = job
    if (model !== undefined && parcel !== undefined) this.#desk.models.set(parcel.id, model)
    const answer = this.#desk.work({ ...work, job: id })
    this.#desk.models.clear()
    void Promise.resolve().then(() => this.#reports.done(this, job, answer))
  }

  tell(notice: Notice): void {
    if (notice.do === 'free') this.#desk.free(notice.pass)
  }

  async end(): Promise<void> {}
}
