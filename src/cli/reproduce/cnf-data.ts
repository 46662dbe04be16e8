/** Two circles and two moons (Chen et al. 2018, section 4): any number of fresh points from a seed, the same bits everywhere. */

import { normals, uniforms } from '../../core/random.ts'
import { Block } from '../../index.ts'
import { InputError } from '../errors.ts'

export const SETS = ['two-circles', 'two-moons'] as const
export type SetName = (typeof SETS)[number]

/** Of the noise, against an outer radius of 2. */
export const NOISE = 0.12

/** The sets that --data names: one of them, or both. */
export function setsOf(data: string | undefined): readonly SetName[] {
  if (data === undefined) return SETS
  const one = SETS.find((name) => name === data)
  if (one === undefined) throw new InputError(`--data must be one of ${SETS.join(', ')}, got '${data}'`)
  return [one]
}

/** Seeds of points that a seed of an experiment has for itself, so that no two of its experiments see the same ones. */
export const POINT_SEEDS = 1_000_000

/** `n` points of a set, [n, 2], with outer radius near 2. Angles come from normal deviates: no sine is asked for. */
export function points(set: SetName, n: number, seed: number): Float64Array {
  const directions = normals(2 * n, 2 * seed)
  const noise = normals(2 * n, 2 * seed + 1)
  const which = uniforms(n, 2 * seed)
  const all = new Float64Array(2 * n)
  for (let i = 0; i < n; i++) {
    const [a, b] = [directions[2 * i] as number, directions[2 * i + 1] as number]
    const length = Math.sqrt(a * a + b * b)
    const [x, y] = place(set, a / length, b / length, (which[i] as number) < 0.5)
    all[2 * i] = x + NOISE * (noise[2 * i] as number)
    all[2 * i + 1] = y + NOISE * (noise[2 * i + 1] as number)
  }
  return all
}

/** From a point on the unit circle to one of the curves. */
function place(set: SetName, x: number, y: number, first: boolean): readonly [x: number, y: number] {
  if (set === 'two-circles') return first ? [2 * x, 2 * y] : [x, y]
  // Half a circle, and half of one that is turned and moved to its end; the middle of both is 0.
  return first ? [1.5 * x - 0.75, 1.5 * Math.abs(y) - 0.375] : [1.5 * x + 0.75, 0.375 - 1.5 * Math.abs(y)]
}

/** The curves themselves, `n` places at equal distances on each of the two. */
export function curve(set: SetName, n: number): Float64Array {
  const angles = Array.from({ length: n }, (_, i) => (2 * Math.PI * (i + 0.5)) / n)
  const [x, y] = [sines(angles.map((angle) => angle + Math.PI / 2)), sines(angles)]
  const both = angles.map((_, i) => [true, false].map((first) => place(set, x[i] as number, y[i] as number, first)))
  return Float64Array.from(both.flat(2))
}

/** Sines, from the core: the same bits everywhere. */
function sines(angles: readonly number[]): ArrayLike<number> {
  const block = new Block(1, 1, (p) => p.activate(p.state, 'sin'), { dtype: 'f64' })
  try {
    return block.forward(angles)
  } finally {
    block.dispose()
  }
}
