/** Heat maps: a grid of cells, as one path for each colour. */

import type { Heat, HeatOptions, Values } from './layers.ts'
import { layerName } from './layers.ts'
import type { Scales } from './marks.ts'
import { type Ramp, rampClass, ramps, STEPS } from './ramps.ts'
import { checkAxis, extent, isDrawable, makeScale } from './scale.ts'
import { px } from './text.ts'

/**
 * Numbers on a grid of cells as colours. What is not finite is a gap.
 *
 * @throws RangeError for sizes that do not fit, places that do not increase, and values <= 0 on a log scale
 */
export function heat(options: HeatOptions): Heat {
  const { x, y, values, domain, log, ramp } = options
  const name = layerName('heat', options.label)
  checkSizes(name, options)
  checkIncreasing(name, 'x', x)
  checkIncreasing(name, 'y', y)
  checkAxis(name, { ...(domain === undefined ? {} : { domain }), log: log === true })
  if (ramp !== undefined && !ramps.includes(ramp)) {
    throw new RangeError(`${name}: ramp must be one of ${ramps.join(', ')}, got '${ramp}'`)
  }
  if (log === true) {
    if (ramp === 'diverging') throw new RangeError(`${name}: ramp 'diverging' has a middle, which a log scale has not`)
    checkPositive(name, values)
  }
  const given = values.length === x.length * y.length ? { x: edges(x), y: edges(y) } : {}
  return { kind: 'heat', ...options, ...given }
}

function checkSizes(name: string, { x, y, values }: HeatOptions): void {
  const [nx, ny] = [x.length, y.length]
  if (nx < 2 || ny < 2) {
    throw new RangeError(`${name} needs two centres or edges at least along x and y, got ${nx} and ${ny}`)
  }
  if (values.length !== nx * ny && values.length !== (nx - 1) * (ny - 1)) {
    const either = `${nx * ny} values (x and y are centres) or ${(nx - 1) * (ny - 1)} (edges)`
    throw new RangeError(`${name} needs ${either} for ${nx} x and ${ny} y, got ${values.length}`)
  }
}

function checkIncreasing(name: string, axis: string, places: Values): void {
  for (let i = 0; i < places.length; i++) {
    const [before, value] = [i === 0 ? Number.NEGATIVE_INFINITY : (places[i - 1] as number), places[i] as number]
    if (isDrawable(value) && value > before) continue
    throw new RangeError(`${name}: ${axis} must be finite and increase, got ${axis}[${i}] = ${value} after ${before}`)
  }
}

function checkPositive(name: string, values: Values): void {
  for (let i = 0; i < values.length; i++) {
    if (!((values[i] as number) <= 0)) continue
    throw new RangeError(`${name}: values[${i}] = ${values[i]} on a log scale, use NaN for a gap or a linear scale`)
  }
}

/** Halfway between centres; the outer cells are as wide as their inner halves make them. */
function edges(centres: Values): number[] {
  const at = (i: number): number => centres[i] as number
  const last = centres.length - 1
  const between = Array.from({ length: last }, (_, i) => at(i) + (at(i + 1) - at(i)) / 2)
  return [2 * at(0) - (between[0] as number), ...between, 2 * at(last) - (between[last - 1] as number)]
}

/** The ramp of a layer: as given, or by the signs of what it shows. */
export function rampOf({ ramp, domain, values, log }: Heat): Ramp {
  const [lo, hi] = domain ?? extent([values], false, false)
  return ramp ?? (log !== true && lo < 0 && hi > 0 && hasValues(values) ? 'diverging' : 'sequential')
}

/** What the first and the last colour stand for; undefined if there is nothing but gaps. */
export function colorDomain(layer: Heat): readonly [number, number] | undefined {
  if (!hasValues(layer.values)) return undefined
  if (layer.domain !== undefined) return layer.domain
  const [lo, hi] = extent([layer.values], layer.log === true, false)
  const most = Math.max(Math.abs(lo), Math.abs(hi))
  return rampOf(layer) === 'diverging' ? [-most, most] : [lo, hi]
}

function hasValues(values: Values): boolean {
  for (let i = 0; i < values.length; i++) if (isDrawable(values[i])) return true
  return false
}

/** Cells of one colour that form a rectangle: columns from..to, rows first..last, ends excluded. */
interface Block {
  readonly from: number
  readonly to: number
  readonly first: number
  last: number
}

/** The cells, all of one colour as one path. */
export function drawHeat(layer: Heat, { x, y }: Scales): string {
  const domain = colorDomain(layer)
  if (domain === undefined) return ''
  const ramp = rampOf(layer)
  const columns = Array.from({ length: layer.x.length }, (_, i) => px(x.place(layer.x[i] as number)))
  const rows = Array.from({ length: layer.y.length }, (_, i) => px(y.place(layer.y[i] as number)))
  const outline = ({ from, to, first, last }: Block): string =>
    `M${columns[from]},${rows[first]}H${columns[to]}V${rows[last]}H${columns[from]}z`
  const paths = blocks(layer, domain).map((list, step) =>
    list.length === 0 ? '' : `<path class="${rampClass(ramp, step)}" d="${list.map(outline).join('')}"/>`,
  )
  // Without it renderers blend the borders of cells with what is below, and leave a grid of fine lines.
  return `<g shape-rendering="crispEdges">${paths.join('')}</g>`
}

/** The rectangles of each colour: runs along the rows, a run joined with the same run of the row before. */
function blocks({ x, values, log }: Heat, domain: readonly [number, number]): Block[][] {
  const { place } = makeScale({ log: log === true }, 'y', domain, [0, STEPS])
  const width = x.length - 1
  const stepOf = (i: number): number => {
    const value = values[i] as number
    return isDrawable(value) ? Math.max(0, Math.min(STEPS - 1, Math.floor(place(value)))) : -1
  }
  const found = Array.from({ length: STEPS }, (): Block[] => [])
  let above = new Map<string, Block>()
  for (let row = 0; row * width < values.length; row++) {
    const open = new Map<string, Block>()
    for (let from = 0, to = 0; from < width; from = to) {
      const step = stepOf(row * width + from)
      for (to = from + 1; to < width && stepOf(row * width + to) === step; ) to++
      if (step < 0) continue
      const run = `${from} ${to} ${step}`
      const known = above.get(run)
      const block = known ?? { from, to, first: row, last: row }
      if (known === undefined) found[step]?.push(block)
      block.last = row + 1
      open.set(run, block)
    }
    above = open
  }
  return found
}
