/** The key of a panel, in lines under its title, where it cannot cover data. */

import { rampOf } from './heat.ts'
import type { Layer, Line, Points } from './layers.ts'
import { arrow, glyph, strokePath } from './marks.ts'
import { rampClass } from './ramps.ts'
import { type Color, colors, SIZE } from './style.ts'
import { escapeXml, px, textWidth } from './text.ts'

export interface Entry {
  readonly label: string
  readonly color: Color
  readonly layers: readonly Layer[]
}

const SWATCH = 22
const ROW = 17

/** The colour of each layer: its own, that of its label, or the next one of the palette. */
export function assignColors(layers: readonly Layer[]): Map<Layer, Color> {
  const byLabel = new Map<string, Color>()
  const given = new Map<Layer, Color>()
  const taken = new Set<Color>()
  for (const layer of layers) {
    if (layer.kind === 'heat' || layer.kind === 'rule' || layer.kind === 'span') continue
    const free = colors.find((color) => !taken.has(color)) ?? (colors[given.size % colors.length] as Color)
    const usual = layer.kind === 'arrows' ? 'grey' : free
    const color = layer.color ?? (layer.label === undefined ? undefined : byLabel.get(layer.label)) ?? usual
    given.set(layer, color)
    taken.add(color)
    if (layer.label !== undefined && !byLabel.has(layer.label)) byLabel.set(layer.label, color)
  }
  return given
}

/** One entry for each label, in order of first appearance. */
export function legendEntries(layers: readonly Layer[], given: ReadonlyMap<Layer, Color>): Entry[] {
  const labels = new Map<string, Layer[]>()
  for (const layer of layers) {
    if (layer.label === undefined || layer.kind === 'rule' || layer.kind === 'span') continue
    labels.set(layer.label, [...(labels.get(layer.label) ?? []), layer])
  }
  return [...labels].map(([label, list]) => ({ label, color: given.get(list[0] as Layer) ?? 'blue', layers: list }))
}

export interface Legend {
  readonly height: number
  readonly draw: (left: number, top: number) => string
}

/** The entries set in lines of at most `width`. */
export function layoutLegend(entries: readonly Entry[], width: number): Legend {
  const placed: { entry: Entry; x: number; row: number }[] = []
  let [x, row] = [0, 0]
  for (const entry of entries) {
    const size = swatchWidth(entry) + 6 + textWidth(entry.label, SIZE.small)
    if (x > 0 && x + size > width) [x, row] = [0, row + 1]
    placed.push({ entry, x, row })
    x += size + 14
  }
  const draw = (left: number, top: number): string =>
    placed.map((item) => drawEntry(item.entry, left + item.x, top + item.row * ROW + ROW / 2)).join('')
  return { height: entries.length === 0 ? 0 : (row + 1) * ROW, draw }
}

function swatchWidth({ layers }: Entry): number {
  return layers.every((layer) => layer.kind === 'points') ? 8 : SWATCH
}

function drawEntry(entry: Entry, x: number, y: number): string {
  const { label, color, layers } = entry
  const width = swatchWidth(entry)
  const swatches = layers.map((layer) => swatch(layer, color, x, y, width))
  return `${swatches.join('')}<text class="key" x="${px(x + width + 6)}" y="${px(y + 4)}">${escapeXml(label)}</text>`
}

function swatch(layer: Layer, color: Color, x: number, y: number, width: number): string {
  switch (layer.kind) {
    case 'line':
      return strokePath(`M${px(x)},${px(y)}L${px(x + width)},${px(y)}`, color, layer satisfies Line)
    case 'points': {
      const { shape = 'circle', radius = 3.2 } = layer satisfies Points
      return `<path class="mark f-${color}" d="${glyph(shape, x + width / 2, y, Math.min(radius, 5))}"/>`
    }
    case 'band':
      return `<rect class="band f-${color}" x="${px(x)}" y="${px(y - 5)}" width="${width}" height="10"/>`
    case 'heat':
      return [0, 6, 12, 18, 24]
        .map((step, i) => {
          const left = px(x + (i * width) / 5)
          return `<rect class="${rampClass(rampOf(layer), step)}" x="${left}" y="${px(y - 5)}" width="${px(width / 5)}" height="10"/>`
        })
        .join('')
    case 'arrows':
      return `<path class="line field s-${color}" stroke-width="1" d="${arrow(x + width / 2, y, 16, 0)}"/>`
    default:
      return ''
  }
}
