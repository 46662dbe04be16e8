import type { Model } from '../adjoint/model.ts'
import { Arena } from '../core/arena.ts'
import { copy, type Pointer, sizeOf } from '../core/boundary.ts'
import { StatusError } from '../core/errors.ts'
import type { Batch, Trainer } from '../train/trainer.ts'

/** What an optimizer saw where it looked: a loss, or how the solve failed there; and where the gradient is kept. */
interface Sight {
  readonly seen: number | StatusError
  readonly gradient: Pointer
}

/**
 * Steps of optimizers that look around, which cannot wait for what they see: a step that looks where nobody has been yet is given up,
 * the crew goes there, and the step begins again from the state it began with, until it has seen all that it looks at.
 */
export class Looking {
  readonly #model: Model
  readonly #trainer: Trainer
  readonly #evaluate: (batch: Batch) => Promise<number>
  #known: { readonly loss: number; readonly version: number } | undefined

  /** `evaluate`: the loss at the parameters as they are; leaves the gradient in the trainer's places. */
  constructor(model: Model, trainer: Trainer, evaluate: (batch: Batch) => Promise<number>) {
    this.#model = model
    this.#trainer = trainer
    this.#evaluate = evaluate
  }

  /** Learns a batch; its loss and gradient are known where the last step ended on them. */
  async learn(batch: Batch): Promise<void> {
    const known = this.#known?.version === this.#model.parameters.version ? this.#known.loss : undefined
    const loss = known ?? (await this.#evaluate(batch))
    const arena = new Arena()
    try {
      const { begin, gradient } = this.#state(arena)
      const sights: Sight[] = []
      while (!this.#try(batch, loss, sights)) {
        const seen = await this.#evaluate(batch).catch((error: unknown) => {
          if (error instanceof StatusError) return error
          throw error
        })
        sights.push({ seen, gradient: gradient() })
        begin()
      }
    } finally {
      arena.free()
    }
  }

  /** Tries the step with what has been seen; false where that is not all, and the parameters are those to look at. */
  #try(batch: Batch, loss: number, sights: readonly Sight[]): boolean {
    const unseen = new Error('nobody has been there')
    const { dtype, parameters } = this.#model
    let looks = 0
    try {
      this.#trainer.learn(batch, loss, () => {
        const sight = sights[looks++]
        if (sight === undefined) throw unseen
        const { seen, gradient } = sight
        copy(this.#trainer.places.gp, gradient, parameters.count * sizeOf(dtype))
        this.#known = { loss: typeof seen === 'number' ? seen : Infinity, version: parameters.version }
        if (typeof seen !== 'number') throw seen
        return seen
      })
      return true
    } catch (error) {
      if (error !== unseen) throw error
      return false
    }
  }

  /** What a step starts from, to begin with it again; and a way to keep a gradient. */
  #state(arena: Arena): { readonly begin: () => void; readonly gradient: () => Pointer } {
    const { dtype, parameters } = this.#model
    const { places, slots } = this.#trainer
    const size = sizeOf(dtype)
    const keep = (from: Pointer, bytes: number): Pointer => {
      const to = arena.bytes(bytes)
      copy(to, from, bytes)
      return to
    }
    const all = [places.gp, ...slots].map((at) => [at, parameters.count * size] as const)
    const own = parameters.blocks.map((block) => [block.parameterPointer, block.parameterCount * size] as const)
    const kept = [...all, ...own].map(([at, bytes]) => [at, keep(at, bytes), bytes] as const)
    return {
      gradient: () => keep(places.gp, parameters.count * size),
      begin: () => {
        for (const [to, from, bytes] of kept) copy(to, from, bytes)
        for (const block of parameters.blocks) block.changed()
      },
    }
  }
}
