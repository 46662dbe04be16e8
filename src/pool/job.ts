import type { Notice, Outcome, Work } from './messages.ts'
import type { Parcel, Poolable } from './parcel.ts'
import type { Shard } from './shards.ts'

/** What does jobs, one after the other. */
export interface Hand {
  /** Jobs that were given to it and are not done. */
  readonly load: number
  readonly give: (job: Job) => void
  readonly tell: (notice: Notice) => void
  readonly end: () => Promise<void>
}

let count = 0

/** What a worker keeps of a job that went forward. */
export type Pass = Pick<Job, 'id' | 'hand' | 'shard'>

/** The job of a shard, from the call on until its outcome is known. */
export class Job<K extends keyof Outcome = keyof Outcome> {
  readonly id: number = count++
  readonly work: Work
  readonly shard: Shard
  /** The model, and what is sent of it; undefined where a worker has what it takes. */
  readonly model: Poolable | undefined
  readonly parcel: Parcel | undefined
  /** Whose job it is: from the beginning, or once it was given away. */
  hand: Hand | undefined
  readonly outcome: Promise<Outcome[K]>
  #state: 'open' | 'done' | 'failed' = 'open'
  #settle!: (value: never) => void
  #refuse!: (error: unknown) => void

  constructor(
    work: Work & { readonly do: K },
    shard: Shard,
    from: { model: Poolable; parcel: Parcel } | { hand: Hand | undefined },
  ) {
    this.work = work
    this.shard = shard
    if ('hand' in from) this.hand = from.hand
    else {
      this.model = from.model
      this.parcel = from.parcel
    }
    this.outcome = new Promise((settle, refuse) => {
      this.#settle = settle
      this.#refuse = refuse
    })
    // A call hears of its first failure only.
    this.outcome.catch(() => {})
  }

  get state(): 'open' | 'done' | 'failed' {
    return this.#state
  }

  done(value: Outcome[keyof Outcome]): void {
    if (this.#state === 'open') this.#state = 'done'
    this.#settle(value as never)
  }

  fail(error: unknown): void {
    if (this.#state === 'open') this.#state = 'failed'
    this.#refuse(error)
  }
}
