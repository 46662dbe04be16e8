import * as abi from '../../assembly/abi.ts'
import { ACT_SILU, ACT_SOFTPLUS } from '../../assembly/activations.ts'
import type { Block } from './block.ts'
import type { Builder, Op, Register } from './builder.ts'

/** A program that is to be differentiated: that of a block. */
type Source = Pick<Block, 'program'>

/** What moves a program besides its input. */
export interface Moves {
  /** How far behind a parameter its own derivative lies, within one set; none: parameters are constants. */
  readonly parameters?: number | undefined
  /** The derivative of time, a column; none: time is a constant. */
  readonly time?: Register | undefined
}

/** Sum of what is there. */
export function plus(p: Builder, x?: Register, y?: Register): Register | undefined {
  if (x && y) return p.add(x, y)
  return x ?? y
}

/**
 * A program, written into another one op by op, and its derivatives in any number of directions behind it (forward mode). All of
 * it is made of the ops there are, so the reverse sweep differentiates it in its turn. The values have the bits of the
 * program itself. Weights are named a second time, not kept: both programs read one parameter block, and gradients meet in it.
 */
export class Tangents {
  readonly #p: Builder
  readonly #source: Source
  /** Value by register of the source, and the operand from which the slope of the op that wrote it follows. */
  readonly #values = new Map<number, Register>()
  readonly #operands = new Map<number, Register>()
  readonly #slopes = new Map<number, Register>()

  /**
   * @param p what is written into: it has the parameters of the source, at the same offsets
   * @param input what the program reads in place of its state
   */
  constructor(p: Builder, source: Source, input: Register) {
    this.#p = p
    this.#source = source
    this.#values.set(0, input)
    for (const op of source.program.ops) this.#values.set(op.dst, this.#value(op))
  }

  #at(register: number): Register {
    return this.#values.get(register) as Register
  }

  /** The result of the program. */
  get value(): Register {
    return this.#at(this.#source.program.out)
  }

  /** The op for its value. An activation of its own where the slope needs what goes into it. */
  #value(op: Op): Register {
    const { activation, code, dst } = op
    const needsInput = (abi.NEEDS_INPUT >> activation) & 1 || activation >= abi.SLOPE
    if (activation === 0 || !needsInput || code === abi.OP_ACTIVATE) {
      const value = this.#copy(op)
      this.#operands.set(dst, needsInput ? this.#at(op.a) : value)
      return value
    }
    const input = this.#copy({ ...op, activation: 0, pre: -1 })
    this.#operands.set(dst, input)
    return this.#p.op(input.width, { code: abi.OP_ACTIVATE, a: input.index, activation })
  }

  #copy(op: Op): Register {
    const operand = (register: number): number => (register < 0 ? register : this.#at(register).index)
    const width = this.#source.program.widths[op.dst] as number
    return this.#p.op(width, { ...op, a: operand(op.a), b: operand(op.b) })
  }

  /**
   * The derivative of the result where the input moves along `input` (undefined: it stays), and what else moves with it. Undefined
   * where it is zero whatever the numbers.
   */
  along(input: Register | undefined, moves: Moves = {}): Register | undefined {
    const rates = new Map<number, Register | undefined>([[0, input]])
    for (const op of this.#source.program.ops) rates.set(op.dst, this.#rate(op, rates, moves))
    return rates.get(this.#source.program.out)
  }

  #rate(op: Op, rates: ReadonlyMap<number, Register | undefined>, moves: Moves): Register | undefined {
    const p = this.#p
    const [a, b] = [rates.get(op.a), rates.get(op.b)]
    switch (op.code) {
      case abi.OP_DENSE:
        return this.#steeper(op, this.#dense(op, a, moves.parameters))
      case abi.OP_ACTIVATE:
        return this.#steeper(op, a)
      case abi.OP_ADD:
        return plus(p, a, b)
      case abi.OP_MUL:
      case abi.OP_INNER:
      case abi.OP_OUTER: {
        const product = (x: Register, y: Register): Register =>
          p.op(this.#at(op.dst).width, { ...op, a: x.index, b: y.index })
        return plus(p, a && product(a, this.#at(op.b)), b && product(this.#at(op.a), b))
      }
      case abi.OP_SCALE:
        return a && p.scale(a, op.factor)
      case abi.OP_CONCAT:
        return (a || b) && p.concat(a ?? this.#zeros(op.a), b ?? this.#zeros(op.b))
      case abi.OP_SLICE:
        return a && p.slice(a, op.from, this.#at(op.dst).width)
      case abi.OP_GATHER:
      case abi.OP_SCATTER:
        return a && this.#p.op(this.#at(op.dst).width, { ...op, a: a.index })
      case abi.OP_DIVIDE: {
        // (x / y)' = (x' - (x / y) y') / y
        const rate = plus(p, a, b && p.scale(p.mul(this.#at(op.dst), b), -1))
        return rate && p.op(rate.width, { ...op, a: rate.index, b: this.#at(op.b).index })
      }
      case abi.OP_TIME:
        return moves.time
      default:
        // A signal: a constant of every direction, since times do not move where there is one.
        return undefined
    }
  }

  /** The rate of x W^T + b: the bias is not in it, but where the parameters move. */
  #dense(op: Op, a: Register | undefined, parameters: number | undefined): Register | undefined {
    const { width } = this.#at(op.dst)
    const dense = (x: Register, weight: number, bias: number): Register =>
      this.#p.op(width, { code: abi.OP_DENSE, a: x.index, weight, bias })
    const moved = (offset: number): number => (offset < 0 ? offset : offset + (parameters as number))
    return plus(
      this.#p,
      a && dense(a, op.weight, -1),
      parameters === undefined ? undefined : dense(this.#at(op.a), moved(op.weight), moved(op.bias)),
    )
  }

  /** The rate behind the activation of an op, from that before it. */
  #steeper(op: Op, rate: Register | undefined): Register | undefined {
    return rate === undefined || op.activation === 0 ? rate : this.#p.mul(rate, this.slope(op))
  }

  /** The slope of the activation of an op that has one, at its value. */
  slope({ dst, activation }: Op): Register {
    const slope = this.#slopes.get(dst) ?? this.#slope(activation, this.#operands.get(dst) as Register, this.#at(dst))
    this.#slopes.set(dst, slope)
    return slope
  }

  /** The slope of an activation: of sigmoids where it is made of these, so that it can be differentiated as often as they can. */
  #slope(activation: number, operand: Register, value: Register): Register {
    const p = this.#p
    const sigmoid = (): Register => p.activate(operand, 'sigmoid')
    if (activation === ACT_SOFTPLUS) return sigmoid()
    // (x s)' = s + x s (1 - s), and 1 - s(x) = s(-x).
    if (activation === ACT_SILU) return p.add(sigmoid(), p.mul(value, p.activate(p.scale(operand, -1), 'sigmoid')))
    return p.op(operand.width, { code: abi.OP_ACTIVATE, a: operand.index, activation: abi.SLOPE + activation })
  }

  /** Something like a value that does not move. */
  #zeros(register: number): Register {
    return this.#p.scale(this.#at(register), 0)
  }
}
