import * as abi from '../../assembly/abi.ts'
import { Arena } from '../core/arena.ts'
import { copy, type Pointer, setI32, setWords } from '../core/boundary.ts'
import { checkInt, checkNumbers, checkOneOf, type Numbers } from '../core/check.ts'
import { firstIndex } from '../core/search.ts'
import type { Block } from './block.ts'
import { inputOf } from './input.ts'
import { cubicTranspose, linearTranspose } from './signal-transpose.ts'
import { secondDerivatives } from './spline.ts'

/** How a signal is read. */
export interface SignalOptions {
  /** Paths, one after the other in `values`: row i of a batch of as many rows follows path i. Default 1: all rows follow one. */
  readonly rows?: number
  /** Do the steps of a solve end at the knots? Default true; without, a step across a knot has a low order. */
  readonly stops?: boolean
}

/** Knots, and polynomials between them: [pieces, degree + 1, length], lowest power first. */
interface Pieces {
  readonly knots: Float64Array
  readonly degree: number
  readonly length: number
  readonly coefficients: Float64Array
}

/** The number of knots at or before t. */
function pieceAt(knots: Float64Array, t: number): number {
  return firstIndex(knots.length, (i) => (knots[i] as number) > t)
}

/**
 * A function of time u(t), given at its knots: what a field reads as its input, made by `linearSignal` or `cubicSignal`. Before the
 * first knot and behind the last one it is constant. A signal is no parameter: models do not store it. A pullback has the cotangent of
 * its values (`dinput`).
 */
export class Signal {
  /** Numbers of a row at one time. */
  readonly width: number
  /** Paths, one for each row of a batch; 1: all rows follow one. */
  readonly rows: number
  /** Do the steps of a solve end at the knots? */
  readonly stops: boolean
  readonly #pieces: Pieces
  readonly #paths = new Map<number, Signal>()
  /** Where knots and coefficients are in the core, once a solve has asked for them. */
  #placed: readonly [knots: Pointer, coefficients: Pointer] | undefined

  /** For `linearSignal` and `cubicSignal`, which have checked what they give. */
  constructor(pieces: Pieces, rows: number, stops: boolean) {
    this.width = pieces.length / rows
    this.rows = rows
    this.stops = stops
    this.#pieces = pieces
  }

  /** The times it is given at (a copy): `tStops` for a field that is a function and reads it. */
  get knots(): Float64Array {
    return this.#pieces.knots.slice()
  }

  /** Those at which its derivative jumps: `discontinuities` for a field that is a function and reads the derivative. */
  get jumps(): Float64Array {
    const { knots, degree } = this.#pieces
    return degree === 1 ? knots.slice() : Float64Array.of(knots[0] as number, knots[knots.length - 1] as number)
  }

  /** u(t), [rows, width] in f64: the number that the core has, to the bit. */
  at(t: number): Float64Array {
    return this.#evaluate(t, 0)
  }

  /** u'(t), the same way; where it jumps, the value behind the jump. */
  derivativeAt(t: number): Float64Array {
    return this.#evaluate(t, 1)
  }

  // As `derivative` in assembly/program/signal.ts: the order of the operations makes the bits.
  #evaluate(t: number, order: 0 | 1): Float64Array {
    checkNumbers('t', [t])
    const { knots, degree, length, coefficients } = this.#pieces
    const piece = pieceAt(knots, t)
    const x = t - (knots[Math.max(piece - 1, 0)] as number)
    return Float64Array.from({ length }, (_, i) => {
      let value = 0
      for (let j = degree; j >= order; j--) {
        const c = coefficients[(piece * (degree + 1) + j) * length + i] as number
        value = value * x + (order === 0 ? c : j * c)
      }
      return value
    })
  }

  /**
   * For solvers, which must keep the signal: a copy of the block that reads it, for `batch` rows. `order`: the path of each row, i32 in
   * the core; without, there is a path for each row or one for all.
   */
  place(arena: Arena, block: Block, batch: number, order?: Pointer): Pointer {
    if (order === undefined) this.checkRows(batch)
    const { knots, degree, length } = this.#pieces
    const [times, coefficients] = this.#inCore()
    const at = arena.bytes(abi.SIGNAL_SIZE)
    const paths = order === undefined ? 0 : arena.bytes(4 * batch)
    if (order !== undefined) copy(paths, order, 4 * batch)
    setWords(at, [
      [abi.SIGNAL_KNOTS, times],
      [abi.SIGNAL_COUNT, knots.length],
      [abi.SIGNAL_DEGREE, degree],
      [abi.SIGNAL_LENGTH, length],
      [abi.SIGNAL_COEFFICIENTS, coefficients],
      [abi.SIGNAL_SIDED, this.stops ? 1 : 0],
      [abi.SIGNAL_PIECE, -1],
      [abi.SIGNAL_ORDER, paths],
    ])
    const field = arena.bytes(abi.FIELD_SIZE)
    copy(field, block.ready(true), abi.FIELD_SIZE)
    setI32(field + abi.FIELD_SIGNAL, at)
    return field
  }

  /** They stay there until the signal is collected: a training does not copy them again and again. */
  #inCore(): readonly [knots: Pointer, coefficients: Pointer] {
    if (this.#placed !== undefined) return this.#placed
    const { knots, coefficients } = this.#pieces
    const arena = new Arena()
    arena.ownedBy(this)
    this.#placed = [arena.copy('f64', knots), arena.copy('f64', coefficients)]
    return this.#placed
  }

  /** For gradients: the cotangent of the values, in their order, from that of the coefficients in the core. */
  pullBack(coefficients: Float64Array): Float64Array {
    const { knots, degree, length } = this.#pieces
    const { rows, width } = this
    const at = degree === 1 ? linearTranspose(knots, length, coefficients) : cubicTranspose(knots, length, coefficients)
    const values = new Float64Array(knots.length * length)
    for (const [k, own] of at.entries())
      for (let row = 0; row < rows; row++)
        values.set(own.subarray(row * width, (row + 1) * width), (row * knots.length + k) * width)
    return values
  }

  /** For solvers of one row: the path that it follows, as a signal. */
  path(row: number): Signal {
    const { width, rows, stops } = this
    if (rows === 1) return this
    const known = this.#paths.get(row)
    if (known !== undefined) return known
    const { knots, degree, length, coefficients } = this.#pieces
    const own = Float64Array.from({ length: coefficients.length / rows }, (_, i) => {
      return coefficients[Math.floor(i / width) * length + row * width + (i % width)] as number
    })
    const path = new Signal({ knots, degree, length: width, coefficients: own }, 1, stops)
    this.#paths.set(row, path)
    return path
  }

  /** For solvers: is there a path for each of so many rows? */
  checkRows(batch: number): void {
    const { rows } = this
    if (rows !== 1 && rows !== batch)
      throw new RangeError(
        `input has paths for ${rows} rows, the batch has ${batch}: give one path for all or one for each`,
      )
  }

  /** For solvers: does the block read a signal of this width? */
  checkBlock({ calls }: Block): void {
    const { width } = inputOf(calls)
    if (width === 0)
      throw new RangeError('the field reads no input: leave input out, or call p.input(width) in its program')
    if (width !== this.width)
      throw new RangeError(`input must have the width that the field reads, ${width}, got ${this.width}`)
  }

  /** Model files hold no signals. */
  toJSON(): undefined {}
}

/** Knots, values at them and intervals between, checked. */
interface Given {
  readonly knots: Float64Array
  /** Values of knot k. */
  readonly at: (k: number) => Float64Array
  readonly length: number
  readonly rows: number
  readonly stops: boolean
}

function check(ts: Numbers, values: Numbers, { rows = 1, stops = true }: SignalOptions): Given {
  checkNumbers('ts', ts)
  if (ts.length < 2) throw new RangeError(`ts must hold at least two knots, got ${ts.length}`)
  const knots = Float64Array.from(ts)
  for (let i = 1; i < knots.length; i++) {
    const [a, b] = [knots[i - 1] as number, knots[i] as number]
    if (!(b > a)) throw new RangeError(`ts must be strictly increasing, got ts[${i}] = ${b} after ts[${i - 1}] = ${a}`)
  }
  checkInt('rows', rows, 1, 2 ** 24)
  checkOneOf('stops', stops, [true, false])
  checkNumbers('values', values)
  const width = values.length / (rows * knots.length)
  if (!Number.isInteger(width) || width === 0)
    throw new RangeError(
      `values must hold the same number of values for each of ${rows} x ${knots.length} rows and knots, got ${values.length}`,
    )
  checkInt('width', width, 1, 65536)
  const length = rows * width
  const path = knots.length * width
  const at = (k: number): Float64Array =>
    Float64Array.from({ length }, (_, i) => values[Math.floor(i / width) * path + k * width + (i % width)] as number)
  return { knots, at, length, rows, stops }
}

/** The signal whose inner pieces, one after the other, have these coefficients, power by power. */
function joined({ knots, at, length, rows, stops }: Given, degree: number, inner: readonly Float64Array[]): Signal {
  const constant = (k: number): Float64Array[] => [
    at(k),
    ...Array.from({ length: degree }, () => new Float64Array(length)),
  ]
  const all = [...constant(0), ...inner, ...constant(knots.length - 1)]
  const coefficients = new Float64Array(all.length * length)
  for (const [i, values] of all.entries()) coefficients.set(values, i * length)
  if (!coefficients.every(Number.isFinite))
    throw new RangeError('values leave the range of numbers between the knots: scale them, or move the knots apart')
  return new Signal({ knots, degree, length, coefficients }, rows, stops)
}

/** (b - a) / h, elementwise. */
function slopes(a: Float64Array, b: Float64Array, h: number): Float64Array {
  return a.map((value, i) => ((b[i] as number) - value) / h)
}

/**
 * A piecewise linear signal through its values, constant outside of the knots.
 *
 * ```ts
 * const u = linearSignal([0, 1, 3], [0, 2, 1])   // width 1: 0 at t = 0, 2 at t = 1, 1 from t = 3 on
 * const sol = odeint(field, [1], [0, 4], { input: u })
 * ```
 *
 * @param ts knots: times, at least two, finite and strictly increasing
 * @param values row-major [knots, width]; with `options.rows` [rows, knots, width]
 * @throws RangeError or TypeError for anything else
 */
export function linearSignal(ts: Numbers, values: Numbers, options: SignalOptions = {}): Signal {
  const given = check(ts, values, options)
  const { knots, at } = given
  const inner = Array.from(knots.subarray(1), (t, k) => {
    const value = at(k)
    return [value, slopes(value, at(k + 1), t - (knots[k] as number))]
  })
  return joined(given, 1, inner.flat())
}

/**
 * A cubic signal: the natural cubic spline through its values (two continuous derivatives, the second one 0 at both ends), constant
 * outside of the knots, so that its derivative jumps to 0 at the ends. Two knots give a straight line.
 *
 * Its second derivatives M solve h_(k-1) M_(k-1) + 2 (h_(k-1) + h_k) M_k + h_k M_(k+1) = 6 (s_k - s_(k-1)), h and s the lengths and the
 * slopes of the intervals (de Boor, A Practical Guide to Splines, IV).
 *
 * @param ts knots: times, at least two, finite and strictly increasing
 * @param values row-major [knots, width]; with `options.rows` [rows, knots, width]
 * @throws RangeError or TypeError for anything else
 */
export function cubicSignal(ts: Numbers, values: Numbers, options: SignalOptions = {}): Signal {
  const given = check(ts, values, options)
  const { knots, at, length } = given
  const h = Array.from(knots.subarray(1), (t, k) => t - (knots[k] as number))
  const s = h.map((step, k) => slopes(at(k), at(k + 1), step))
  const bend = (k: number): Float64Array => {
    const before = s[k - 1] as Float64Array
    return (s[k] as Float64Array).map((slope, i) => 6 * (slope - (before[i] as number)))
  }
  const m = secondDerivatives(h, bend, length)
  const inner = h.map((step, k) => {
    const [low, high] = [m[k] as Float64Array, m[k + 1] as Float64Array]
    return [
      at(k),
      (s[k] as Float64Array).map((slope, i) => slope - (step * (2 * (low[i] as number) + (high[i] as number))) / 6),
      low.map((value) => value / 2),
      low.map((value, i) => ((high[i] as number) - value) / (6 * step)),
    ]
  })
  return joined(given, 3, inner.flat())
}
