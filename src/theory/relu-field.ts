/** Reads a program as an affine map and one layer of units, if that is what it is. */

import * as abi from '../../assembly/abi.ts'
import { checkInt } from '../core/check.ts'
import { activationIds, Builder, type Op } from '../program/builder.ts'
import { Field } from '../program/field.ts'
import { replay } from '../program/replay.ts'

/** The field A y + c + sum over the units of v_i relu(w_i y + b_i), in doubles. */
export interface ReluField {
  /** Components of the field's state. */
  readonly dim: number
  /** Components here: where the program reads the time, that is the last one, with derivative 1. */
  readonly n: number
  readonly units: number
  /** n x n, row-major. */
  readonly A: Float64Array
  readonly c: Float64Array
  /** A row of n numbers for every unit. */
  readonly W: Float64Array
  readonly b: Float64Array
  readonly V: Float64Array
}

/** A value in a program: an affine function of the state (its constant last), plus a weight for each unit. */
interface Value {
  readonly affine: Float64Array
  readonly units: ReadonlyMap<number, number>
}

/** Of the core's leaky_relu: x = slope x + (1 - slope) relu(x). */
const LEAKY_SLOPE = 0.01

const names: ReadonlyMap<number, string> = new Map(Object.entries(activationIds).map(([name, id]) => [id, name]))

function refuse(what: string): never {
  throw new RangeError(
    `field ${what}: affineFlow solves fields that are affine but for one layer of relu or leaky_relu units; use odeint`,
  )
}

/**
 * What is added to what: `field` as an affine map and one layer of units, its parameters widened to doubles.
 *
 * @throws RangeError where it is something else, or has more than 32 components
 */
export function reluField(field: Field): ReluField {
  if (!(field instanceof Field)) throw new TypeError(`field must be a Field, such as an MLP, got ${typeof field}`)
  checkInt('the dim of field', field.dim, 1, 32)
  if (field.span !== undefined) refuse('has parameters that depend on time')
  if (field.layers > 1) refuse(`has ${field.layers} layers, one after the other`)
  const builder = new Builder(field.dim)
  const { index } = replay(builder, field.calls)
  const time = builder.ops.some(({ code }) => code === abi.OP_TIME)
  const reader = new Reader(field.dim, field.dim + Number(time), field.parameters)
  for (const op of builder.ops) reader.read(op, builder.widths[op.dst] as number)
  return reader.result(index)
}

/** Goes through a program op by op. */
class Reader {
  readonly #dim: number
  readonly #n: number
  readonly #parameters: ArrayLike<number>
  readonly #registers: Map<number, readonly Value[]>
  /** The input of every unit. */
  readonly #units: Float64Array[] = []

  constructor(dim: number, n: number, parameters: ArrayLike<number>) {
    this.#dim = dim
    this.#n = n
    this.#parameters = parameters
    this.#registers = new Map([[0, Array.from({ length: dim }, (_, i) => this.#component(i))]])
  }

  #component(i: number): Value {
    const affine = new Float64Array(this.#n + 1)
    affine[i] = 1
    return { affine, units: new Map() }
  }

  #of(register: number): readonly Value[] {
    return this.#registers.get(register) as readonly Value[]
  }

  read(op: Op, width: number): void {
    this.#registers.set(op.dst, this.#values(op, width))
  }

  #values(op: Op, width: number): readonly Value[] {
    const a = op.code === abi.OP_TIME ? [] : this.#of(op.a)
    switch (op.code) {
      case abi.OP_DENSE:
        return this.#dense(op, a, width)
      case abi.OP_ACTIVATE:
        return a.map((value) => this.#activated(value, op.activation))
      case abi.OP_ADD:
        return this.#of(op.b).map((value, i) => this.#sum(0, [a[i] as Value, value], [1, 1]))
      case abi.OP_MUL:
        return this.#of(op.b).map((value, i) => this.#product(a[i] as Value, value))
      case abi.OP_SCALE:
        return a.map((value) => this.#sum(0, [value], [op.factor]))
      case abi.OP_CONCAT:
        return [...a, ...this.#of(op.b)]
      case abi.OP_SLICE:
        return a.slice(op.from, op.from + width)
      default:
        return [this.#component(this.#dim)]
    }
  }

  #dense(op: Op, inputs: readonly Value[], width: number): Value[] {
    const p = this.#parameters
    return Array.from({ length: width }, (_, j) => {
      const weights = inputs.map((_value, k) => p[op.weight + j * inputs.length + k] as number)
      return this.#activated(this.#sum(op.bias < 0 ? 0 : (p[op.bias + j] as number), inputs, weights), op.activation)
    })
  }

  #sum(constant: number, values: readonly Value[], weights: readonly number[]): Value {
    const affine = new Float64Array(this.#n + 1)
    affine[this.#n] = constant
    const units = new Map<number, number>()
    for (const [k, value] of values.entries()) {
      const weight = weights[k] as number
      if (weight === 0) continue
      for (const [i, entry] of value.affine.entries()) affine[i] = (affine[i] as number) + weight * entry
      for (const [unit, share] of value.units) units.set(unit, (units.get(unit) ?? 0) + weight * share)
    }
    return { affine, units }
  }

  #product(a: Value, b: Value): Value {
    const constant = (v: Value): boolean => v.units.size === 0 && v.affine.every((x, i) => x === 0 || i === this.#n)
    const at = (v: Value): number => v.affine[this.#n] as number
    if (constant(a)) return this.#sum(0, [b], [at(a)])
    if (constant(b)) return this.#sum(0, [a], [at(b)])
    return refuse('multiplies two things that depend on the state')
  }

  #activated(value: Value, activation: number): Value {
    if (activation === activationIds.identity) return value
    const leaky = activation === activationIds.leaky_relu
    if (!leaky && activation !== activationIds.relu) refuse(`applies ${names.get(activation)}`)
    if (value.units.size > 0) refuse('has a second layer, units of units')
    const slope = leaky ? LEAKY_SLOPE : 0
    const affine = value.affine.map((x) => slope * x)
    const unit = this.#units.push(value.affine) - 1
    return { affine, units: new Map([[unit, 1 - slope]]) }
  }

  result(register: number): ReluField {
    const [n, dim, units] = [this.#n, this.#dim, this.#units.length]
    const [A, c] = [new Float64Array(n * n), new Float64Array(n)]
    const [W, b, V] = [new Float64Array(units * n), new Float64Array(units), new Float64Array(units * n)]
    if (n > dim) c[dim] = 1
    for (const [i, value] of this.#of(register).entries()) {
      A.set(value.affine.subarray(0, n), i * n)
      c[i] = value.affine[n] as number
      for (const [unit, weight] of value.units) V[unit * n + i] = weight
    }
    for (const [i, affine] of this.#units.entries()) {
      W.set(affine.subarray(0, n), i * n)
      b[i] = affine[n] as number
    }
    return { dim, n, units, A, c, W, b, V }
  }
}
