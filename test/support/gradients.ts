/** Gradients by central differences, and how far two gradients are apart. */

import type { Block } from '../../src/program/block.ts'
import { heun } from '../../src/tableaus/heun.ts'
import type { Tableau } from '../../src/tableaus/tableau.ts'

/**
 * df/dx_i for every i. `smooth`: five points 1e-3 apart, error about 1e-12 of f's size. Otherwise three points 1e-6 apart,
 * error about 1e-10: the functions here are piecewise smooth, and so close to x lies no seam.
 */
export function differences(f: (x: Float64Array) => number, x: ArrayLike<number>, smooth = true): Float64Array {
  const at = Float64Array.from(x)
  const moved = (i: number, h: number): number => {
    const there = at.slice()
    there[i] = (there[i] as number) + h
    return f(there)
  }
  return at.map((_, i) => {
    if (!smooth) return (moved(i, 1e-6) - moved(i, -1e-6)) / 2e-6
    const h = 1e-3
    return (8 * (moved(i, h) - moved(i, -h)) - (moved(i, 2 * h) - moved(i, -2 * h))) / (12 * h)
  })
}

/** Evaluates with these parameters in a block, and puts its own back. */
export function at<R>(block: Block, parameters: Float64Array, evaluate: () => R): R {
  const before = block.parameters
  block.parameters = parameters
  try {
    return evaluate()
  } finally {
    block.parameters = before
  }
}

/** max |a - b| / max |b| (absolute where b is below 1e-3). */
export function relative(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) return Number.POSITIVE_INFINITY
  let [error, size] = [0, 1e-3]
  for (let i = 0; i < b.length; i++) {
    const d = Math.abs((a[i] as number) - (b[i] as number))
    error = d <= error ? error : d
    size = Math.max(size, Math.abs(b[i] as number))
  }
  return error / size
}

/** <x, y> */
export function inner(x: ArrayLike<number>, y: ArrayLike<number>): number {
  let sum = 0
  for (let i = 0; i < x.length; i++) sum += (x[i] as number) * (y[i] as number)
  return sum
}

/** `n` numbers in [-1, 1) without pattern, the same on every machine: a hash of index and seed (lowbias32 of C. Wellons). */
export function scatter(n: number, seed = 0): Float64Array {
  return Float64Array.from({ length: n }, (_, i) => {
    let h = Math.imul(i + 1, 0x9e3779b1) ^ Math.imul(seed + 1, 0x85ebca6b)
    h = Math.imul(h ^ (h >>> 16), 0x21f0aaad)
    h = Math.imul(h ^ (h >>> 15), 0x735a2d97)
    return ((h ^ (h >>> 15)) >>> 0) / 2 ** 31 - 1
  })
}

/** The same method without its error estimate: with nothing to control it takes the output times as its steps. */
export function onGrid({ name, order, source, c, a, b, dense }: Tableau): Tableau {
  return { name: `${name} on a grid`, order, source, c, a, b, dense }
}

/** An adaptive method whose last stage does not serve again: Heun with Euler embedded. */
export const adaptiveHeun: Tableau = { ...heun, name: 'adaptive heun', error: ['-1/2', '1/2'] }
