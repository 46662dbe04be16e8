/// <reference lib="esnext.disposable" preserve="true" />
import { Arena } from '../core/arena.ts'
import { core, type Dtype, guarded, type Pointer, read, sizeOf, type Vector, verbs, write } from '../core/boundary.ts'
import { checkInt, checkNumbers, checkOneOf, checkStates, type Numbers } from '../core/check.ts'
import { DisposedError } from '../core/errors.ts'
import type { Tensor } from '../io/safetensors.ts'
import { Builder, type Call, type ParameterSpec, type Register } from './builder.ts'
import { finish, layOut } from './layout.ts'

/** What every field takes. */
export interface FieldOptions {
  /** Precision of parameters and states. Default 'f32'. */
  readonly dtype?: Dtype
  /** Seed of the initial parameters, an integer >= 0. Default 0. */
  readonly seed?: number
}

/**
 * A field dy/dt = f(t, y; parameters) as a program in the core, for any batch size.
 *
 * Owns its memory: `using field = new Field(...)`, or `dispose()`; a forgotten one is collected.
 *
 * ```ts
 * // Lotka-Volterra in logarithms: u' = a - b exp(v), v' = -c + d exp(u)
 * const field = new Field(2, (p) => {
 *   const e = p.activate(p.state, 'exp')
 *   return p.concat(p.dense(p.slice(e, 1, 1), 1), p.dense(p.slice(e, 0, 1), 1))
 * })
 * ```
 */
export class Field implements Disposable {
  /** Components of the state. */
  readonly dim: number
  readonly dtype: Dtype
  /** The parameter tensors in the order of the parameter block. */
  readonly specs: readonly ParameterSpec[]
  /** Numbers in the parameter block. */
  readonly parameterCount: number
  /** The program as the calls that wrote it. */
  readonly calls: readonly Call[]
  readonly #arena: Arena
  readonly #params: Pointer
  readonly #field: Pointer
  #version = 0
  #packed = -1

  /**
   * @param dim components of the state, >= 1
   * @param write writes the program and returns the register of dy, as wide as the state
   */
  constructor(dim: number, write: (program: Builder) => Register, options: FieldOptions = {}) {
    this.dim = checkInt('dim', dim, 1, 65536)
    this.dtype = checkOneOf('dtype', options.dtype ?? 'f32', ['f32', 'f64'])
    const seed = checkInt('seed', options.seed ?? 0, 0, Number.MAX_SAFE_INTEGER)
    const builder = new Builder(dim)
    const result = write(builder)
    if (result.width !== dim) {
      throw new RangeError(`a field of dim ${dim} must end with a register of width ${dim}, got ${result.width}`)
    }
    // The state's register is the caller's memory: a field that is the identity needs one of its own. And the recorded calls
    // end with the result: what was written after it must not take its place in a saved model.
    const index = builder.indexOf(result)
    const asItIs = index > 0 && index === builder.widths.length - 1
    const program = finish(builder, asItIs ? result : builder.scale(result, 1))
    this.calls = builder.calls
    this.specs = builder.parameters
    this.parameterCount = builder.parameterCount
    this.#arena = new Arena()
    this.#arena.ownedBy(this)
    this.#params = this.#arena.zeros(this.dtype, this.parameterCount)
    this.#field = layOut(this.#arena, this.dtype, dim, program, this.#params)
    this.#initialise(seed)
  }

  #initialise(seed: number): void {
    const { uniform } = verbs(this.dtype)
    const stream = this.#arena.bytes(32)
    core().seed(stream, BigInt(seed))
    for (const { shape, offset, bound } of this.specs) {
      const length = shape.reduce((a, b) => a * b, 1)
      uniform(stream, length, -bound, bound, this.#params + offset * sizeOf(this.dtype))
    }
  }

  #alive(): void {
    if (this.#arena.disposed) throw new DisposedError('the field')
  }

  /** For solvers: the field's address in the core, its weights packed. */
  ready(): Pointer {
    this.#alive()
    if (this.#packed !== this.#version) {
      verbs(this.dtype).packField(this.#field)
      this.#packed = this.#version
    }
    return this.#field
  }

  /** For optimizers: the address of the parameter block. Call `changed` after writing to it. */
  get parameterPointer(): Pointer {
    this.#alive()
    return this.#params
  }

  /** Counts the changes of the parameters. */
  get version(): number {
    return this.#version
  }

  /** Tells the field that its parameters were written to. */
  changed(): void {
    this.#version++
  }

  /** The parameter block: a copy on reading; all of it (finite numbers) on writing. */
  get parameters(): Vector {
    this.#alive()
    return read(this.dtype, this.#params, this.parameterCount)
  }

  set parameters(values: Numbers) {
    this.#alive()
    checkNumbers('parameters', values)
    if (values.length !== this.parameterCount) {
      throw new RangeError(`parameters must hold ${this.parameterCount} numbers, got ${values.length}`)
    }
    write(this.dtype, this.#params, values)
    this.changed()
  }

  /** The parameters as named tensors (copies), PyTorch's names and [out, in] layout. */
  tensors(): Map<string, Tensor> {
    const all = this.parameters
    const dtype = this.dtype === 'f32' ? 'F32' : 'F64'
    return new Map(
      this.specs.map(({ name, shape, offset }) => {
        const length = shape.reduce((a, b) => a * b, 1)
        return [name, { dtype, shape, data: all.slice(offset, offset + length) }]
      }),
    )
  }

  /** Takes the parameters from named tensors: each of the field's own, in its shape. */
  load(tensors: ReadonlyMap<string, Tensor>): void {
    const all = this.parameters
    for (const { name, shape, offset } of this.specs) {
      const tensor = tensors.get(name)
      if (tensor === undefined)
        throw new RangeError(`tensor ${name} is missing: the file holds ${[...tensors.keys()].join(', ')}`)
      if (tensor.shape.join() !== shape.join()) {
        throw new RangeError(`tensor ${name} must have shape [${shape.join(', ')}], got [${tensor.shape.join(', ')}]`)
      }
      all.set(tensor.data, offset)
    }
    this.parameters = all
  }

  /**
   * f(t, y) for a batch, row-major [batch, dim].
   * @param y states in the field's precision (plain arrays are converted)
   * @param t time, default 0
   */
  forward(y: Numbers, t = 0): Vector {
    const batch = checkStates('y', y, this.dim, this.dtype)
    const field = this.ready()
    const arena = new Arena()
    try {
      const state = arena.copy(this.dtype, y)
      const dy = arena.zeros(this.dtype, y.length)
      guarded(() => verbs(this.dtype).apply(field, arena.pointer, batch, t, state, dy))
      return read(this.dtype, dy, y.length)
    } finally {
      arena.free()
    }
  }

  /** Gives the memory back. A second call does nothing; any other use afterwards throws DisposedError. */
  dispose(): void {
    this.#arena.free()
  }

  [Symbol.dispose](): void {
    this.dispose()
  }
}
