/** Colours and the style sheet of a figure: one table for light and dark. */

import { type Ramp, rampClass, rampColors } from './ramps.ts'

/** A colour of the palette, told apart by people with any common colour vision; it changes with the theme. */
export type Color = 'blue' | 'orange' | 'green' | 'purple' | 'gold' | 'grey'

type Ground = 'paper' | 'ink' | 'muted' | 'grid' | 'axis' | 'shade'
type Shades = readonly [light: string, dark: string]

// Okabe and Ito (2008), "Color Universal Design", moved in lightness until each has 3:1 contrast on its paper.
const PALETTE: Readonly<Record<Color, Shades>> = {
  blue: ['#0069a8', '#5cb8ee'],
  orange: ['#c8500a', '#ff9552'],
  green: ['#007d5c', '#33c9a0'],
  purple: ['#a5457f', '#e79cc8'],
  gold: ['#8f6a00', '#e8bd4a'],
  grey: ['#6a6f78', '#a2a8b2'],
}

const GROUND: Readonly<Record<Ground, Shades>> = {
  paper: ['#ffffff', '#15171b'],
  ink: ['#1c1e22', '#e9eaec'],
  muted: ['#5a5f68', '#a4a9b2'],
  grid: ['#e9eaed', '#282b31'],
  axis: ['#8f949d', '#656a74'],
  shade: ['#f5f2e9', '#20242c'],
}

const ALL: Readonly<Record<Color | Ground, Shades>> = { ...GROUND, ...PALETTE }

/** 'auto' follows the reader's `prefers-color-scheme`; 'light' and 'dark' are for print and slides. */
export type Theme = 'auto' | 'light' | 'dark'

/** The order in which series without a colour get one. */
export const colors: readonly Color[] = Object.keys(PALETTE) as Color[]

/** Text sizes in px. */
export const SIZE = { title: 19, subtitle: 13, panel: 13.5, small: 11.5, footer: 11 } as const

const FONT = "system-ui,-apple-system,'Segoe UI',Roboto,'Helvetica Neue',Arial,sans-serif"

/**
 * The content of the figure's style element, with the colours of these ramps. Everything is scoped, so that a page may inline
 * several figures.
 */
export function styleSheet(theme: Theme, ramps: readonly Ramp[] = []): string {
  const root = '.relode-figure'
  const rule = (selector: string, body: string): string => `${root} ${selector}{${body}}`
  // The plain colour first: renderers without custom properties (librsvg, Inkscape) drop the second declaration.
  const paint = (property: string, name: Color | Ground): string =>
    `${property}:${ALL[name][theme === 'dark' ? 1 : 0]};${property}:var(--${name})`
  const dark = theme === 'auto' ? `@media (prefers-color-scheme:dark){${root}{${variables(1)}}}` : ''
  return [
    `${root}{${variables(theme === 'dark' ? 1 : 0)};max-width:100%;height:auto}`,
    dark,
    rule('text', `font-family:${FONT};font-size:${SIZE.small}px;${paint('fill', 'muted')}`),
    rule('.title', `font-size:${SIZE.title}px;font-weight:600;${paint('fill', 'ink')}`),
    rule('.subtitle', `font-size:${SIZE.subtitle}px`),
    rule('.head', `font-size:${SIZE.panel}px;font-weight:600;${paint('fill', 'ink')}`),
    rule('.key', paint('fill', 'ink')),
    rule('.tick', 'font-variant-numeric:tabular-nums'),
    rule('.footer', `font-size:${SIZE.footer}px`),
    rule('.paper', paint('fill', 'paper')),
    rule('.shade', paint('fill', 'shade')),
    rule('.grid', `fill:none;${paint('stroke', 'grid')}`),
    rule('.axis', `fill:none;${paint('stroke', 'axis')}`),
    rule('.rule', `fill:none;stroke-dasharray:3 3;${paint('stroke', 'muted')}`),
    rule('.line', 'fill:none;stroke-linejoin:round;stroke-linecap:round'),
    rule('.field', 'stroke-opacity:.7'),
    rule('.dashed', 'stroke-dasharray:6 5'),
    rule('.dotted', 'stroke-dasharray:0.1 4.5'),
    rule('.mark', `stroke-width:1;${paint('stroke', 'paper')}`),
    rule('.band', 'fill-opacity:.16'),
    ...colors.flatMap((name) => [rule(`.s-${name}`, paint('stroke', name)), rule(`.f-${name}`, paint('fill', name))]),
    ...ramps.flatMap((ramp) => rampSheet(ramp, theme)),
  ]
    .filter((line) => line !== '')
    .join('\n')
}

function rampSheet(ramp: Ramp, theme: Theme): string[] {
  const [light, dark] = ([0, 1] as const).map((mode) =>
    rampColors(ramp, mode).map((color, step) => `.relode-figure .${rampClass(ramp, step)}{fill:${color}}`),
  ) as [string[], string[]]
  const other = theme === 'auto' ? dark.filter((line) => !light.includes(line)).join('') : ''
  return [...(theme === 'dark' ? dark : light), other === '' ? '' : `@media (prefers-color-scheme:dark){${other}}`]
}

function variables(mode: 0 | 1): string {
  return Object.entries(ALL)
    .map(([name, shades]) => `--${name}:${shades[mode]}`)
    .join(';')
}
