/** Functions to approximate, and the errors of networks. */

import { expect } from 'vitest'
import type { RCNet } from '../../src/theory/rcnet.ts'

export type Target = (x: number[]) => number

const middles = (n: number): number[] => Array.from({ length: n }, (_, k) => (k + 0.5) / n)

/** The grid that the errors are measured on: middles of n equal parts, never aligned with the cells of a power of 4. */
function grid(d: number, n = d === 1 ? 211 : 29): number[][] {
  const axis = middles(n)
  return d === 1 ? axis.map((x) => [x]) : axis.flatMap((x) => axis.map((y) => [x, y]))
}

export const corners = (d: number): number[][] =>
  Array.from({ length: 2 ** d }, (_, k) => Array.from({ length: d }, (_, i) => Math.floor(k / 2 ** i) % 2))

/** Largest error on the grid and the corners of the cube, and mean error on the grid. */
export function errors(
  net: RCNet,
  f: Target,
  value = (x: number[]): number => net.exact(x).toNumber(),
): [number, number] {
  const error = (x: number[]): number => Math.abs(value(x) - f(x))
  const inside = grid(net.d).map(error)
  const sup = Math.max(...inside, ...corners(net.d).map(error))
  return [sup, inside.reduce((sum, value) => sum + value) / inside.length]
}

/** Equal to a printed number in all its digits. */
export function expectPrinted(value: number, printed: string): void {
  const digits = (printed.split('e')[0] as string).replace('.', '').replace(/^0+/, '').length
  expect(Number(value.toPrecision(digits)), `${value} against ${printed}`).toBe(Number(printed))
}

export const sine: Target = ([x]) => Math.sin(2 * Math.PI * (x as number))
export const kink: Target = ([x]) => Math.abs((x as number) - 1 / 3)
export const root: Target = ([x]) => Math.sqrt(x as number)
export const waves: Target = ([x, y]) => Math.sin(2 * Math.PI * (x as number)) * Math.cos(Math.PI * (y as number))
export const cone: Target = ([x, y]) => Math.abs((x as number) - 1 / 3) + Math.abs((y as number) - 2 / 3) / 2
export const root2: Target = ([x, y]) => Math.sqrt((x as number) + (y as number))
