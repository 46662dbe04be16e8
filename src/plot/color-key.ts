/** The scale of a heat map's colours: a bar beside the frame, with ticks as on an axis. */

import { colorDomain, rampOf } from './heat.ts'
import type { Heat } from './layers.ts'
import type { Frame } from './marks.ts'
import { rampClass, STEPS } from './ramps.ts'
import { labelWidth, makeScale, type Scale } from './scale.ts'
import { px, textElement } from './text.ts'

const GAP = 12
const BAR = 11
const TICK = 4.5
const LABEL = 8

/** The room that the key of a layer takes right of a frame of this height: 0 without a key. */
export function keyWidth(layer: Heat, frameHeight: number): number {
  const scale = keyScale(layer, [frameHeight, 0])
  return scale === undefined ? 0 : GAP + BAR + LABEL + Math.max(0, ...scale.ticks.map(labelWidth))
}

/** The key of a layer as high as the frame, in the room that begins at `left`. */
export function drawKey(layer: Heat, left: number, { top, bottom }: Frame): string {
  const scale = keyScale(layer, [bottom, top])
  if (scale === undefined) return ''
  const ramp = rampOf(layer)
  const [x, end] = [left + GAP, left + GAP + BAR]
  const edge = (step: number): string => px(bottom + ((top - bottom) * step) / STEPS)
  const bar = Array.from({ length: STEPS }, (_, step) => {
    const outline = `M${px(x)},${edge(step)}H${px(end)}V${edge(step + 1)}H${px(x)}z`
    return `<path class="${rampClass(ramp, step)}" d="${outline}"/>`
  })
  const mark = (size: number) => (at: number) => `M${px(end)},${px(at)}h${size}`
  const marks = [...scale.ticks.map(({ at }) => mark(TICK)(at)), ...scale.minor.map(mark(TICK / 2))]
  return [
    `<g shape-rendering="crispEdges">${bar.join('')}</g>`,
    `<path class="axis" d="${marks.join('')}"/>`,
    ...scale.ticks.map(({ at, label }) => textElement('tick', end + LABEL, at + 4, label)),
  ].join('')
}

function keyScale(layer: Heat, range: readonly [number, number]): Scale | undefined {
  const domain = layer.key === false ? undefined : colorDomain(layer)
  return domain === undefined ? undefined : makeScale({ log: layer.log === true }, 'y', domain, range)
}
