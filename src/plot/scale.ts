/** Axes: from data to a domain, from a domain to places in px, and ticks whose labels do not touch. */

// Not d3-scale: it would bring d3-interpolate, d3-color and the time formats along for one affine map.
import { nice, ticks as roundTicks } from 'd3-array'
import { type Layer, layerName, type Values } from './layers.ts'
import { logLabels, textWidth, tickLabels } from './text.ts'

/** One axis of a panel. Without a domain it holds all data, with round ends on y. */
export interface Axis {
  readonly label?: string
  readonly domain?: readonly [number, number]
  /** Decades instead of distances; all data and the domain must be > 0. */
  readonly log?: boolean
}

export interface Tick {
  readonly at: number
  readonly label: string
}

export interface Scale {
  readonly place: (value: number) => number
  readonly domain: readonly [number, number]
  readonly ticks: readonly Tick[]
  /** Places of the unlabelled ticks between decades. */
  readonly minor: readonly number[]
}

export type Direction = 'x' | 'y'

/** Least room in px from tick to tick. */
const SPACING = { x: 46, y: 42 } as const
const GAP = 12
// Differences and quotients of numbers in this range neither overflow nor vanish on the way to a place in px.
const LEAST = 1e-280
const MOST = 1e280

/** Checks an axis as the caller gave it. */
export function checkAxis(name: string, { domain, log }: Axis): void {
  if (domain === undefined) return
  const [a, b] = domain
  if (!(a < b && isDrawable(a) && isDrawable(b)) || isPoint(a, b)) {
    throw new RangeError(`${name}.domain must be increasing, by more than rounding, got [${a}, ${b}]`)
  }
  if (log === true && a <= 0) throw new RangeError(`${name}.domain of a log axis must be > 0, got [${a}, ${b}]`)
}

/** The domain of an axis: as given, or all data with `round` ends. */
export function domainOf(axis: Axis, direction: Direction, layers: readonly Layer[], round: boolean): [number, number] {
  if (axis.log === true) for (const layer of layers) checkPositive(layer, direction)
  if (axis.domain !== undefined) return [...axis.domain]
  const data = layers.flatMap((layer) => dataOf(layer, direction).map(([, values]) => values))
  return extent(data, axis.log === true, round)
}

/** The least and the largest of all values, moved apart if they are one, with `round` ends or those of a log axis. */
export function extent(data: readonly Values[], log: boolean, round: boolean): [number, number] {
  let [lo, hi] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  for (const values of data) {
    for (let i = 0; i < values.length; i++) {
      const value = values[i] as number
      if (!isDrawable(value)) continue
      lo = Math.min(lo, value)
      hi = Math.max(hi, value)
    }
  }
  if (lo > hi) return log ? [0.1, 10] : [0, 1]
  if (log) return logDomain(Math.max(LEAST, lo), Math.max(LEAST, hi))
  if (isPoint(lo, hi)) return [lo - room(lo), lo + room(lo)]
  if (!round) return [lo, hi]
  // A quantity that comes near zero is read against zero.
  const from = lo > 0 && lo < 0.3 * hi ? 0 : lo
  const to = hi < 0 && hi > 0.3 * lo ? 0 : hi
  return nice(from, to, 6)
}

/** A scale onto `range` in px with as many ticks as have room. */
export function makeScale(
  axis: Axis,
  direction: Direction,
  domain: readonly [number, number],
  range: readonly [number, number],
): Scale {
  const bend = axis.log === true ? Math.log : (value: number): number => value
  const [from, to] = domain.map(bend) as [number, number]
  const place = (value: number): number => range[0] + ((bend(value) - from) / (to - from)) * (range[1] - range[0])
  const length = Math.abs(range[1] - range[0])
  const most = Math.max(2, Math.floor(length / SPACING[direction]))
  let ticks: Tick[] = []
  for (let count = most; count >= 1; count--) {
    const decades = axis.log === true ? logTicks(domain, count) : []
    // A log axis over less than a factor of two or so is all but linear.
    const values = decades.length > 1 ? decades : roundTicks(domain[0], domain[1], count)
    const labels = values === decades ? logLabels(values) : tickLabels(values)
    ticks = values.map((value, i) => ({ at: place(value), label: labels[i] as string }))
    if (ticks.length <= Math.max(most, 3) + 1 && !touching(ticks, direction)) break
  }
  // Even the fewest round values may be too many for a very short axis.
  if (touching(ticks, direction)) ticks = ticks.slice(0, 1)
  const minor = axis.log === true ? minorTicks(domain).map(place) : []
  return { place, domain, ticks, minor }
}

function touching(ticks: readonly Tick[], direction: Direction): boolean {
  return ticks.some((tick, i) => {
    const next = ticks[i + 1]
    if (next === undefined) return false
    const need = direction === 'x' ? (labelWidth(tick) + labelWidth(next)) / 2 + GAP : 18
    return Math.abs(next.at - tick.at) < need
  })
}

/** Estimated width of a tick's label in px. */
export function labelWidth(tick: Tick): number {
  return textWidth(tick.label, 11.5)
}

/** Whether a value can have a place on an axis. */
export function isDrawable(value: number | undefined): boolean {
  return value !== undefined && Math.abs(value) <= MOST
}

// What differs by rounding only is drawn as one value, not as noise that fills the panel.
function isPoint(lo: number, hi: number): boolean {
  return hi - lo <= Math.max(LEAST, 1e-12 * Math.max(Math.abs(lo), Math.abs(hi)))
}

function room(value: number): number {
  return Math.abs(value) < LEAST ? 1 : Math.abs(value) / 2
}

// Ends of the form 1, 2 or 5 times a power of ten: whole decades would leave most of a panel empty.
function logDomain(lo: number, hi: number): [number, number] {
  const grid = (value: number): number[] => {
    const decade = 10 ** Math.floor(Math.log10(value) + 1e-12)
    return [0.5, 1, 2, 5, 10].map((factor) => round(factor * decade))
  }
  const from = Math.max(...grid(lo).filter((value) => value <= lo))
  const to = Math.min(...grid(hi).filter((value) => value >= hi))
  return from < to ? [from, to] : [round(from / 2), round(to * 2)]
}

function logTicks([lo, hi]: readonly [number, number], count: number): number[] {
  const first = Math.ceil(Math.log10(lo) - 1e-9)
  const last = Math.floor(Math.log10(hi) + 1e-9)
  const decades = last - first + 1
  if (decades < 3 && count > decades) {
    const fine = [first - 1, ...range(first, last, 1)].flatMap((power) =>
      [1, 2, 5].map((factor) => factor * 10 ** power),
    )
    const inside = fine.map(round).filter((value) => value >= lo * (1 - 1e-9) && value <= hi * (1 + 1e-9))
    if (inside.length >= 2 && inside.length <= count + 1) return inside
  }
  return range(first, last, Math.max(1, Math.ceil(decades / count))).map((power) => round(10 ** power))
}

function minorTicks([lo, hi]: readonly [number, number]): number[] {
  const [first, last] = [Math.floor(Math.log10(lo)), Math.floor(Math.log10(hi))]
  if (last - first > 5) return []
  const all = range(first, last, 1).flatMap((power) => range(2, 9, 1).map((digit) => digit * 10 ** power))
  return all.filter((value) => value >= lo && value <= hi)
}

function range(first: number, last: number, step: number): number[] {
  return Array.from({ length: Math.max(0, Math.floor((last - first) / step) + 1) }, (_, i) => first + i * step)
}

// 5 * 10 ** -4 is 0.0005 only to the last bit; a domain should print as it reads.
function round(value: number): number {
  return Number(value.toPrecision(12))
}

function checkPositive(layer: Layer, direction: Direction): void {
  for (const [name, values] of dataOf(layer, direction)) {
    for (let i = 0; i < values.length; i++) {
      const value = values[i] as number
      if (!(value <= 0)) continue
      const where = layerName(layer.kind, layer.label)
      throw new RangeError(`${where}: ${name}[${i}] = ${value} on a log axis, use NaN for a gap or a linear axis`)
    }
  }
}

function dataOf(layer: Layer, direction: Direction): [name: string, values: Values][] {
  switch (layer.kind) {
    case 'band':
      return direction === 'x'
        ? [['x', layer.x]]
        : [
            ['lo', layer.lo],
            ['hi', layer.hi],
          ]
    case 'rule': {
      const value = layer[direction]
      return value === undefined ? [] : [[direction, [value]]]
    }
    case 'span':
      return direction === 'x'
        ? [
            ['x0', [layer.x0]],
            ['x1', [layer.x1]],
          ]
        : []
    default:
      return [[direction, layer[direction]]]
  }
}
