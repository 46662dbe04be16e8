/** What can stand in a panel. Each function checks its data and gives a plain value; `panel` puts them together. */

import type { Ramp } from './ramps.ts'
import type { Color } from './style.ts'

/** Data of a layer: any array of numbers. What is not finite is a gap. */
export type Values = ArrayLike<number>
export type Dash = 'solid' | 'dashed' | 'dotted'
export type Shape = 'circle' | 'square' | 'triangle' | 'diamond' | 'cross'

/** `label` names the layer in the legend; layers of one label share one entry, and one colour unless given. */
export interface Named {
  readonly label?: string
  readonly color?: Color
}

export interface LineOptions extends Named {
  readonly x: Values
  readonly y: Values
  readonly dash?: Dash
  /** Stroke width in px; default 1.75. */
  readonly width?: number
}

export interface PointsOptions extends Named {
  readonly x: Values
  readonly y: Values
  readonly shape?: Shape
  /** Radius in px; default 3.2. */
  readonly radius?: number
}

export interface BandOptions extends Named {
  readonly x: Values
  readonly lo: Values
  readonly hi: Values
}

export interface ArrowsOptions extends Named {
  readonly x: Values
  readonly y: Values
  readonly dx: Values
  readonly dy: Values
  /** Length of an arrow in px; default 0.7 of the distance between neighbouring arrows. */
  readonly length?: number
}

export interface HeatOptions {
  /** Centres of the columns, or their edges, one more than columns; increasing. */
  readonly x: Values
  /** Centres of the rows, or their edges, one more than rows; increasing. */
  readonly y: Values
  /** Row-major [rows, columns]: row i lies at y[i]. */
  readonly values: Values
  /**
   * Values of the first and the last colour, which stand for what lies beyond, too; default: the least and the largest value,
   * and for a diverging ramp minus and plus the largest absolute one.
   */
  readonly domain?: readonly [number, number]
  /** Colours by decades instead of distances; all values and the domain must be > 0. */
  readonly log?: boolean
  /** Default: 'diverging' if the domain, or else the values, lie on both sides of 0; its middle is that of the domain. */
  readonly ramp?: Ramp
  /** Default true: a scale of the colours beside the panel. */
  readonly key?: boolean
  readonly label?: string
}

export interface RuleOptions {
  readonly x?: number
  readonly y?: number
  readonly label?: string
}

export interface SpanOptions {
  readonly x0: number
  readonly x1: number
  readonly label?: string
}

export type Line = { readonly kind: 'line' } & LineOptions
export type Points = { readonly kind: 'points' } & PointsOptions
export type Band = { readonly kind: 'band' } & BandOptions
export type Arrows = { readonly kind: 'arrows' } & ArrowsOptions
/** Here x and y are edges, whatever was given. */
export type Heat = { readonly kind: 'heat' } & HeatOptions
export type Rule = { readonly kind: 'rule' } & RuleOptions
export type Span = { readonly kind: 'span' } & SpanOptions
export type Layer = Line | Points | Band | Arrows | Heat | Rule | Span

/** A polyline through (x, y); NaN in either breaks it. */
export function line(options: LineOptions): Line {
  checkLengths('line', options.label, { x: options.x, y: options.y })
  checkSize('width', options.width)
  return { kind: 'line', ...options }
}

/** Marks at (x, y). */
export function points(options: PointsOptions): Points {
  checkLengths('points', options.label, { x: options.x, y: options.y })
  checkSize('radius', options.radius)
  return { kind: 'points', ...options }
}

/** The area between `lo` and `hi`. */
export function band(options: BandOptions): Band {
  checkLengths('band', options.label, { x: options.x, lo: options.lo, hi: options.hi })
  return { kind: 'band', ...options }
}

/** Directions (dx, dy), in data units, at (x, y): a vector field, all arrows of one length, centred on their points. */
export function arrows(options: ArrowsOptions): Arrows {
  checkLengths('arrows', options.label, { x: options.x, y: options.y, dx: options.dx, dy: options.dy })
  checkSize('length', options.length)
  return { kind: 'arrows', ...options }
}

/** A line across the panel at one x or one y. */
export function rule(options: RuleOptions): Rule {
  const given = [options.x, options.y].filter((value) => value !== undefined)
  if (given.length !== 1 || !Number.isFinite(given[0])) {
    throw new RangeError(`rule needs a finite x or a finite y, got x = ${options.x}, y = ${options.y}`)
  }
  return { kind: 'rule', ...options }
}

/** A shaded region from x0 to x1 over the height of the panel. */
export function span(options: SpanOptions): Span {
  if (!(options.x0 < options.x1 && Number.isFinite(options.x1 - options.x0))) {
    throw new RangeError(`span needs x0 < x1, got x0 = ${options.x0}, x1 = ${options.x1}`)
  }
  return { kind: 'span', ...options }
}

function checkLengths(kind: string, label: string | undefined, data: Record<string, Values>): void {
  const sizes = Object.entries(data).map(([name, values]) => `${name} has ${values.length}`)
  const lengths = new Set(Object.values(data).map((values) => values.length))
  if (lengths.size > 1) throw new RangeError(`${layerName(kind, label)} needs equally long data: ${sizes.join(', ')}`)
}

function checkSize(name: string, value: number | undefined): void {
  if (value !== undefined && !(value > 0 && value < 1000)) {
    throw new RangeError(`${name} must be a number of px above 0, got ${value}`)
  }
}

/** How messages and descriptions call a layer. */
export function layerName(kind: string, label: string | undefined): string {
  return label === undefined ? kind : `${kind} '${label}'`
}
