/** A figure: panels on a grid under one title. Plain data in, one SVG document out; the same input gives the same text. */

import { rampOf } from './heat.ts'
import type { Layer } from './layers.ts'
import { layerName } from './layers.ts'
import { drawPanel, footHeight, type Head, layoutHead, type Panel, sideMargins } from './panel.ts'
import { type Ramp, ramps } from './ramps.ts'
import { SIZE, styleSheet, type Theme } from './style.ts'
import { balance, escapeXml, px, wrap } from './text.ts'

export interface FigureOptions {
  readonly title: string
  readonly subtitle?: string
  readonly panels: readonly Panel[]
  /** Columns of the grid; default: as many as there are panels, at most 3. Panels fill it row by row. */
  readonly columns?: number
  /** In px; default 960. */
  readonly width?: number
  /** In px; default: what the heads need and 3:4 of a column's width or so for each row of frames. */
  readonly height?: number
  readonly footer?: string
  /** Default 'auto'. */
  readonly theme?: Theme
  /** For those who do not see the figure; default: what the panels show. */
  readonly description?: string
}

const MARGIN = 22
const GAP = { x: 34, y: 26 } as const
const LEAST = 40

interface Cell {
  readonly panel: Panel
  readonly head: Head
  readonly column: number
  readonly row: number
  readonly columns: number
  readonly rows: number
  readonly x: number
  readonly width: number
}

/**
 * Draws panels as one SVG document.
 *
 * @throws RangeError for sizes the panels do not fit.
 */
export function figure(options: FigureOptions): string {
  const { title, subtitle, panels, footer, theme = 'auto', width = 960 } = options
  checkSizes(options)
  const inner = width - 2 * MARGIN
  const titles = balance(title, inner, SIZE.title, true)
  const subtitles = subtitle === undefined ? [] : balance(subtitle, inner, SIZE.subtitle)
  const footers = footer === undefined ? [] : wrap(footer, inner, SIZE.footer)
  const top = MARGIN + titles.length * 24 + subtitles.length * 18 + 16
  const bottom = footers.length * 15 + (footers.length > 0 ? 12 : 0) + MARGIN - 6
  const cells = arrange(panels, Math.min(options.columns ?? 3, Math.max(1, panels.length)), inner)
  const rows = rowHeights(cells, options.height === undefined ? undefined : options.height - top - bottom)
  const height = options.height ?? top + bottom + sum(rows) + GAP.y * Math.max(0, rows.length - 1)
  const label = (kind: string, y: number, text: string): string =>
    `<text class="${kind}" x="${MARGIN}" y="${px(y)}">${escapeXml(text)}</text>`
  const description = options.description ?? describe(options)
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" class="relode-figure" role="img" aria-label="${escapeXml(title)}" `,
    `width="${px(width)}" height="${px(height)}" viewBox="0 0 ${px(width)} ${px(height)}">\n`,
    `<title>${escapeXml(title)}</title>\n<desc>${escapeXml(description)}</desc>\n<style>\n${styleSheet(theme, rampsOf(panels))}\n</style>\n`,
    `<rect class="paper" width="100%" height="100%"/>\n`,
    ...titles.map((line, i) => label('title', MARGIN + 14 + 24 * i, line)),
    ...subtitles.map((line, i) => label('subtitle', MARGIN + 24 * titles.length + 13 + 18 * i, line)),
    ...drawCells(cells, rows, top).map((drawing) => `\n<g>${drawing}</g>`),
    ...footers.map((line, i) => label('footer', height - MARGIN + 4 - 15 * (footers.length - 1 - i), line)),
    '\n</svg>\n',
  ].join('')
}

function checkSizes({ width = 960, height, columns, panels }: FigureOptions): void {
  if (!(width >= 200 && width <= 1e4)) throw new RangeError(`width must be from 200 to 10000 px, got ${width}`)
  if (height !== undefined && !(height >= 100 && height <= 1e4)) {
    throw new RangeError(`height must be from 100 to 10000 px, got ${height}`)
  }
  if (columns !== undefined && !(Number.isInteger(columns) && columns >= 1)) {
    throw new RangeError(`columns must be an integer >= 1, got ${columns}`)
  }
  if (panels.length === 0) throw new RangeError('panels must hold at least one panel, got none')
}

// Row by row, each panel in the first place where its span is free.
function arrange(panels: readonly Panel[], columns: number, inner: number): Cell[] {
  const taken = new Set<string>()
  const unit = (inner - GAP.x * (columns - 1)) / columns
  return panels.map((panel) => {
    const [wide, high] = [Math.min(columns, panel.columns ?? 1), panel.rows ?? 1]
    const spots = (column: number, row: number): string[] =>
      Array.from({ length: wide * high }, (_, i) => `${column + (i % wide)} ${row + Math.floor(i / wide)}`)
    for (let at = 0; ; at++) {
      const [column, row] = [at % columns, Math.floor(at / columns)]
      if (column + wide > columns || spots(column, row).some((spot) => taken.has(spot))) continue
      for (const spot of spots(column, row)) taken.add(spot)
      const width = unit * wide + GAP.x * (wide - 1)
      const head = layoutHead(panel, width)
      return { panel, head, column, row, columns: wide, rows: high, x: MARGIN + column * (unit + GAP.x), width }
    }
  })
}

// A row holds its highest head and foot; the frames share what is left, or get 0.62 of the narrowest column.
function rowHeights(cells: readonly Cell[], available: number | undefined): number[] {
  const count = Math.max(...cells.map((cell) => cell.row + cell.rows))
  const around = Array.from({ length: count }, (_, row) => headHeight(cells, row) + footOf(cells, row))
  const narrow = Math.min(...cells.map((cell) => (cell.width - GAP.x * (cell.columns - 1)) / cell.columns))
  const frame = Math.min(300, Math.max(150, 0.62 * narrow))
  if (available === undefined) return around.map((height) => height + frame)
  const room = (available - GAP.y * (count - 1) - sum(around)) / count
  if (room < LEAST)
    throw new RangeError(`height is too small for ${count} rows: add ${Math.ceil((LEAST - room) * count)} px`)
  return around.map((height) => height + room)
}

function headHeight(cells: readonly Cell[], row: number): number {
  return Math.max(0, ...cells.filter((cell) => cell.row === row).map((cell) => cell.head.height))
}

function footOf(cells: readonly Cell[], row: number): number {
  return Math.max(0, ...cells.filter((cell) => cell.row + cell.rows - 1 === row).map((cell) => footHeight(cell.panel)))
}

// Frames of one row share top and bottom, frames of one column left and right.
function drawCells(cells: readonly Cell[], rows: readonly number[], top: number): string[] {
  const tops = rows.map((_, row) => top + sum(rows.slice(0, row)) + GAP.y * row)
  const placed = cells.map((cell) => {
    const last = cell.row + cell.rows - 1
    const y = tops[cell.row] as number
    const bottom = (tops[last] as number) + (rows[last] as number) - footOf(cells, last)
    const frameTop = y + headHeight(cells, cell.row)
    return { cell, y, bottom, frameTop, margins: sideMargins(cell.panel, bottom - frameTop) }
  })
  return placed.map(({ cell, y, bottom, frameTop }) => {
    const widest = (side: 'left' | 'right', same: (other: Cell) => boolean): number =>
      Math.max(...placed.filter((other) => same(other.cell)).map((other) => other.margins[side]))
    const left = cell.x + widest('left', (other) => other.column === cell.column)
    const end = cell.column + cell.columns
    const right = cell.x + cell.width - widest('right', (other) => other.column + other.columns === end)
    return drawPanel(
      cell.panel,
      cell.head,
      { x: cell.x, y },
      { left, right: Math.max(left + LEAST, right), top: frameTop, bottom },
    )
  })
}

function rampsOf(panels: readonly Panel[]): Ramp[] {
  const used = panels.flatMap(({ layers }) => layers.flatMap((layer) => (layer.kind === 'heat' ? [rampOf(layer)] : [])))
  return ramps.filter((ramp) => used.includes(ramp))
}

function describe({ subtitle, panels }: FigureOptions): string {
  const shown = (layer: Layer): string => layerName(layer.kind, layer.label)
  const parts = panels.map(({ title, x, y, layers }) => {
    const axes = `${y.label ?? 'y'} against ${x.label ?? 'x'}`
    return `${title === undefined ? '' : `${title}: `}${axes}; ${layers.map(shown).join(', ') || 'empty'}.`
  })
  return [...(subtitle === undefined ? [] : [subtitle]), ...parts].join(' ')
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}
