/** Layers as SVG: one path for each layer, coordinates in px of the figure. */

import { area as areaPath, line as linePath } from 'd3-shape'
import type { Arrows, Band, Layer, Line, Points, Shape, Values } from './layers.ts'
import { isDrawable, type Scale } from './scale.ts'
import type { Color } from './style.ts'
import { px } from './text.ts'

export interface Scales {
  readonly x: Scale
  readonly y: Scale
}

/** The plotting area in px. */
export interface Frame {
  readonly left: number
  readonly right: number
  readonly top: number
  readonly bottom: number
}

/** Layers that are cut at the frame: everything but points, which may stand on its border. */
export function drawInside(layer: Layer, color: Color, scales: Scales): string {
  switch (layer.kind) {
    case 'line':
      return drawLine(layer, color, scales)
    case 'band':
      return drawBand(layer, color, scales)
    case 'arrows':
      return drawArrows(layer, color, scales)
    default:
      return ''
  }
}

function drawLine(layer: Line, color: Color, { x, y }: Scales): string {
  const path = linePath<number>()
    .defined((i) => isDrawable(layer.x[i]) && isDrawable(layer.y[i]))
    .x((i) => clamp(x.place(layer.x[i] as number)))
    .y((i) => clamp(y.place(layer.y[i] as number)))
    .digits(2)
  return strokePath(path(indices(layer.x)) ?? '', color, layer)
}

/** A stroked path in the style of a line layer. */
export function strokePath(
  d: string,
  color: Color,
  { dash = 'solid', width = 1.75 }: Pick<Line, 'dash' | 'width'>,
): string {
  if (d === '') return ''
  const style = dash === 'solid' ? '' : ` ${dash}`
  return `<path class="line s-${color}${style}" stroke-width="${px(width)}" d="${d}"/>`
}

function drawBand(layer: Band, color: Color, { x, y }: Scales): string {
  const path = areaPath<number>()
    .defined((i) => [layer.x[i], layer.lo[i], layer.hi[i]].every(isDrawable))
    .x((i) => clamp(x.place(layer.x[i] as number)))
    .y0((i) => clamp(y.place(layer.lo[i] as number)))
    .y1((i) => clamp(y.place(layer.hi[i] as number)))
    .digits(2)
  const d = path(indices(layer.x)) ?? ''
  return d === '' ? '' : `<path class="band f-${color}" d="${d}"/>`
}

/** Points inside the frame, as one path. */
export function drawPoints(layer: Points, color: Color, { x, y }: Scales, frame: Frame): string {
  const { shape = 'circle', radius = 3.2 } = layer
  let d = ''
  for (const i of indices(layer.x)) {
    const [cx, cy] = [x.place(layer.x[i] as number), y.place(layer.y[i] as number)]
    if (inside(cx, frame.left, frame.right) && inside(cy, frame.top, frame.bottom)) d += glyph(shape, cx, cy, radius)
  }
  return d === '' ? '' : `<path class="mark f-${color}" d="${d}"/>`
}

/** A mark around (x, y). The factors give all shapes about the area of the circle. */
export function glyph(shape: Shape, x: number, y: number, r: number): string {
  const at = (dx: number, dy: number): string => `${px(x + dx)},${px(y + dy)}`
  switch (shape) {
    case 'circle':
      return `M${at(-r, 0)}a${px(r)},${px(r)} 0 1,0 ${px(2 * r)},0a${px(r)},${px(r)} 0 1,0 ${px(-2 * r)},0z`
    case 'square':
      return polygon(at, [-0.89 * r, -0.89 * r, 0.89 * r, -0.89 * r, 0.89 * r, 0.89 * r, -0.89 * r, 0.89 * r])
    case 'diamond':
      return polygon(at, [0, -1.3 * r, 1.3 * r, 0, 0, 1.3 * r, -1.3 * r, 0])
    case 'triangle':
      return polygon(at, [0, -1.4 * r, 1.3 * r, 0.85 * r, -1.3 * r, 0.85 * r])
    case 'cross': {
      const [a, b] = [0.42 * r, 1.25 * r]
      return polygon(at, [-b, -a, -a, -a, -a, -b, a, -b, a, -a, b, -a, b, a, a, a, a, b, -a, b, -a, a, -b, a])
    }
  }
}

function polygon(at: (dx: number, dy: number) => string, offsets: readonly number[]): string {
  let d = ''
  for (let i = 0; i < offsets.length; i += 2) d += `${i === 0 ? 'M' : 'L'}${at(offsets[i] ?? 0, offsets[i + 1] ?? 0)}`
  return `${d}z`
}

function drawArrows(layer: Arrows, color: Color, { x, y }: Scales): string {
  const places = indices(layer.x).map((i) => [x.place(layer.x[i] as number), y.place(layer.y[i] as number)] as const)
  const length = layer.length ?? 0.7 * Math.min(cell(places.map(([px]) => px)), cell(places.map(([, py]) => py)), 40)
  let d = ''
  for (const [i, [cx, cy]] of places.entries()) {
    // In px, so that an arrow is tangent to the curves drawn beside it; on a log axis the slope at its point.
    const [h, v] = [step(x, layer.x[i], layer.dx[i]), step(y, layer.y[i], layer.dy[i])]
    const size = Math.hypot(h, v)
    if (size > 0 && Number.isFinite(size + cx + cy)) d += arrow(cx, cy, (h / size) * length, (v / size) * length)
  }
  return d === '' ? '' : `<path class="line field s-${color}" stroke-width="1" d="${d}"/>`
}

// d(place)/dt along the field, by a difference that is exact on a linear axis.
function step({ place, domain }: Scale, value = Number.NaN, slope = Number.NaN): number {
  const small = 1e-6 * (domain[1] - domain[0])
  return ((place(value + small) - place(value)) / small) * slope
}

/** An arrow of (dx, dy) px centred on (x, y), with a head of two strokes. */
export function arrow(x: number, y: number, dx: number, dy: number): string {
  const [tipX, tipY] = [x + dx / 2, y + dy / 2]
  const head = Math.min(3.6, 0.4 * Math.hypot(dx, dy)) / Math.hypot(dx, dy)
  const barb = (side: number): string =>
    `${px(tipX - head * (dx - side * 0.6 * dy))},${px(tipY - head * (dy + side * 0.6 * dx))}`
  const tip = `${px(tipX)},${px(tipY)}`
  return `M${px(x - dx / 2)},${px(y - dy / 2)}L${tip}M${barb(1)}L${tip}L${barb(-1)}`
}

// The distance of neighbours on a grid: the least gap between distinct places along one direction.
function cell(places: readonly number[]): number {
  const sorted = [...new Set(places.filter(Number.isFinite).map((place) => Math.round(place * 10) / 10))].sort(
    (a, b) => a - b,
  )
  return sorted.reduce((least, place, i) => (i === 0 ? least : Math.min(least, place - (sorted[i - 1] ?? 0))), 40)
}

function indices(values: Values): number[] {
  return Array.from({ length: values.length }, (_, i) => i)
}

// Far outside the frame nothing shows, but huge coordinates lose precision in renderers.
function clamp(place: number): number {
  return Math.max(-1e5, Math.min(1e5, place))
}

function inside(value: number, lo: number, hi: number): boolean {
  return value >= lo - 0.01 && value <= hi + 0.01
}
