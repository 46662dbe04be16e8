import { type TestCore, testCore } from './test-core.ts'
import { type Dtype, rounded } from './vectors.ts'

/** What stands behind every block: a kernel that writes there is caught, and one that lets it count shows it. */
const GUARD = 777
const GUARDS = 8

/** Arrays in the memory of a test core, each followed by guard values. */
export class Blocks {
  readonly core: TestCore = testCore()
  readonly dtype: Dtype
  readonly #arena: number

  constructor(dtype: Dtype) {
    this.dtype = dtype
    this.#arena = this.call('arenaNew')
  }

  /** Calls an export by its name; those in two precisions without their number. */
  call(name: string, ...args: number[]): number {
    const verb = this.core[`${name}${this.dtype}`] ?? this.core[name]
    if (verb === undefined) throw new Error(`the test core has no ${name}`)
    return verb(...args)
  }

  #view(at: number, length: number): Float32Array | Float64Array {
    const { buffer } = this.core.memory
    return this.dtype === 32 ? new Float32Array(buffer, at, length) : new Float64Array(buffer, at, length)
  }

  /** A block that holds `values`, rounded; returns its address. */
  put(values: ArrayLike<number>, guard: number = GUARD): number {
    const length = values.length + GUARDS
    const at = this.call('arenaAlloc', this.#arena, (length * this.dtype) / 8)
    const view = this.#view(at, length)
    view.fill(guard)
    view.set(values)
    return at
  }

  /** A block of n values to be overwritten. */
  room(n: number): number {
    return this.put(new Float64Array(n).fill(-12345))
  }

  /** i32 or f64 values, whatever the precision. */
  integers(values: ArrayLike<number>): number {
    const at = this.call('arenaAlloc', this.#arena, 4 * values.length)
    new Int32Array(this.core.memory.buffer, at, values.length).set(values)
    return at
  }

  doubles(values: ArrayLike<number>): number {
    const at = this.call('arenaAlloc', this.#arena, 8 * values.length)
    new Float64Array(this.core.memory.buffer, at, values.length).set(values)
    return at
  }

  get(at: number, n: number): number[] {
    return [...this.#view(at, n)]
  }

  /** The guards behind a block of n values that were written over. `vectors`: whole vectors may be. */
  overrun(at: number, n: number, vectors = false): number[] {
    const lanes = 128 / this.dtype
    const from = vectors ? Math.ceil(n / lanes) * lanes : n
    return [...this.#view(at, n + GUARDS).slice(from)].filter((v) => v !== GUARD)
  }

  /** Rounds to the precision. */
  round(x: number): number {
    return rounded(x, this.dtype)
  }

  /** a b + c as the strict build does it: two roundings. */
  madd(a: number, b: number, c: number): number {
    return this.round(this.round(a * b) + c)
  }
}
