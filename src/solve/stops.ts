/** Times on which steps must end, and times at which the field jumps: policy for the core, which only knows the next one. */

import * as abi from '../../assembly/abi.ts'
import { checkNumbers, type Numbers } from '../core/check.ts'
import type { Block } from '../program/block.ts'
import type { FieldFunction } from './host-field.ts'
import { type InputOptions, inputStops } from './input.ts'

/** Times that a solve must know of. */
export interface StopOptions {
  /**
   * Times on which a step must end, in any order; those behind the first time are ignored. Adaptive steps are cut short there, and
   * go on with the length that was planned; one beyond the last time bounds the overshoot, and the last time itself leaves none.
   * Fixed steps get further ones: those of their grid stay. Times of stops are constants of the gradient. Default: none.
   */
  readonly tStops?: Numbers
  /**
   * Times at which the field jumps. They are stops as well; behind them the derivative is taken anew and the first step again
   * estimated (or `dt0`), and a field that is a function is asked at the nearest time on the side of the step, never at such
   * a time itself nor beyond it. Default: none.
   */
  readonly discontinuities?: Numbers
}

/** What the core is told of the steps. */
export interface Pattern {
  readonly kind: number
  readonly count: number
  readonly h0: number
}

/** Times of fixed steps, and how each moves with the times of the solve: indices of those and shares. */
export interface Grid {
  readonly times: Float64Array
  readonly moves: readonly (readonly (readonly [index: number, share: number])[])[]
}

/** The same with stops: `times` are where the core must wait, `jumps` at which the field jumps; both in the direction of the solve. */
export interface Stops {
  readonly times: Float64Array
  readonly jumps: Float64Array
}

/** A fixed step of the pattern's own that ends this near to a stop, in parts of the step, ends there. */
const SPLINTER = 1e-9

/** Brings the stops into the pattern of a solve at these times; `field`: where it is a network. */
export function placeStops<P extends Pattern>(
  options: StopOptions & InputOptions,
  times: Float64Array,
  pattern: P,
  field?: Block,
): P & { readonly stops?: Stops; readonly grid?: Grid } {
  if (options.tStops === undefined && options.discontinuities === undefined && options.input === undefined)
    return pattern
  const { tStops = [], discontinuities = [], input } = options
  checkNumbers('tStops', tStops)
  checkNumbers('discontinuities', discontinuities)
  const own = inputStops(input, field)
  const told = new Set([...tStops, ...discontinuities, ...own.knots])
  const [t0, t1] = [times[0] as number, times[times.length - 1] as number]
  if (told.size === 0 || t0 === t1) return pattern
  const forward = t1 > t0
  const ordered = (values: Iterable<number>): Float64Array =>
    Float64Array.from(new Set(values)).sort((a, b) => (forward ? a - b : b - a))
  const all = ordered(told).filter((t) => (forward ? t > t0 : t < t0))
  const jumps = ordered([...discontinuities, ...own.jumps])
  if (pattern.kind === abi.STEPS_ADAPTIVE) return { ...pattern, stops: { times: all, jumps } }
  const within = all.filter((t) => (forward ? t < t1 : t > t1))
  const grid = withStops(ownGrid(pattern, times), within, pattern.kind === abi.STEPS_GRID ? 0 : SPLINTER)
  const kind = pattern.kind === abi.STEPS_GRID ? pattern.kind : abi.STEPS_MARKED
  return { ...pattern, kind, count: grid.times.length - 1, grid, stops: { times: within, jumps } }
}

/** The times that a pattern of fixed steps has by itself, as `gridTime` in assembly/drive/fixed.ts. */
function ownGrid({ kind, count, h0 }: Pattern, times: Float64Array): Grid {
  const last = times.length - 1
  const [t0, t1] = [times[0] as number, times[last] as number]
  if (kind === abi.STEPS_GRID) {
    const firsts = Array.from(times.keys()).filter((i) => i === 0 || times[i] !== times[i - 1])
    return { times: Float64Array.from(firsts, (i) => times[i] as number), moves: firsts.map((i) => [[i, 1]]) }
  }
  const uniform = kind === abi.STEPS_UNIFORM
  const at = (i: number): number => (i === count ? t1 : t0 + (uniform ? (t1 - t0) * (i / count) : i * h0))
  const share = (i: number): number => (i === count ? 1 : uniform ? i / count : 0)
  const indices = Array.from({ length: count + 1 }, (_, i) => i)
  return {
    times: Float64Array.from(indices, at),
    moves: indices.map((i) => [
      [0, 1 - share(i)],
      [last, share(i)],
    ]),
  }
}

/** The grid with the stops between its times; one that is as good as a stop gives way to it, but for the ends. */
function withStops({ times, moves }: Grid, stops: Float64Array, splinter: number): Grid {
  const points: [number, Grid['moves'][number]][] = []
  const last = times.length - 1
  let j = 0
  for (const [i, t] of times.entries()) {
    const before = times[i - 1] ?? t
    const reach = splinter * Math.abs(t - before)
    const between = (stop: number): boolean => (stop - before) * (stop - t) < 0
    const near = (stop: number | undefined): boolean => stop !== undefined && Math.abs(stop - t) <= reach
    let taken = false
    for (; j < stops.length; j++) {
      const stop = stops[j] as number
      const merges = i < last && near(stop)
      if (!merges && stop !== t && !between(stop)) break
      if (stop !== t) points.push([stop, []])
      taken ||= merges && stop !== t
    }
    if (!taken) points.push([t, moves[i] as Grid['moves'][number]])
  }
  return { times: Float64Array.from(points, ([t]) => t), moves: points.map(([, move]) => move) }
}

/** The next double after t in the direction of `sign`. */
function beside(t: number, sign: number): number {
  if (t === 0) return sign * Number.MIN_VALUE
  const value = Float64Array.of(t)
  const bits = new BigInt64Array(value.buffer)
  bits[0] = (bits[0] as bigint) + (t > 0 === sign > 0 ? 1n : -1n)
  return value[0] as number
}

/** What a function sees of time: the stretch between two discontinuities, without them. */
export class Stretch {
  readonly #jumps: Float64Array
  readonly #sign: number
  #low = Number.NEGATIVE_INFINITY
  #high = Number.POSITIVE_INFINITY

  constructor(jumps: Float64Array, forward: boolean) {
    this.#jumps = jumps
    this.#sign = forward ? 1 : -1
  }

  /** The steps from now on begin at t. */
  enter(t: number): void {
    const sign = this.#sign
    const next = this.#jumps.find((jump) => sign * (jump - t) > 0)
    const from = this.#jumps.includes(t) ? beside(t, sign) : -sign * Number.POSITIVE_INFINITY
    const to = next === undefined ? sign * Number.POSITIVE_INFINITY : beside(next, -sign)
    this.#low = Math.min(from, to)
    this.#high = Math.max(from, to)
  }

  /** The field as the steps of this stretch see it. */
  seen(field: FieldFunction): FieldFunction {
    return (t, y, dy) => field(Math.min(Math.max(t, this.#low), this.#high), y, dy)
  }
}
