/** Colours for numbers: ramps of equal steps in lightness (CIELAB L*), so that they are read in order, without colour too. */

/** 'sequential' runs from dark to light; 'diverging' from blue over the colour of the paper to orange, for signed values. */
export type Ramp = 'sequential' | 'diverging'

/** Colours of a ramp; odd, so that a diverging one has a middle. */
export const STEPS = 25

export const ramps: readonly Ramp[] = ['sequential', 'diverging']

// Hues of viridis (Smith and van der Walt, 2015), L* 18 to 90.
const SEQUENTIAL =
  '46115f 471c6b 482676 46327d 433e83 3e4989 3b538b 375e8c 31688e 2e728e 297c8e 25868d 238f8c 20998a 23a386 2cac80 34b57a ' +
  '48be71 5dc665 70ce57 8cd44b a5da3b bfdf2a dae328 f6e626'

// From L* 30 at both ends to 95, and from 86 to 16 on a dark paper.
const DIVERGING =
  '0b4687 0d5498 1562a8 2871b2 3980bc 498fc5 599ecf 71acd6 89badd a1c8e4 b8d6ea d2e4ee f4f0eb f5ddc8 f4caa6 f0b88c eba572 ' +
  'e59258 dc8043 d06f34 c45e24 b74d11 a54107 913604 7e2c01'
const DIVERGING_DARK =
  'b1ddfc 93cef6 73bff1 61afe3 519fd5 408fc6 307fb8 2a70a3 25618f 20527b 204463 243647 25282e 462f26 663416 7c3e14 904a17 ' +
  'a5561a ba621e cb722e db813d ec914b f7a463 fbb985 fecea5'

const SHADES: Readonly<Record<Ramp, readonly [light: string, dark: string]>> = {
  sequential: [SEQUENTIAL, SEQUENTIAL],
  diverging: [DIVERGING, DIVERGING_DARK],
}

/** The colours of a ramp, first to last, as `#rrggbb`. */
export function rampColors(ramp: Ramp, mode: 0 | 1): string[] {
  return SHADES[ramp][mode].split(' ').map((color) => `#${color}`)
}

/** The class of a colour of a ramp in the style sheet. */
export function rampClass(ramp: Ramp, step: number): string {
  return `${ramp}-${step}`
}
