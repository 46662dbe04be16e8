/** One panel: head, legend, axes and layers. Its layout runs in two steps, so that panels of a figure can line up. */

import { drawKey, keyWidth } from './color-key.ts'
import { drawHeat } from './heat.ts'
import type { Heat, Layer, Line, Rule, Span } from './layers.ts'
import { assignColors, type Legend, layoutLegend, legendEntries } from './legend.ts'
import { drawInside, drawPoints, type Frame, type Scales } from './marks.ts'
import { type Axis, checkAxis, domainOf, labelWidth, makeScale, type Scale } from './scale.ts'
import { type Color, SIZE } from './style.ts'
import { balance, px, textElement as text, textWidth } from './text.ts'

export interface PanelOptions {
  readonly title?: string
  readonly x: Axis
  readonly y: Axis
  readonly layers: readonly Layer[]
  /** Default true: a legend for the layers that have a label. */
  readonly legend?: boolean
  /** How many columns and rows of the figure's grid the panel takes; default 1. */
  readonly columns?: number
  readonly rows?: number
}

export type Panel = PanelOptions & { readonly kind: 'panel' }

/** A set of layers on one pair of axes. */
export function panel(options: PanelOptions): Panel {
  checkAxis('x', options.x)
  checkAxis('y', options.y)
  for (const [name, value] of Object.entries({ columns: options.columns ?? 1, rows: options.rows ?? 1 })) {
    if (!Number.isInteger(value) || value < 1) throw new RangeError(`${name} must be an integer >= 1, got ${value}`)
  }
  // The domains are computed for their errors: what cannot stand on a log axis is refused where it was given.
  domainOf(options.x, 'x', options.layers, false)
  yDomain(options)
  return { kind: 'panel', ...options }
}

/** Where a panel with its head begins. */
export interface Corner {
  readonly x: number
  readonly y: number
}

const TITLE = 18
const ROW = 16
const TICKS = 22
const MARGIN = 8
// A note's baseline above the frame clears the label of a tick at the very top of the y axis.
const NOTE = 12

/** The label of a rule or span, above the frame. Row 0 stands right on it. */
interface Note {
  readonly layer: Rule | Span
  readonly text: string
  readonly row: number
  readonly left: number
}

/** What stands above the frame: title, legend, and rows for the labels of the y axis, of rules and of spans. */
export interface Head {
  readonly height: number
  readonly title: readonly string[]
  readonly legend: Legend
  readonly notes: readonly Note[]
  readonly labelRow: number
  readonly colors: ReadonlyMap<Layer, Color>
}

export function layoutHead(panel: Panel, width: number): Head {
  const colors = assignColors(panel.layers)
  const title = panel.title === undefined ? [] : balance(panel.title, width, SIZE.panel, true)
  const legend = layoutLegend(panel.legend === false ? [] : legendEntries(panel.layers, colors), width)
  const notes = placeNotes(panel, 0.8 * width - 24)
  const label = panel.y.label === undefined ? 0 : textWidth(panel.y.label, SIZE.small)
  // The lowest row from which on no note, and no line that leads up to one, meets the label of the y axis.
  let labelRow = 0
  while (label > 0 && notes.some((note) => note.row >= labelRow && note.left < label + MARGIN)) labelRow++
  const rows = Math.max(label > 0 ? labelRow + 1 : 0, ...notes.map((note) => note.row + 1))
  const height =
    title.length * TITLE + legend.height + (title.length > 0 ? 2 : 0) + rows * ROW + (rows > 0 ? NOTE + 2 : MARGIN)
  return { height, title, legend, notes, labelRow, colors }
}

/** The room that the y axis takes left of the frame, and rule labels to the right of it, for a frame of this height. */
export function sideMargins(panel: Panel, frameHeight: number): { left: number; right: number } {
  const y = yScale(panel, [frameHeight, 0])
  const left = Math.max(0, ...y.ticks.map(labelWidth)) + MARGIN
  const domain = xDomain(panel)
  // The last tick may stand at the very end of the axis, half of its label beyond.
  const last = makeScale(panel.x, 'x', domain, [0, 300]).ticks.map(labelWidth).at(-1) ?? 0
  const keys = heats(panel).reduce((room, layer) => room + keyWidth(layer, frameHeight), ruleRoom(panel))
  return { left, right: Math.max(MARGIN, last / 2, keys) }
}

function heats({ layers }: Panel): Heat[] {
  return layers.filter((layer) => layer.kind === 'heat')
}

// What the labels of rules across take right of the frame; keys of colours stand beyond.
function ruleRoom({ layers }: Panel): number {
  const rules = layers.filter((layer): layer is Rule => layer.kind === 'rule' && layer.y !== undefined)
  return Math.max(0, ...rules.map(({ label }) => (label === undefined ? 0 : textWidth(label, SIZE.small) + 6)))
}

/** Height of what stands below the frame. */
export function footHeight(panel: Panel): number {
  return TICKS + (panel.x.label === undefined ? 0 : ROW + 2)
}

export function drawPanel(panel: Panel, head: Head, corner: Corner, frame: Frame): string {
  const scales: Scales = {
    x: makeScale(panel.x, 'x', xDomain(panel), [frame.left, frame.right]),
    y: yScale(panel, [frame.bottom, frame.top]),
  }
  // Grid lines would cross a vector field or a heat map; a second axis line takes their place.
  const field = panel.layers.some((layer) => layer.kind === 'arrows' || layer.kind === 'heat')
  const color = (layer: Layer): Color => head.colors.get(layer) ?? 'blue'
  const layers = [...panel.layers].sort((a, b) => Number(b.kind === 'band') - Number(a.kind === 'band'))
  const inner = layers.map((layer) => drawInside(layer, color(layer), scales)).join('')
  const points = layers.map((l) => (l.kind === 'points' ? drawPoints(l, color(l), scales, frame) : '')).join('')
  const cells = heats(panel).map((layer) => drawHeat(layer, scales))
  const empty = `${inner}${points}${cells.join('')}` === ''
  return [
    drawHead(panel, head, corner, frame),
    drawSpans(panel, scales.x, frame),
    clipped(cells.join(''), frame),
    drawAxes(scales, frame, { grid: !field && !empty, line: field || panel.y.log === true }),
    drawRules(panel, head, scales, frame),
    drawNotes(head, scales.x, frame),
    drawKeys(panel, frame),
    clipped(inner, frame),
    points,
    empty ? text('', (frame.left + frame.right) / 2, (frame.top + frame.bottom) / 2, 'no data', 'middle') : '',
  ].join('')
}

function yScale(panel: Panel, range: readonly [number, number]): Scale {
  return makeScale(panel.y, 'y', yDomain(panel), range)
}

// Cells fill the frame.
function yDomain({ y, layers }: PanelOptions): [number, number] {
  return domainOf(y, 'y', layers, !layers.some((layer) => layer.kind === 'heat'))
}

// A time axis ends where the data ends; a phase plane, whose curves turn, gets round ends like y.
function xDomain(panel: Panel): [number, number] {
  const turning = panel.layers.some((layer) => layer.kind === 'arrows' || (layer.kind === 'line' && turns(layer)))
  return domainOf(panel.x, 'x', panel.layers, turning && heats(panel).length === 0)
}

function turns({ x }: Line): boolean {
  let last = Number.NEGATIVE_INFINITY
  for (let i = 0; i < x.length; i++) {
    const value = x[i] as number
    if (value < last) return true
    if (!Number.isNaN(value)) last = value
  }
  return false
}

// From right to left, each note in the lowest row where it is free, so that the line from a rule up to its note passes no
// other. Placed at the least width the frame can have: a wider one only moves them apart.
function placeNotes(panel: Panel, width: number): Note[] {
  const scale = makeScale(panel.x, 'x', xDomain(panel), [0, width])
  const [first, last] = scale.domain
  const wanted = panel.layers.flatMap((layer) => {
    if ((layer.kind !== 'rule' && layer.kind !== 'span') || layer.label === undefined) return []
    const at = layer.kind === 'span' ? layer.x0 : (layer.x ?? Number.NaN)
    if (!(at >= first && at <= last)) return []
    const size = textWidth(layer.label, SIZE.small)
    return [{ layer, text: layer.label, left: Math.max(0, Math.min(scale.place(at), width - size)), size }]
  })
  const free: number[] = []
  return wanted
    .sort((a, b) => b.left - a.left)
    .map(({ layer, text, left, size }) => {
      const found = free.findIndex((start) => left + size + MARGIN <= start)
      const row = found === -1 ? free.length : found
      for (let below = 0; below <= row; below++) free[below] = left
      return { layer, text, row, left }
    })
}

function drawHead(panel: Panel, head: Head, corner: Corner, frame: Frame): string {
  let y = corner.y
  const title = head.title.map((line, i) => text('head', corner.x, y + TITLE * i + 13, line))
  y += head.title.length * TITLE + (head.title.length > 0 ? 2 : 0)
  const legend = head.legend.draw(corner.x, y)
  const label = panel.y.label ?? ''
  const labelY = noteY(head.labelRow, frame)
  const xLabel = text('', (frame.left + frame.right) / 2, frame.bottom + TICKS + 13, panel.x.label ?? '', 'middle')
  return `${title.join('')}${legend}${text('', corner.x, labelY, label)}${xLabel}`
}

function drawSpans(panel: Panel, x: Scale, frame: Frame): string {
  return panel.layers
    .map((layer) => {
      if (layer.kind !== 'span') return ''
      const [left, right] = [layer.x0, layer.x1].map((at) => Math.min(frame.right, Math.max(frame.left, x.place(at))))
      const width = (right as number) - (left as number)
      const size = `width="${px(width)}" height="${px(frame.bottom - frame.top)}"`
      return width > 0 ? `<rect class="shade" x="${px(left as number)}" y="${px(frame.top)}" ${size}/>` : ''
    })
    .join('')
}

function drawAxes({ x, y }: Scales, frame: Frame, show: { grid: boolean; line: boolean }): string {
  const [left, right, top, bottom] = [frame.left, frame.right, frame.top, frame.bottom].map(px)
  const grid = show.grid ? y.ticks.map(({ at }) => `M${left},${px(at)}H${right}`).join('') : ''
  const across = (places: readonly number[], size: number) => places.map((at) => `M${px(at)},${bottom}v${size}`)
  const along = (places: readonly number[], size: number) => places.map((at) => `M${left},${px(at)}h${-size}`)
  const places = (scale: Scale): number[] => scale.ticks.map(({ at }) => at)
  const lineY = show.line ? [`M${left},${bottom}V${top}`, ...along(places(y), 4.5), ...along(y.minor, 2.5)] : []
  const axes = [`M${left},${bottom}H${right}`, ...across(places(x), 4.5), ...across(x.minor, 2.5), ...lineY]
  return [
    grid === '' ? '' : `<path class="grid" d="${grid}"/>`,
    `<path class="axis" d="${axes.join('')}"/>`,
    ...x.ticks.map(({ at, label }) => text('tick', at, frame.bottom + 17, label, 'middle')),
    ...y.ticks.map(({ at, label }) => text('tick', frame.left - MARGIN, at + 4, label, 'end')),
  ].join('')
}

function drawRules(panel: Panel, head: Head, { x, y }: Scales, frame: Frame): string {
  return panel.layers
    .map((layer) => {
      if (layer.kind !== 'rule') return ''
      if (layer.x !== undefined) {
        const at = x.place(layer.x)
        const seen = at >= frame.left && at <= frame.right
        const row = head.notes.find((note) => note.layer === layer)?.row ?? 0
        const top = row === 0 ? frame.top : noteY(row, frame) + 4
        return seen ? `<path class="rule" d="M${px(at)},${px(frame.bottom)}V${px(top)}"/>` : ''
      }
      const at = y.place(layer.y as number)
      if (!(at >= frame.top && at <= frame.bottom)) return ''
      const path = `<path class="rule" d="M${px(frame.left)},${px(at)}H${px(frame.right)}"/>`
      return `${path}${text('', frame.right + 5, at + 4, layer.label ?? '')}`
    })
    .join('')
}

function drawNotes(head: Head, x: Scale, frame: Frame): string {
  return head.notes
    .map(({ layer, text: label, row }) => {
      const at = layer.kind === 'span' ? layer.x0 : (layer.x as number)
      const left = Math.min(x.place(at), frame.right - textWidth(label, SIZE.small))
      return text('', Math.max(frame.left, left), noteY(row, frame), label)
    })
    .join('')
}

function drawKeys(panel: Panel, frame: Frame): string {
  let left = frame.right + ruleRoom(panel)
  const keys = heats(panel).map((layer) => {
    const drawing = drawKey(layer, left, frame)
    left += keyWidth(layer, frame.bottom - frame.top)
    return drawing
  })
  return keys.join('')
}

function noteY(row: number, frame: Frame): number {
  return frame.top - NOTE - row * ROW
}

// A nested svg clips without an id, which would clash where a page inlines several figures.
function clipped(content: string, { left, right, top, bottom }: Frame): string {
  if (content === '') return ''
  const [x, y, width, height] = [left, top - 1, right - left, bottom - top + 2].map(px)
  return `<svg x="${x}" y="${y}" width="${width}" height="${height}" viewBox="${x} ${y} ${width} ${height}">${content}</svg>`
}
