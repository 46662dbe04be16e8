/// <reference lib="esnext.disposable" preserve="true" />
import * as abi from '../../assembly/abi.ts'
import { type Model, Parameters, type Pass } from '../adjoint/model.ts'
import { Arena } from '../core/arena.ts'
import { copy, type Dtype, guarded, type Pointer, sizeOf, type Vector, vector, verbs } from '../core/boundary.ts'
import { checkInt, checkPositive, checkStates, type Numbers } from '../core/check.ts'
import { normals, uniforms } from '../core/random.ts'
import { Block } from '../program/block.ts'
import type { Builder, Op, Register } from '../program/builder.ts'
import type { Field } from '../program/field.ts'
import { inputOf } from '../program/input.ts'
import type { FitData } from '../train/plan.ts'

/** Which pairs a flow is matched to. */
export interface Pairs {
  /** The base rows, one for each row of the data: what reflow gives. Default: normal ones, drawn anew for every row and draw. */
  readonly x0?: Numbers
  /** Times, and without `x0` base rows, drawn for each row of the data. Default 1. */
  readonly draws?: number
  /** Of base rows and times, an integer >= 0. Default 0. */
  readonly seed?: number
}

/**
 * Flow matching, also called rectified flow (Lipman et al. 2023; Liu, Gong, Liu 2023): a field is trained to carry the base to the data
 * without a solver. Between pairs (x0, x1) lies the straight path x_t = (1 - t) x0 + t x1, and v(t, x_t) regresses x1 - x0; what is learned
 * is its mean E[x1 - x0 | x_t], which carries the one density to the other. Sample with a `CNF` of the field, t from 0 to 1.
 *
 * As a model for `fit` its inputs are rows [x_t | t], its outputs v(t, x_t). The memory of the field is the field's; the model's own is given
 * back by `dispose`, or collected.
 *
 * ```ts
 * const matching = new FlowMatching(field)
 * for (const { loss } of fit(matching, matching.data(x1, { draws: 16 }), { batchSize: 256 })) console.log(loss)
 * const flow = new CNF(field)
 * const x0 = flow.base(1000, { seed: 1 })
 * matching.data(flow.transform(x0), { x0 })   // pairs for a reflow, whose paths hardly cross
 * ```
 */
export class FlowMatching implements Model, Disposable {
  readonly field: Field
  readonly deviation: number
  readonly parameters: Parameters
  readonly #block: Block
  #version = -1

  /**
   * @param options.deviation standard deviation of the base, a normal density around 0. Default 1
   * @throws RangeError for fields with parameters for every layer, or with an input
   */
  constructor(field: Field, { deviation = 1 }: { readonly deviation?: number } = {}) {
    if (field.layers > 1)
      throw new RangeError(
        `field must have one set of parameters: its rows have times of their own, got layers ${field.layers}`,
      )
    if (inputOf(field.calls).width > 0)
      throw new RangeError('field must read no input: its rows have times of their own')
    this.field = field
    this.deviation = checkPositive('deviation', deviation)
    this.parameters = new Parameters([field])
    const { dim, dtype } = field
    this.#block = new Block(dim + 1, dim, (p) => withTimes(p, field), { dtype })
  }

  get dtype(): Dtype {
    return this.field.dtype
  }

  /** The state and its time. */
  get inputs(): number {
    return this.field.dim + 1
  }

  get outputs(): number {
    return this.field.dim
  }

  checkInputs(x: Numbers): number {
    return checkStates('x', x, this.inputs, this.dtype)
  }

  /** v(t, x_t) for rows [x_t | t]. */
  forward(x: Numbers): Vector {
    this.#sync()
    return this.#block.forward(x)
  }

  pass(x: Numbers | Pointer, rows: number): Pass {
    this.#sync()
    const { dtype, outputs } = this
    const arena = new Arena()
    try {
      const at = typeof x === 'number' ? x : arena.copy(dtype, x)
      const y = arena.zeros(dtype, rows * outputs)
      guarded(() => verbs(dtype).apply(this.#block.ready(), arena.pointer, rows, 0, at, y))
      return {
        outputs: y,
        length: rows * outputs,
        nfe: 1,
        pull: (gy, gx, gp) => this.#pull(at, rows, { gy, gx, gp }),
        free: () => arena.free(),
        ownedBy: (owner) => arena.ownedBy(owner),
      }
    } catch (error) {
      arena.free()
      throw error
    }
  }

  #pull(
    x: Pointer,
    rows: number,
    { gy, gx, gp }: Readonly<Record<'gy' | 'gx' | 'gp', Pointer>>,
  ): ReturnType<Pass['pull']> {
    const { dtype, outputs } = this
    const arena = new Arena()
    try {
      const y = arena.zeros(dtype, rows * outputs)
      // The core uses the cotangent up; the caller's stays.
      const own = arena.zeros(dtype, rows * outputs)
      copy(own, gy, rows * outputs * sizeOf(dtype))
      const to = this.parameters.charge(0, gp)
      guarded(() => verbs(dtype).applyTranspose(this.#block.ready(), arena.pointer, rows, 0, x, own, gx, to, y))
      return { dt: new Float64Array(0), nfe: 1 }
    } finally {
      arena.free()
    }
  }

  /** Brings the parameters over from the field, where they have changed. */
  #sync(): void {
    const { parameterPointer, parameterCount, version, dtype } = this.field
    if (version === this.#version) return
    copy(this.#block.parameterPointer, parameterPointer, parameterCount * sizeOf(dtype))
    this.#block.changed()
    this.#version = version
  }

  /**
   * Data for `fit`: rows [x_t | t], and the differences x1 - x0 that are to be met. The same bits for the same seed.
   * @param x1 rows of the data, [n, dim]
   */
  data(x1: Numbers, pairs: Pairs = {}): FitData {
    const { dtype, field, deviation } = this
    const { dim } = field
    const { x0, draws = 1, seed = 0 } = pairs
    const n = checkStates('x1', x1, dim, dtype)
    if (x0 !== undefined && checkStates('x0', x0, dim, dtype) !== n)
      throw new RangeError(`x0 must hold ${x1.length} numbers, as x1 does, got ${x0.length}`)
    const rows = n * checkInt('draws', draws, 1, 2 ** 20)
    // Two streams: those of neighbouring seeds have nothing in common.
    const base = x0 === undefined ? normals(rows * dim, checkInt('seed', seed, 0, 2 ** 52)) : undefined
    const times = uniforms(rows, 2 ** 52 + checkInt('seed', seed, 0, 2 ** 52))
    const [x, y] = [vector(dtype, rows * (dim + 1)), vector(dtype, rows * dim)]
    for (let i = 0; i < rows; i++) {
      const t = times[i] as number
      for (let j = 0; j < dim; j++) {
        const to = x1[(i % n) * dim + j] as number
        const from =
          base === undefined ? (x0?.[(i % n) * dim + j] as number) : deviation * (base[i * dim + j] as number)
        x[i * (dim + 1) + j] = (1 - t) * from + t * to
        y[i * dim + j] = to - from
      }
      x[i * (dim + 1) + dim] = t
    }
    return { x, y }
  }

  /** Gives the model's own memory back, not that of the field. */
  dispose(): void {
    this.#block.dispose()
  }

  [Symbol.dispose](): void {
    this.dispose()
  }
}

/** The program of a field, op by op, with the time as the last column of what it reads. Parameters are at the same offsets. */
function withTimes(p: Builder, { dim, program, specs }: Field): Register {
  p.parameters.push(...specs)
  const registers = new Map<number, Register>([[0, p.slice(p.state, 0, dim)]])
  const at = (register: number): number => (register < 0 ? register : (registers.get(register) as Register).index)
  const moved = (op: Op): Register => {
    const width = program.widths[op.dst] as number
    if (op.pre < 0) return p.op(width, { ...op, a: at(op.a), b: at(op.b) })
    // An activation whose slope needs what goes into it: that is a register anyway.
    const input = p.op(width, { ...op, a: at(op.a), activation: 0, pre: -1 })
    return p.op(width, { code: abi.OP_ACTIVATE, a: input.index, activation: op.activation })
  }
  for (const op of program.ops) registers.set(op.dst, op.code === abi.OP_TIME ? p.slice(p.state, dim, 1) : moved(op))
  return registers.get(program.out) as Register
}
