import type { Model } from '../adjoint/model.ts'
import { type Vector, vector } from '../core/boundary.ts'
import { type Numbers, shown } from '../core/check.ts'
import { decode } from '../io/safetensors.ts'

/** A model that can travel: its `save` writes all of it, and a static `from` of its class reads that. */
export interface Poolable extends Model {
  /** The outputs for a batch of inputs. */
  forward(x: Numbers): Vector
  save(): Uint8Array
}

/** A model as it is at a call, for workers. */
export interface Parcel {
  readonly id: number
  /** The model as a file, perhaps with earlier parameters, and the version of these. */
  readonly bytes: Uint8Array
  readonly saved: number
  /** Version of the parameters, and the parameters where they are not those of the file. */
  readonly version: number
  readonly values: Vector | undefined
  readonly rates: readonly number[]
  /** What may change of a model besides. */
  readonly form: unknown
}

/** The parcels of the models that a pool has seen: a new one only where something has changed. */
export class Parcels {
  readonly #last = new WeakMap<Model, Parcel>()
  readonly #forgotten: FinalizationRegistry<number>
  #count = 0

  /** `forget`: told the numbers of the models that were collected. */
  constructor(forget: (id: number) => void) {
    this.#forgotten = new FinalizationRegistry(forget)
  }

  /** @throws TypeError for what cannot travel */
  of(model: Poolable): Parcel {
    const last = this.#last.get(model)
    if (last === undefined) checkPoolable(model)
    const { version, blocks } = model.parameters
    const rates = blocks.map(({ rate }) => rate)
    // Of a `Compose`; all else is fixed when a model is made.
    const { times: form } = model as { readonly times?: unknown }
    const sameForm = last !== undefined && last.form === form
    if (sameForm && last.version === version && rates.every((rate, i) => rate === last.rates[i])) return last
    const { bytes, saved } = sameForm ? last : { bytes: model.save(), saved: version }
    const id = last?.id ?? this.#count++
    const values = saved === version ? undefined : parametersOf(model)
    const parcel = { id, bytes, saved, version, values, rates, form }
    if (last === undefined) this.#forgotten.register(model, id)
    this.#last.set(model, parcel)
    return parcel
  }
}

/** The parameters of all blocks, in order. */
function parametersOf({ dtype, parameters: { blocks, count } }: Model): Vector {
  if (blocks.length === 1) return (blocks[0] as (typeof blocks)[0]).parameters
  const all = vector(dtype, count)
  let at = 0
  for (const block of blocks) {
    all.set(block.parameters, at)
    at += block.parameterCount
  }
  return all
}

/** The kind that a model file names. */
export function kindOf(bytes: Uint8Array): string {
  return (JSON.parse(decode(bytes).metadata.get('relode') as string) as { readonly model: string }).model
}

function checkPoolable(model: Poolable): void {
  const given = shown(model)
  if (typeof model === 'function')
    throw new TypeError(
      'model must be a model such as NeuralODE, got a function, which cannot be posted: write the field as a program, with MLP or Field',
    )
  const { parameters, save, forward } = (model ?? {}) as Partial<Poolable>
  if (!parameters || typeof save !== 'function' || typeof forward !== 'function')
    throw new TypeError(`model must have parameters, forward and save, as NeuralODE has, got ${given}`)
  // What a subclass adds would not be read back, and not be missed either.
  if (!Object.hasOwn(model.constructor, 'from'))
    throw new TypeError(`${given} must have save and a static from of its own: the workers would make its base of it`)
  const { solverOptions } = model as { readonly solverOptions?: { readonly input?: unknown } }
  if (solverOptions?.input !== undefined)
    throw new TypeError('input must be left out: a signal is no part of a model file, and cannot be posted')
}
