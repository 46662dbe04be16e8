import type { Cotangents, Model } from '../adjoint/model.ts'
import { Arena } from '../core/arena.ts'
import { type Dtype, type Pointer, read, type Vector, verbs, write } from '../core/boundary.ts'
import { Joined, type Shard } from './shards.ts'

/** Adds `weight` times `values` to what is at `to`; `scratch` has room for them. */
export function add(dtype: Dtype, weight: number, values: Vector, scratch: Pointer, to: Pointer): void {
  write(dtype, scratch, values)
  verbs(dtype).axpy(values.length, weight, scratch, to)
}

/**
 * Are evaluations of a model those of its rows, each counted by itself? Those of a batch whose rows are evaluated together are counted
 * once, and so are those of its shards: the most that one took.
 */
export function rowByRow(model: Model): boolean {
  const { solverOptions, event } = model as { solverOptions?: { readonly control?: string }; event?: unknown }
  return solverOptions?.control === 'sample' || event !== undefined
}

/** Evaluations of two shards. */
export function together(model: Model, a: number, b: number): number {
  return rowByRow(model) ? a + b : Math.max(a, b)
}

/** The cotangents of a batch: of its rows put together, and all else summed in the order of the shards. */
export class CotangentSum {
  readonly #model: Model
  readonly #dx: Joined
  readonly #arena = new Arena()
  readonly #scratch: Pointer
  readonly #dparams: Pointer
  #rest: Omit<Cotangents, 'dx' | 'dparams'> | undefined

  constructor(model: Model, rows: number) {
    const { dtype, parameters, inputs } = model
    this.#model = model
    this.#dx = new Joined(dtype, rows, inputs)
    this.#scratch = this.#arena.zeros(dtype, parameters.count)
    this.#dparams = this.#arena.zeros(dtype, parameters.count)
  }

  take({ dx, dparams, ...rest }: Cotangents, shard: Shard): void {
    this.#dx.take(dx, shard)
    add(this.#model.dtype, 1, dparams, this.#scratch, this.#dparams)
    this.#rest = this.#rest === undefined ? rest : this.#both(this.#rest, rest)
  }

  #both(a: Omit<Cotangents, 'dx' | 'dparams'>, b: typeof a): typeof a {
    const sum = (x: number, y: number): number => together(this.#model, x, y)
    const given = <T>(x: T | undefined, value: (x: T) => object): object => (x === undefined ? {} : value(x))
    return {
      dt: a.dt.map((value, i) => value + (b.dt[i] as number)),
      nfe: sum(a.nfe, b.nfe),
      ...given(a.recomputed, (x) => ({ recomputed: sum(x, b.recomputed as number) })),
      ...given(a.residual, (x) => ({ residual: Math.max(x, b.residual as number) })),
      ...given(a.reconstruction, (x) => ({ reconstruction: Math.max(x, b.reconstruction as number) })),
      ...given(a.trusted, (x) => ({ trusted: x && b.trusted === true })),
    }
  }

  /** The sums. */
  get all(): Cotangents {
    const { dtype, parameters } = this.#model
    return {
      dx: this.#dx.all,
      dparams: read(dtype, this.#dparams, parameters.count),
      ...(this.#rest as { dt: Float64Array; nfe: number }),
    }
  }

  free(): void {
    this.#arena.free()
  }
}
