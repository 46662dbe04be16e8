import * as abi from '../../assembly/abi.ts'
import type { Adjoint } from '../adjoint/adjoint.ts'
import { checkAdjoint, checkpoint } from '../adjoint/checkpoint.ts'
import { type Model, Parameters, type Pass } from '../adjoint/model.ts'
import type { Middle, Surrounding } from '../adjoint/pull.ts'
import { outputsOf, run } from '../adjoint/run.ts'
import { Arena } from '../core/arena.ts'
import { copy, type Dtype, type Pointer, read, sizeOf, type Vector, write } from '../core/boundary.ts'
import { checkInt, checkNumbers, checkOneOf, checkStates, type Numbers } from '../core/check.ts'
import { FormatError } from '../io/safetensors.ts'
import type { Block } from '../program/block.ts'
import { featuresOf } from '../program/cell.ts'
import { columnOps } from '../program/cell-ops.ts'
import type { Field } from '../program/field.ts'
import { placeSteps, type Shape, seriesCotangents, stepsOf } from '../program/steps.ts'
import { Solve } from '../solve/solve.ts'
import { MAP } from '../solve/tableau-memory.ts'
import { decodeModel, encodeModel } from './container.ts'

/** How a cell is run along series. */
export interface RecurrentOptions {
  /** Rows of a series, >= 1: shorter ones are filled up with rows of NaN. */
  readonly length: number
  /** What comes out: the state after the last row, or the states after all of them. Default 'last'. */
  readonly output?: 'last' | 'all'
  /** Map from the state to the outputs. Default: none, outputs are states. */
  readonly readOut?: Block
  /** 'backward': the rows are read last to first, as recognition networks do. Default 'forward'. */
  readonly direction?: 'forward' | 'backward'
  /** How the gradient is taken. Default checkpoint(). */
  readonly adjoint?: Adjoint
}

/**
 * A recurrent cell run along irregular series: h = cell(h, row), from h = 0, then `readOut(h)`. It is the composition of the cell with
 * itself (`Compose`), which reads one row after the other, with the same exact transpose in bounded memory.
 *
 * An input is a whole series: `length` rows of [elapsed time since the row before, values ...], one behind the other. A value that is
 * NaN is missing, and whatever may have stood there matters in no bit; a row of NaN alone is none, and leaves the state as it is.
 * Outputs are [batch, outputs], or with output 'all' [length, batch, outputs], in the order in which the rows are read.
 * `seriesRows` makes inputs from times and values. Gradients reach the values that are there, elapsed times and parameters.
 *
 * ```ts
 * using cell = gruCell(2, 16)
 * const model = new Recurrent(cell, { length: 50, readOut: new Affine(16, 1) })
 * const y = model.forward(seriesRows(series, 2, { length: 50 }))
 * ```
 */
export class Recurrent implements Model {
  readonly field: Field
  readonly readOut: Block | undefined
  readonly length: number
  readonly output: 'last' | 'all'
  readonly direction: 'forward' | 'backward'
  readonly adjoint: Adjoint
  readonly features: number
  readonly parameters: Parameters

  /** @throws RangeError for a field that is no cell, or a read-out of another width */
  constructor(cell: Field, options: RecurrentOptions) {
    const { readOut, output = 'last', direction = 'forward' } = options
    this.field = cell
    this.features = featuresOf(cell)
    if (readOut !== undefined && readOut.inputs !== cell.dim)
      throw new RangeError(`readOut must map from the cell's width ${cell.dim}, got inputs ${readOut.inputs}`)
    this.readOut = readOut
    this.length = checkInt('length', options.length, 1, 2 ** 24)
    this.output = checkOneOf('output', output, ['last', 'all'])
    this.direction = checkOneOf('direction', direction, ['forward', 'backward'])
    this.adjoint = checkAdjoint(options.adjoint ?? checkpoint())
    if (this.adjoint.kind !== 'checkpoint')
      throw new RangeError(`adjoint must be checkpoint() for a recurrent model, got ${this.adjoint.kind}()`)
    this.parameters = new Parameters(readOut === undefined ? [cell] : [cell, readOut])
  }

  get dtype(): Dtype {
    return this.field.dtype
  }

  get inputs(): number {
    return this.length * (1 + this.features)
  }

  get outputs(): number {
    return (this.readOut ?? this.field).outputs
  }

  checkInputs(x: Numbers): number {
    return checkSeries('x', x, this.length, this.features, this.dtype)
  }

  /** The outputs for a batch of series, [batch, outputs] or [length, batch, outputs]. */
  forward(x: Numbers): Vector {
    return outputsOf(this.dtype, this.#run(x, this.checkInputs(x), false))
  }

  /**
   * The states after one more row each: for series that come in row by row.
   * @param states [batch, hidden]
   * @param rows [batch, 1 + features], as one row of an input
   * @returns [batch, hidden]; `readOut.forward` makes outputs of it
   */
  step(states: Numbers, rows: Numbers): Vector {
    const { dtype, features, field } = this
    const batch = checkStates('states', states, field.dim, dtype)
    if (checkSeries('rows', rows, 1, features, dtype) !== batch)
      throw new RangeError(`rows must hold one row for each of ${batch} states, got ${rows.length / (1 + features)}`)
    const shape = { rows: batch, length: 1, features, backward: false }
    const middle = this.#middle(shape, states, rows, false)
    try {
      return read(dtype, middle.outputs, batch * field.dim)
    } finally {
      middle.free()
    }
  }

  pass(x: Numbers | Pointer, rows: number): Pass {
    return this.#run(x, rows, true)
  }

  #run(x: Numbers | Pointer, rows: number, gradient: boolean): Pass {
    const { dtype, field, readOut, parameters, outputs, length, features, inputs } = this
    const shape = { rows, length, features, backward: this.direction === 'backward' }
    // What `jvp` looks for, it must not find: the inputs are no states.
    const surrounding: Surrounding = {
      ...{ dtype, field, readIn: undefined, readOut, parameters, outputs },
      middle: (from) => this.#middle(shape, undefined, read(dtype, from, rows * inputs), gradient),
    }
    return run(surrounding, x, rows, gradient)
  }

  /** The cell along the series, from these states; without, from zeros. */
  #middle(shape: Shape, states: Numbers | undefined, series: Numbers, gradient: boolean): Middle {
    const { dtype, field, adjoint } = this
    const { rows, length } = shape
    const none = new Float64Array(0)
    const bounds = { dtMin: 0, dtMax: Infinity, maxSteps: length, rtol: none, atol: none }
    const start = new Arena()
    const y0 = start.zeros(dtype, rows * field.dim)
    if (states !== undefined) write(dtype, y0, states)
    let solve: Solve | undefined
    const free = (): void => {
      solve?.free()
      start.free()
    }
    try {
      const steps = stepsOf(series, shape)
      const done = new Solve({
        ...{ dtype, dim: field.dim, batch: rows, y0, keepStages: false },
        field: (arena) => placeSteps(arena, field.ready(true), steps, length),
        times: Float64Array.from({ length: length + 1 }, (_, k) => k),
        outputs: this.output,
        stepping: { tableau: MAP, kind: abi.STEPS_GRID, count: length, h0: 0, ...bounds },
        budget: gradient ? (adjoint.budget ?? 0) : 0,
      })
      solve = done
      const sweep = adjoint.sweeper(done, gradient)
      done.run()
      // The first of all outputs is the state before any row.
      const before = this.output === 'all' ? rows * field.dim * sizeOf(dtype) : 0
      const count = before ? length : 1
      return {
        outputs: done.outputPointer + before,
        rows: rows * count,
        nfe: done.stats.nfe,
        sweep: (gy, gx, gp) => {
          const scratch = new Arena()
          try {
            const g = scratch.zeros(dtype, rows * field.dim * (count + 1))
            copy(g + before, gy, count * rows * field.dim * sizeOf(dtype))
            const { coefficients = none, dt: _, ...swept } = sweep(g, scratch.zeros(dtype, rows * field.dim), gp)
            write(dtype, gx, seriesCotangents(coefficients, shape, series, dtype))
            // Its own for every call: what is given away may be transferred.
            return { dt: new Float64Array(0), ...swept }
          } finally {
            scratch.free()
          }
        },
        free,
        ownedBy: (owner) => {
          start.ownedBy(owner)
          done.arena.ownedBy(owner)
        },
      }
    } catch (error) {
      free()
      throw error
    }
  }

  /** The model as one buffer: a safetensors file; see `NeuralODE.save`. */
  save(metadata: ReadonlyMap<string, string> = new Map()): Uint8Array {
    const { field, readOut, length, output, direction, adjoint } = this
    const blocks = new Map<string, Block>([['field', field]])
    if (readOut !== undefined) blocks.set('readOut', readOut)
    return encodeModel('recurrent', blocks, { length, output, direction, adjoint }, metadata)
  }

  /** The model that `save` wrote. Throws FormatError naming what is wrong with the bytes. */
  static from(bytes: Uint8Array | ArrayBuffer): Recurrent {
    const { field, others, options } = decodeModel('recurrent', bytes, ['readOut'], columnOps)
    try {
      return new Recurrent(field, { ...(options as RecurrentOptions), ...Object.fromEntries(others) })
    } catch (error) {
      for (const block of [field, ...others.values()]) block.dispose()
      throw new FormatError(`the model's options: ${(error as Error).message}`)
    }
  }
}

/** Checks series of `length` rows of [elapsed, values ...]; NaN is missing. Returns how many. */
export function checkSeries(name: string, x: Numbers, length: number, features: number, dtype: Dtype): number {
  const width = 1 + features
  checkNumbers(name, x, true)
  const known = (x as readonly number[]).map((v) => (Number.isNaN(v) ? 0 : v)) as Numbers
  for (let i = 0; i < known.length; i += width) {
    if ((known[i] as number) < 0) throw new RangeError(`${name}[${i}] is ${known[i]}: an elapsed time must be >= 0`)
  }
  return checkStates(name, known, length * width, dtype)
}
