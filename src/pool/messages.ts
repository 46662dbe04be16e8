/** What a pool and its workers say to each other. The numbers of a job travel by transfer: no copy is made of them on the way. */

import type { Cotangents } from '../adjoint/model.ts'
import type { Build, Vector } from '../core/boundary.ts'
import type { Evaluation } from '../train/objective.ts'

/** A job on the rows of one shard. */
export type Work =
  | { readonly do: 'forward' | 'vjp'; readonly model: number; readonly x: Vector }
  /** `pass`: the number of the job that went forward. */
  | { readonly do: 'pull'; readonly pass: number; readonly dy: Vector }
  | {
      readonly do: 'fit'
      readonly model: number
      readonly x: Vector
      readonly y: Vector
      /** Id of the loss. */
      readonly loss: number
      /** Is the gradient to the inputs wanted? */
      readonly inputs: boolean
      /** All rows of the data, and numbers in their targets: what an error tells. */
      readonly rows: number
      readonly given: number
    }

/** What needs no answer. */
export type Notice =
  /** A module that need not be compiled again, of this build. */
  | { readonly do: 'module'; readonly module: WebAssembly.Module; readonly build: Build }
  /** A model, as `save` writes it. */
  | { readonly do: 'model'; readonly model: number; readonly bytes: Uint8Array }
  /** Its parameters, all blocks in order, where they are others than it has; and the rates of the blocks, which no file holds. */
  | { readonly do: 'set'; readonly model: number; readonly values?: Vector; readonly rates: readonly number[] }
  | { readonly do: 'forget'; readonly model: number }
  | { readonly do: 'free'; readonly pass: number }

export type Order = (Work & { readonly job: number }) | Notice | { readonly do: 'start' }

/** What a job gives. */
export interface Outcome {
  readonly forward: { readonly y: Vector }
  readonly vjp: { readonly y: Vector }
  readonly pull: Cotangents
  readonly fit: Evaluation & { readonly gp: Vector; readonly gx?: Vector }
}

/** An error on its way. */
export interface Failure {
  readonly name: string
  readonly message: string
  /** What else it tells. */
  readonly fields: Readonly<Record<string, unknown>>
}

export type Answer =
  | { readonly job: number; readonly value: Outcome[keyof Outcome] }
  | { readonly job: number; readonly failure: Failure }
  /** The worker is ready, on this build of the core. */
  | { readonly ready: Build }

/** The buffers of the numbers in a message, to be transferred. */
export function buffersOf(message: object): ArrayBuffer[] {
  const views = Object.values(message).filter((value) => ArrayBuffer.isView(value))
  return views.map(({ buffer }) => buffer as ArrayBuffer)
}
