import * as abi from '../../assembly/abi.ts'
import * as ids from '../../assembly/activations.ts'
import type { Arena } from '../core/arena.ts'
import type { Pointer } from '../core/boundary.ts'
import { checkInt, checkNumber, checkOneOf } from '../core/check.ts'
import { inputOp } from './input.ts'

/** Names of the activations, from the core's own list. */
export type Activation = Lowercase<keyof typeof ids extends `ACT_${infer Name}` ? Name : never>

/** Activation name -> id in the core. */
export const activationIds: Readonly<Record<Activation, number>> = /* @__PURE__ */ Object.fromEntries(
  // In the order of the ids: engines and bundlers differ in the order of a module's names.
  Object.entries(ids)
    .sort(([, a], [, b]) => a - b)
    .map(([key, id]) => [key.slice(4).toLowerCase(), id]),
) as Record<Activation, number>

/** A block [batch, width] that an op has written (or the state itself). */
export interface Register {
  readonly index: number
  readonly width: number
}

/**
 * How a tensor starts: uniform in +-scale, normal with deviation `scale`, zeros; or `scale` times the identity between the first
 * or the last components of input and output, as many as both have, and a bias of zeros.
 */
export interface Init {
  readonly kind: 'uniform' | 'normal' | 'zero' | 'first' | 'last'
  readonly scale: number
}

/** One parameter tensor: PyTorch's names and [out, in] layout. */
export interface ParameterSpec {
  readonly name: string
  readonly shape: readonly number[]
  /** First element within the parameter block. */
  readonly offset: number
  readonly init: Init
}

/** Numbers in a tensor of one parameter set. */
export function lengthOf({ shape }: ParameterSpec): number {
  return shape.reduce((a, b) => a * b, 1)
}

/** One instruction, before it is laid out for the core. */
export interface Op {
  readonly code: number
  readonly dst: number
  readonly a: number
  readonly b: number
  readonly activation: number
  readonly weight: number
  readonly bias: number
  readonly pre: number
  readonly from: number
  readonly factor: number
  /** Of an op that needs more than this: puts that into the core, and returns where (abi, OP_PACK). */
  readonly place?: (arena: Arena) => Pointer
}

/** The registers that an op reads. */
export function sources(op: Op): number[] {
  return [op.a, op.b].filter((register) => register >= 0)
}

const NONE = -1
const DEFAULTS = { a: 0, b: NONE, activation: 0, weight: 0, bias: NONE, pre: NONE, from: 0, factor: 1 }

/** How a dense layer is made. */
export interface DenseOptions {
  /** Default 'identity'. */
  readonly activation?: Activation
  /** Default true. */
  readonly bias?: boolean
  /** Name of the layer: its parameters are `name.weight` and `name.bias`. Default: its number. */
  readonly name?: string
  /** How weight and bias start. Default: as PyTorch's Linear, uniform in +-1/sqrt(inputs). */
  readonly init?: Init
}

/** One call of a Builder method, registers by their index: what a model file holds of a field. */
export type Call = readonly [method: string, ...args: readonly (number | string | DenseOptions | readonly number[])[]]

/**
 * Writes a field as a short program: every method appends an op and returns the register it writes. Registers are blocks
 * [batch, width]; a field's program ends with the register that has the width of the state.
 */
export class Builder {
  readonly ops: Op[] = []
  readonly widths: number[] = []
  readonly parameters: ParameterSpec[] = []
  /** The calls so far; `replay` makes the same program from them. */
  readonly calls: Call[] = []
  /** The state y. */
  readonly state: Register
  readonly #registers: Register[] = []
  #layers = 0

  constructor(dim: number) {
    this.state = this.#register(dim)
  }

  #register(width: number): Register {
    const register = { index: this.widths.length, width }
    this.widths.push(width)
    this.#registers.push(register)
    return register
  }

  /** Index of a register of this program; one of another program would name a block that is not meant, or none. */
  indexOf(register: Register): number {
    if (this.#registers[register.index] !== register) {
      throw new RangeError('a register belongs to another program: use those that this builder returned')
    }
    return register.index
  }

  /** For programs that are made from others: appends an op as it stands, which is not among `calls`. */
  op(width: number, op: Partial<Op> & { code: number }): Register {
    const register = this.#register(width)
    this.ops.push({ ...DEFAULTS, ...op, dst: register.index })
    return register
  }

  #parameter(name: string, shape: readonly number[], init: Init): number {
    if (this.parameters.some((p) => p.name === name)) {
      throw new RangeError(`parameter ${name} exists already: give the layer another name`)
    }
    const offset = this.parameterCount
    this.parameters.push({ name, shape, offset, init })
    return offset
  }

  /** Numbers in the parameter block. */
  get parameterCount(): number {
    return this.parameters.reduce((n, p) => n + lengthOf(p), 0)
  }

  /**
   * act(x W^T + b) with W [width, x.width]; initialised as `options.init` says. Of an x without columns (`slice` of width 0) the bias alone
   * is left, by default uniform in +-1: the same parameters for every row.
   */
  dense(x: Register, width: number, options: DenseOptions = {}): Register {
    // A program that is read back has its parameters: how they started is not part of it.
    const { init, ...recorded } = options
    this.calls.push(['dense', this.indexOf(x), width, recorded])
    checkInt('width', width, 1, 65536)
    const activation = options.activation ?? 'identity'
    checkOneOf('activation', activation, Object.keys(activationIds) as Activation[])
    const name = options.name ?? String(this.#layers)
    this.#layers++
    const start = init ?? ({ kind: 'uniform', scale: 1 / Math.sqrt(x.width || 1) } as const)
    const weight = x.width && this.#parameter(`${name}.weight`, [width, x.width], start)
    const bias = (options.bias ?? true) ? this.#parameter(`${name}.bias`, [width], start) : NONE
    const pre = (abi.NEEDS_INPUT >> activationIds[activation]) & 1 ? this.#register(width).index : NONE
    return this.op(width, {
      code: abi.OP_DENSE,
      a: x.index,
      weight,
      bias,
      pre,
      activation: activationIds[activation],
    })
  }

  /** act(x), elementwise. */
  activate(x: Register, activation: Activation): Register {
    this.calls.push(['activate', this.indexOf(x), activation])
    checkOneOf('activation', activation, Object.keys(activationIds) as Activation[])
    return this.op(x.width, { code: abi.OP_ACTIVATE, a: x.index, activation: activationIds[activation] })
  }

  #pair(method: string, code: number, x: Register, y: Register): Register {
    this.calls.push([method, this.indexOf(x), this.indexOf(y)])
    if (x.width !== y.width) throw new RangeError(`operands must have one width, got ${x.width} and ${y.width}`)
    return this.op(x.width, { code, a: x.index, b: y.index })
  }

  /** x + y */
  add(x: Register, y: Register): Register {
    return this.#pair('add', abi.OP_ADD, x, y)
  }

  /** x * y, elementwise. */
  mul(x: Register, y: Register): Register {
    return this.#pair('mul', abi.OP_MUL, x, y)
  }

  /** factor * x */
  scale(x: Register, factor: number): Register {
    this.calls.push(['scale', this.indexOf(x), factor])
    checkNumber('factor', factor, 'finite', Number.isFinite)
    return this.op(x.width, { code: abi.OP_SCALE, a: x.index, factor })
  }

  /** [x | y], columns side by side. */
  concat(x: Register, y: Register): Register {
    this.calls.push(['concat', this.indexOf(x), this.indexOf(y)])
    const width = checkInt('width of the concatenation', x.width + y.width, 2, 65537)
    return this.op(width, { code: abi.OP_CONCAT, a: x.index, b: y.index })
  }

  /** Columns from ... from + width - 1 of x; width may be 0. */
  slice(x: Register, from: number, width: number): Register {
    this.calls.push(['slice', this.indexOf(x), from, width])
    checkInt('from', from, 0, x.width - 1)
    checkInt('width', width, 0, x.width - from)
    return this.op(width, { code: abi.OP_SLICE, a: x.index, from })
  }

  /** The time, as a column. */
  time(): Register {
    this.calls.push(['time'])
    return this.op(1, { code: abi.OP_TIME, a: NONE })
  }

  #input(method: 'input' | 'inputRate', width: number): Register {
    const op = inputOp(this.calls, method, width)
    this.calls.push([method, width])
    return this.op(width, op)
  }

  /** u(t), the signal that a solve is given as its `input`: `width` columns, the same for every call. */
  input(width: number): Register {
    return this.#input('input', width)
  }

  /** u'(t), the derivative of that signal: what a controlled equation dy = F(y) du needs. */
  inputRate(width: number): Register {
    return this.#input('inputRate', width)
  }
}
