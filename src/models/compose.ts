import { checkInt } from '../core/check.ts'
import type { Field } from '../program/field.ts'
import type { DeepPlan } from '../solve/plan.ts'
import { MAP } from '../solve/tableau-memory.ts'
import { encodeModel } from './container.ts'
import { Deep, type DeepOptions, equalSteps } from './deep.ts'
import { readSurrounded } from './surrounded.ts'

/** How a block is composed. */
export interface ComposeOptions extends DeepOptions {
  /** How often the block is applied, >= 0. Default 1. */
  readonly times?: number
}

/**
 * One block composed with itself: x -> L2(g(g(... g(L1(x))))) (Zhang, Lu, Zhao 2023), one set of parameters whatever the depth.
 *
 * ```ts
 * const model = new Compose(new MLP([8, 32, 8]), { times: 12, readIn: new Affine(2, 8), readOut: new Affine(8, 1) })
 * model.times = 24   // the same parameters, deeper
 * ```
 */
export class Compose extends Deep {
  #times: number

  constructor(block: Field, options: ComposeOptions = {}) {
    super(block, options)
    this.#times = checkInt('times', options.times ?? 1, 0, 2 ** 30)
  }

  /** How often the block is applied; may be changed at any time. */
  get times(): number {
    return this.#times
  }

  set times(value: number) {
    this.#times = checkInt('times', value, 0, 2 ** 30)
  }

  plan(): DeepPlan {
    return equalSteps(MAP, this.#times, this.#times)
  }

  /** The model as one buffer: a safetensors file; see `NeuralODE.save`. */
  save(metadata: ReadonlyMap<string, string> = new Map()): Uint8Array {
    return encodeModel('compose', this.roles, { times: this.#times }, metadata)
  }

  /** The model that `save` wrote. Throws FormatError naming what is wrong with the bytes. */
  static from(bytes: Uint8Array | ArrayBuffer): Compose {
    return readSurrounded('compose', bytes, (field, surroundings, { times }) => {
      return new Compose(field, { ...surroundings, times: times as number })
    })
  }
}
