/** The spirals of Chen et al. 2018, section 5, as in latent_ode.py of torchdiffeq: any number from a seed, the same bits everywhere. */

import { normals, uniforms } from '../../core/random.ts'
import { Block } from '../../index.ts'

/** Points that are seen, or some of them, and that are asked for behind them. */
export const WINDOW = 100
/** Points of a whole spiral, from angle 0 to 6 pi. */
const POINTS = 500
/**
 * Points at which series end: beyond, the spirals that wind inwards run out of the plane, to 15 units. Series begin at any of the first
 * 300, so that all that is asked for lies where others have been seen.
 */
const END = 400
const STARTS = END - WINDOW
/** Deviation of the noise on what is seen. */
export const NOISE = 0.3

/** Times of a series and of what follows it. */
export const times: Float64Array = Float64Array.from({ length: 2 * WINDOW }, (_, k) => (6 * Math.PI * k) / (POINTS - 1))

/** Some spirals: every other one winds inwards. */
export interface Spirals {
  readonly rows: number
  /** [rows, WINDOW, 2]: what is seen, with noise; NaN where nothing is. */
  readonly seen: Float32Array
  /** [2 WINDOW, rows, 2]: where the point is; NaN behind the end of the spiral. */
  readonly truth: Float64Array
}

/** (r, angle) -> (r cos, r sin), sines from the core. */
let polar: Block | undefined

function turn(rows: readonly (readonly [number, number])[]): ArrayLike<number> {
  if (polar === undefined) {
    polar = new Block(
      2,
      2,
      (p) => {
        const r = p.slice(p.state, 0, 1)
        return p.mul(p.concat(r, r), p.dense(p.slice(p.state, 1, 1), 2, { activation: 'sin', name: 'turn' }))
      },
      { dtype: 'f64' },
    )
    // cos(a) = sin(a + pi / 2)
    polar.parameters = [1, 1, Math.PI / 2, 0]
  }
  return polar.forward(rows.flat())
}

/** Both spirals, point by point: r = 50 b / z at z = 6 pi + 1 - angle, inwards seen from its end, and r = b angle, with b = 0.3. */
function bothSpirals(): readonly ArrayLike<number>[] {
  const angles = Array.from({ length: END }, (_, k) => (6 * Math.PI * k) / (POINTS - 1))
  const inverse = angles.map((angle) => 6 * Math.PI + 1 - angle)
  const [first, second] = [turn(inverse.map((z) => [15 / z, z])), turn(angles.map((angle) => [0.3 * angle, angle]))]
  const shifted = (points: ArrayLike<number>, by: number): number[] =>
    Array.from(points, (v, i) => (i % 2 === 0 ? v + by : v))
  return [shifted(first, -5), shifted(second, 5)]
}

/** `rows` spirals of which `count` of the first 100 points are seen, any of them. */
export function spirals(rows: number, count: number, seed: number): Spirals {
  const both = bothSpirals()
  const [starts, noise, order] = [
    uniforms(rows, 3 * seed),
    normals(2 * rows * WINDOW, 3 * seed + 1),
    uniforms(rows * WINDOW, 3 * seed + 2),
  ]
  const seen = new Float32Array(2 * rows * WINDOW).fill(Number.NaN)
  const truth = new Float64Array(4 * rows * WINDOW).fill(Number.NaN)
  for (let i = 0; i < rows; i++) {
    const start = Math.floor((starts[i] as number) * STARTS)
    const points = both[i % 2] as ArrayLike<number>
    for (let k = 0; k < 2 * WINDOW && start + k < END; k++)
      for (const j of [0, 1]) truth[(k * rows + i) * 2 + j] = points[2 * (start + k) + j] as number
    const own = order.subarray(i * WINDOW, (i + 1) * WINDOW)
    const chosen = Array.from(own.keys()).sort((a, b) => (own[a] as number) - (own[b] as number))
    for (const k of chosen.slice(0, count))
      for (const j of [0, 1]) {
        const at = (i * WINDOW + k) * 2 + j
        seen[at] = (truth[(k * rows + i) * 2 + j] as number) + NOISE * (noise[at] as number)
      }
  }
  return { rows, seen, truth }
}

/** Root mean square of the errors of [WINDOW, rows, 2] against the truth from point `from` on, where there is any. */
export function rmse(found: ArrayLike<number>, { rows, truth }: Spirals, from: number): number {
  let [sum, count] = [0, 0]
  for (let i = 0; i < found.length; i++) {
    const wanted = truth[from * rows * 2 + i] as number
    if (Number.isNaN(wanted)) continue
    sum += ((found[i] as number) - wanted) ** 2
    count++
  }
  return Math.sqrt(sum / count)
}
