import { core, type Dtype, guarded, OutOfMemoryError, type Pointer, sizeOf, write } from './boundary.ts'

// What is forgotten is caught: an owner that is collected without `dispose` gives its arena back.
const forgotten: FinalizationRegistry<Pointer> = new FinalizationRegistry((arena) => core().arenaFree(arena))

/** A block of the core's memory that is given back as a whole. */
export class Arena {
  #at: Pointer
  #owned = false

  constructor() {
    this.#at = guarded(() => core().arenaNew()) >>> 0
  }

  /** The arena as the core knows it. */
  get pointer(): Pointer {
    return this.#at
  }

  get disposed(): boolean {
    return this.#at === 0
  }

  /** `bytes` zeroed bytes, aligned to 16. */
  bytes(bytes: number): Pointer {
    // Beyond 32 bits the core would see the rest of the division only.
    if (bytes >= 2 ** 32) throw new OutOfMemoryError(bytes)
    return guarded(() => core().arenaAlloc(this.#at, bytes)) >>> 0
  }

  /** Room for `length` zeros. */
  zeros(dtype: Dtype, length: number): Pointer {
    return this.bytes(length * sizeOf(dtype))
  }

  /** A copy of `values`. */
  copy(dtype: Dtype, values: ArrayLike<number>): Pointer {
    const at = this.zeros(dtype, values.length)
    write(dtype, at, values)
    return at
  }

  mark(): Pointer {
    return core().arenaMark(this.#at) >>> 0
  }

  /** Gives back what was allocated after `mark`. */
  release(mark: Pointer): void {
    core().arenaRelease(this.#at, mark)
  }

  /** Lets the collection of `owner` free this arena. */
  ownedBy(owner: object): void {
    this.#owned = true
    forgotten.register(owner, this.#at, this)
  }

  /** Gives the memory back; a second call does nothing. */
  free(): void {
    if (this.#at === 0) return
    if (this.#owned) forgotten.unregister(this)
    core().arenaFree(this.#at)
    this.#at = 0
  }
}
