/// <reference lib="esnext.disposable" preserve="true" />
import { Arena } from '../core/arena.ts'
import {
  type Dtype,
  guarded,
  type Pointer,
  read,
  readInto,
  type Vector,
  vector,
  verbs,
  write,
} from '../core/boundary.ts'
import {
  checkInt,
  checkNonNegative,
  checkNumbers,
  checkOneOf,
  checkOut,
  checkPositive,
  checkStates,
  type Numbers,
} from '../core/check.ts'
import { DisposedError } from '../core/errors.ts'
import type { Tensor } from '../io/safetensors.ts'
import { Builder, type Call, lengthOf, type ParameterSpec, type Register } from './builder.ts'
import { checkStart, type InitialLayers, initialise } from './initialise.ts'
import { checkUnfed } from './input.ts'
import { finish, layOut, type Program } from './layout.ts'

/** What every block takes. */
export interface BlockOptions {
  /** Precision of parameters and states. Default 'f32'. */
  readonly dtype?: Dtype
  /** Seed of the initial parameters, an integer >= 0. Default 0. */
  readonly seed?: number
  /**
   * Number of parameter sets, one after the other in the parameter block: step i of a solve, which must be a
   * fixed one, uses set i mod layers. The tensors then have the layers as their first dimension. Default 1.
   */
  readonly layers?: number
  /**
   * How the layers start: each from parameters of its own, all from the same ones, or 'smooth': every parameter a Gaussian
   * process over the depth s = k / layers, k = 1 ... layers, with covariance exp(-(s - s')^2 / (2 lengthScale^2)). A smooth
   * start is for parameters that start normal or zero. Default 'independent'.
   */
  readonly initialLayers?: InitialLayers
  /** Of a smooth start, as a share of the depth, at least 0.02. Default 1. */
  readonly lengthScale?: number
  /**
   * The layers are values of one function of time instead, layer k = 0, 1, ... at t = span k / layers, linear between and
   * constant outside: parameters that depend on time, for any solver. Default: none, a layer belongs to a step.
   */
  readonly span?: number
  /** Factor on the learning rate of these parameters; 0 keeps them as they are. Default 1. */
  readonly rate?: number
}

/**
 * A map y = f(t, x; parameters) as a program in the core, for any batch size: what fields, read-ins and read-outs are made of.
 *
 * Owns its memory: `using block = ...`, or `dispose()`; a forgotten one is collected.
 */
export class Block implements Disposable {
  /** Width of an input row and of an output row. */
  readonly inputs: number
  readonly outputs: number
  readonly dtype: Dtype
  /** Parameter sets. */
  readonly layers: number
  /** Where the layers are a function of time, the span they are spread over. */
  readonly span: number | undefined
  /** The parameter tensors of one set, in the order of the parameter block. */
  readonly specs: readonly ParameterSpec[]
  /** Numbers in the parameter block: layers x those of one set. */
  readonly parameterCount: number
  /** The program as the calls that wrote it. */
  readonly calls: readonly Call[]
  /** The program as the core runs it. */
  readonly program: Program
  readonly #setLength: number
  readonly #arena: Arena
  readonly #params: Pointer
  readonly #field: Pointer
  #version = 0
  #packed = -1
  #rate: number

  /**
   * @param inputs width of the program's input, >= 1
   * @param outputs width of its result
   * @param write writes the program and returns the register of its result
   */
  constructor(inputs: number, outputs: number, write: (program: Builder) => Register, options: BlockOptions = {}) {
    this.inputs = checkInt('inputs', inputs, 1, 65536)
    this.outputs = checkInt('outputs', outputs, 1, 65536)
    this.layers = checkInt('layers', options.layers ?? 1, 1, 2 ** 24)
    this.span = options.span === undefined ? undefined : checkPositive('span', options.span)
    this.dtype = checkOneOf('dtype', options.dtype ?? 'f32', ['f32', 'f64'])
    const start = checkStart(options)
    this.#rate = checkNonNegative('rate', options.rate ?? 1)
    const builder = new Builder(inputs)
    const result = write(builder)
    if (result.width !== outputs) {
      throw new RangeError(`the program must end with a register of width ${outputs}, got ${result.width}`)
    }
    // The state's register is the caller's memory: a program that is the identity needs one of its own. And the recorded calls
    // end with the result: what was written after it must not take its place in a saved model.
    const index = builder.indexOf(result)
    const asItIs = index > 0 && index === builder.widths.length - 1
    const program = finish(builder, asItIs ? result : builder.scale(result, 1))
    this.calls = builder.calls
    this.specs = builder.parameters
    this.program = program
    this.#setLength = builder.parameterCount
    this.parameterCount = this.layers * this.#setLength
    this.#arena = new Arena()
    this.#arena.ownedBy(this)
    this.#params = this.#arena.zeros(this.dtype, this.parameterCount)
    this.#field = layOut(
      this.#arena,
      this.dtype,
      { program, inputs, layers: this.layers, setLength: this.#setLength, span: this.span ?? 0 },
      this.#params,
    )
    const { dtype, layers, specs } = this
    initialise({ dtype, layers, specs, setLength: this.#setLength, params: this.#params }, start)
  }

  /** Are there parameters for every step: layers, and no span? */
  get perStep(): boolean {
    return this.layers > 1 && this.span === undefined
  }

  /** Where the layers are a function of time, the times at which it bends: stops for an adaptive solver. None otherwise. */
  get knots(): Float64Array {
    const { layers, span } = this
    return span === undefined
      ? new Float64Array(0)
      : Float64Array.from({ length: layers }, (_, k) => (span * k) / layers)
  }

  #alive(): void {
    if (this.#arena.disposed) throw new DisposedError('the block')
  }

  /** For solvers: the block's address in the core, its weights packed. `fed`: is there a signal, if its program reads one? */
  ready(fed = false): Pointer {
    this.#alive()
    if (!fed) checkUnfed(this.calls)
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

  /** Tells the block that its parameters were written to. */
  changed(): void {
    this.#version++
  }

  /**
   * Factor on the learning rate of these parameters; may be changed at any time. With 0 they are not trained: their gradient is
   * not computed, and stands as zeros. It belongs to the training: model files do not hold it.
   */
  get rate(): number {
    return this.#rate
  }

  set rate(value: number) {
    this.#rate = checkNonNegative('rate', value)
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

  /** Name, shape and the pieces of every tensor: one a layer. */
  #tensorPlaces(): { name: string; shape: readonly number[]; length: number; starts: number[] }[] {
    return this.specs.map((spec) => ({
      name: spec.name,
      shape: this.layers === 1 ? spec.shape : [this.layers, ...spec.shape],
      length: lengthOf(spec),
      starts: Array.from({ length: this.layers }, (_, layer) => layer * this.#setLength + spec.offset),
    }))
  }

  /**
   * The parameters as named tensors (copies), PyTorch's names and [out, in] layout; with more than one parameter set
   * [layers, out, in].
   */
  tensors(): Map<string, Tensor> {
    const all = this.parameters
    const dtype = this.dtype === 'f32' ? 'F32' : 'F64'
    return new Map(
      this.#tensorPlaces().map(({ name, shape, length, starts }) => {
        const data = vector(this.dtype, length * starts.length)
        for (const [layer, start] of starts.entries()) data.set(all.subarray(start, start + length), layer * length)
        return [name, { dtype, shape, data }]
      }),
    )
  }

  /** Takes the parameters from named tensors: each of the block's own, in its shape. */
  load(tensors: ReadonlyMap<string, Tensor>): void {
    const all = this.parameters
    for (const { name, shape, length, starts } of this.#tensorPlaces()) {
      const tensor = tensors.get(name)
      if (tensor === undefined)
        throw new RangeError(`tensor ${name} is missing: the file holds ${[...tensors.keys()].join(', ')}`)
      if (tensor.shape.join() !== shape.join()) {
        throw new RangeError(`tensor ${name} must have shape [${shape.join(', ')}], got [${tensor.shape.join(', ')}]`)
      }
      for (const [layer, start] of starts.entries()) {
        all.set(tensor.data.subarray(layer * length, (layer + 1) * length), start)
      }
    }
    this.parameters = all
  }

  /**
   * f(t, x) for a batch, row-major [batch, inputs] -> [batch, outputs]; of the first parameter set.
   * @param x inputs in the block's precision (plain arrays are converted)
   * @param t time, default 0
   * @param out where the result goes, instead of a new array: in the block's precision, of batch x outputs numbers; may be `x`. For
   * small layers the new array costs more than the arithmetic.
   * @returns `out`, if it was given
   */
  forward(x: Numbers, t = 0, out?: Vector): Vector {
    const { dtype } = this
    const batch = checkStates('x', x, this.inputs, dtype)
    const length = batch * this.outputs
    if (out !== undefined) checkOut(out, length, dtype)
    const block = this.ready()
    const arena = new Arena()
    try {
      const from = arena.copy(dtype, x)
      const to = arena.zeros(dtype, length)
      guarded(() => verbs(dtype).apply(block, arena.pointer, batch, t, from, to))
      return out === undefined ? read(dtype, to, length) : readInto(dtype, to, out)
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
