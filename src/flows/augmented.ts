import * as abi from '../../assembly/abi.ts'
import { Arena } from '../core/arena.ts'
import { copy, type Pointer, sizeOf, verbs, write } from '../core/boundary.ts'
import type { Builder, ParameterSpec, Register } from '../program/builder.ts'
import { Field } from '../program/field.ts'
import { inner, wholeRows } from '../program/row-ops.ts'
import { plus, Tangents } from '../program/tangent.ts'
import type { Divergence } from './hutchinson.ts'
import { type Layers, layersOf, Products } from './products.ts'

/** What is integrated beside the state and the divergence. */
export interface Extras {
  /** The kinetic energy |f|^2. */
  readonly kinetic: boolean
  /** The squared Frobenius norm of the Jacobian; with Hutchinson's probes the mean of |J e|^2, which has the same expectation. */
  readonly jacobian: boolean
}

/** Writes the program of an augmented field, and remembers the constants that it needs behind the parameters of the source. */
class Writer {
  /** Offset and values of what stands behind the parameters of the source. */
  readonly constants: (readonly [offset: number, values: readonly number[]])[] = []
  readonly #p: Builder
  readonly #ones = new Map<number, number>()

  constructor(p: Builder) {
    this.#p = p
  }

  /** Room for numbers behind the parameters; returns its offset. */
  room(length: number): number {
    const offset = this.#p.parameterCount
    const init = { kind: 'zero', scale: 0 } as const
    const spec: ParameterSpec = { name: `constant.${offset}`, shape: [length], offset, init }
    this.#p.parameters.push(spec)
    return offset
  }

  #constant(values: readonly number[]): number {
    const offset = this.room(values.length)
    this.constants.push([offset, values])
    return offset
  }

  /** x W^T + b, both from the parameter block. */
  dense(x: Register, width: number, weight: number, bias = -1): Register {
    return this.#p.op(width, { code: abi.OP_DENSE, a: x.index, weight, bias })
  }

  /** The inner products of the rows of two registers, a column. */
  inner(x: Register, y: Register): Register {
    if (wholeRows(x.width)) return inner(this.#p, x, y)
    const product = this.#p.mul(x, y)
    if (product.width === 1) return product
    const ones = this.#ones.get(product.width) ?? this.#constant(new Array(product.width).fill(1))
    this.#ones.set(product.width, ones)
    return this.dense(product, 1, ones)
  }

  /** The unit vectors of `width` components, the same for every row. */
  units(width: number): Register[] {
    const zeros = this.#constant(new Array(width).fill(0))
    const time = this.#p.time()
    return Array.from({ length: width }, (_, i) => {
      const unit = this.#constant(Array.from({ length: width }, (_, j) => (i === j ? 1 : 0)))
      return this.dense(time, width, zeros, unit)
    })
  }
}

/**
 * A field f with its divergence: state [z | l | more] with z' = f(t, z), l' = tr(df/dz), and more as `Extras` says. A field of its own
 * with a copy of the parameters, and what is derived from them behind.
 *
 * The cheapest way is taken: for networks with one or two hidden layers a weighted sum of products of slopes (`Products`), one more layer;
 * for any other program a derivative in the direction of each component; with Hutchinson's estimate one for each probe.
 */
export class Augmented {
  /** The augmented field. Call `sync` before it is used. */
  readonly field: Field
  readonly #source: Field
  readonly #products: Products | undefined
  /** Where c or M is behind the parameters. */
  #derived = 0
  readonly #constants: Writer['constants']
  #version = -1

  constructor(source: Field, divergence: Divergence, extras: Extras) {
    const { dim, dtype, layers, span, specs } = source
    const known = divergence === 'exact' && !extras.jacobian ? layersOf(source) : undefined
    this.#source = source
    this.#products = known && new Products(source, known)
    let constants: Writer['constants'] = []
    const write = (p: Builder): Register => {
      p.parameters.push(...specs)
      const w = new Writer(p)
      constants = w.constants
      const z = p.slice(p.state, 0, dim)
      const tangents = new Tangents(p, source, z)
      const { value } = tangents
      const { trace, norm } =
        known === undefined
          ? directional(p, w, tangents, directionsOf(p, w, dim, divergence), extras)
          : { trace: this.#layered(w, tangents, known, source), norm: undefined }
      const kinetic = extras.kinetic ? w.inner(value, value) : undefined
      return [trace, kinetic, norm].reduce<Register>((all, more) => (more ? p.concat(all, more) : all), value)
    }
    const width = dim + 1 + (extras.kinetic ? 1 : 0) + (extras.jacobian ? 1 : 0)
    this.field = new Field(width, write, { dtype, layers, ...(span === undefined ? {} : { span }) })
    this.#constants = constants
  }

  /** The trace of the Jacobian of a network with one or two hidden layers. */
  #layered(w: Writer, tangents: Tangents, { first, second }: Layers, { program: { widths } }: Field): Register {
    this.#derived = w.room((this.#products as Products).length)
    const below = tangents.slope(first)
    if (second === undefined) return w.dense(below, 1, this.#derived)
    return w.inner(tangents.slope(second), w.dense(below, widths[second.dst] as number, this.#derived))
  }

  /** Brings the parameters over from the source, where they have changed. */
  sync(): void {
    const { field } = this
    const { dtype, layers, parameterPointer, version, rate, parameterCount } = this.#source
    field.rate = rate
    if (version === this.#version) return
    const size = sizeOf(dtype)
    const [from, to] = [parameterCount / layers, field.parameterCount / layers]
    for (let k = 0; k < layers; k++) {
      const at = field.parameterPointer + k * to * size
      copy(at, parameterPointer + k * from * size, from * size)
      for (const [offset, values] of this.#constants) write(dtype, at + offset * size, values)
    }
    if (this.#products)
      write(dtype, field.parameterPointer + this.#derived * size, this.#products.of(this.#source.parameters))
    field.changed()
    this.#version = version
  }

  /** Adds to `gp`, the cotangent of the source's parameters, what follows from that of the augmented field's. */
  pull(g: Pointer, gp: Pointer): void {
    const { dtype, layers, parameterCount } = this.#source
    const { axpy } = verbs(dtype)
    const size = sizeOf(dtype)
    const [from, to] = [parameterCount / layers, this.field.parameterCount / layers]
    const arena = new Arena()
    try {
      // The core adds whole vectors: what is behind the cotangent must not be added, so it is added from a block of its own.
      const own = arena.zeros(dtype, parameterCount)
      for (let k = 0; k < layers; k++) copy(own + k * from * size, g + k * to * size, from * size)
      axpy(parameterCount, 1, own, gp)
      if (this.#products) axpy(parameterCount, 1, arena.copy(dtype, this.#products.pull(g + this.#derived * size)), gp)
    } finally {
      arena.free()
    }
  }

  dispose(): void {
    this.field.dispose()
    this.#products?.dispose()
  }
}

/** The directions of the derivatives, and what the sum over them is to be divided by. */
interface Directions {
  readonly all: readonly Register[]
  readonly share: number
}

function directionsOf(p: Builder, w: Writer, dim: number, divergence: Divergence): Directions {
  if (divergence === 'exact') return { all: w.units(dim), share: 1 }
  const { probes } = divergence
  const read = p.input(dim * probes)
  return { all: Array.from({ length: probes }, (_, i) => p.slice(read, i * dim, dim)), share: 1 / probes }
}

/** sum of e^T J e, and of |J e|^2 where it is asked for. */
function directional(
  p: Builder,
  w: Writer,
  tangents: Tangents,
  { all, share }: Directions,
  { jacobian }: Extras,
): { trace: Register; norm: Register | undefined } {
  let trace: Register | undefined
  let norm: Register | undefined
  for (const e of all) {
    const along = tangents.along(e) ?? p.scale(e, 0)
    trace = plus(p, trace, w.inner(e, along))
    if (jacobian) norm = plus(p, norm, w.inner(along, along))
  }
  const mean = (x: Register): Register => (share === 1 ? x : p.scale(x, share))
  return { trace: mean(trace as Register), norm: norm && mean(norm) }
}
