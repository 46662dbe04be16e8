/** What a run leaves on the disk while it is unfinished: the results of its tasks, and a checkpoint of each that has begun. */

import { join } from 'node:path'
import { InputError } from '../errors.ts'
import { makeFolder, readIfThere, remove, removeFolder, writeWhole } from '../files.ts'

/** What a run must have in common with a state to go on from it. */
export interface Identity {
  readonly version: string
  readonly experiment: string
  readonly quick: boolean
  /** Of the data, where the experiment takes them from the user. */
  readonly data?: string
}

export class State {
  readonly #folder: string
  readonly #identity: string

  constructor(out: string, identity: Identity) {
    this.#folder = join(out, 'unfinished')
    this.#identity = JSON.stringify(identity)
  }

  get #run(): string {
    return join(this.#folder, 'run.json')
  }

  /** Begins afresh, or goes on; throws InputError where the one that is asked for cannot be. */
  open({ resume, force }: { readonly resume?: boolean; readonly force?: boolean }): void {
    if (force) this.remove()
    const found = readIfThere(this.#run)
    if (found === undefined) {
      makeFolder(this.#folder)
      writeWhole(this.#run, this.#identity)
      return
    }
    if (!resume) {
      throw new InputError(`${this.#folder} is of an unfinished run: --resume goes on from it, --force starts over`)
    }
    const text = new TextDecoder().decode(found)
    if (text !== this.#identity) {
      throw new InputError(
        `cannot resume: ${this.#run} is of ${text}, this run is ${this.#identity}: --force starts over`,
      )
    }
  }

  #file(task: string, kind: 'json' | 'safetensors'): string {
    return join(this.#folder, `${task.replaceAll(/[^\w.-]+/g, '-')}.${kind}`)
  }

  /** The result of a task, undefined if it has none yet. */
  result(task: string): unknown {
    const bytes = readIfThere(this.#file(task, 'json'))
    if (bytes === undefined) return undefined
    try {
      return (JSON.parse(new TextDecoder().decode(bytes)) as { result: unknown }).result
    } catch {
      throw new InputError(`${this.#file(task, 'json')} is damaged: remove it, or --force starts over`)
    }
  }

  checkpoint(task: string): Uint8Array | undefined {
    return readIfThere(this.#file(task, 'safetensors'))
  }

  saveCheckpoint(task: string, bytes: Uint8Array): void {
    writeWhole(this.#file(task, 'safetensors'), bytes)
  }

  saveResult(task: string, result: unknown): void {
    writeWhole(this.#file(task, 'json'), JSON.stringify({ result }))
    remove(this.#file(task, 'safetensors'))
  }

  remove(): void {
    removeFolder(this.#folder)
  }
}
