/** A small irregular task: waves of unknown frequency, seen at irregular times with noise and values missing, asked for at a later time. */

import { normals, uniforms } from '../../core/random.ts'
import { Block } from '../../index.ts'
import { type Recording, seriesRows } from '../../recurrent.ts'

/** Rows that are seen, and one more that is asked for. */
export const ROWS = 25
const NOISE = 0.05
const MISSING = 0.3

/** Series as a recurrent model takes them, and what it should say. */
export interface Waves {
  readonly x: Float32Array
  readonly y: Float32Array
}

/** (amplitude, angle) -> amplitude (sin, cos), from the core. */
let wave: Block | undefined

function waves(points: Float64Array): ArrayLike<number> {
  if (wave === undefined) {
    wave = new Block(
      2,
      2,
      (p) => {
        const a = p.slice(p.state, 0, 1)
        return p.mul(p.concat(a, a), p.dense(p.slice(p.state, 1, 1), 2, { activation: 'sin', name: 'angle' }))
      },
      { dtype: 'f64' },
    )
    wave.parameters = [1, 1, 0, Math.PI / 2]
  }
  return wave.forward(points)
}

/** `count` series: amplitude 0.5 to 1, frequency 1.5 to 2.5, gaps of 0 to 0.6 between the rows. */
export function waveSeries(count: number, seed: number): Waves {
  const draws = uniforms(count * (3 + 3 * ROWS), 2 * seed)
  const noise = normals(2 * count * ROWS, 2 * seed + 1)
  const at = (i: number, j: number): number => draws[i * (3 + 3 * ROWS) + j] as number
  const times = Array.from({ length: count }, (_, i) => {
    let t = 0
    return Array.from({ length: ROWS }, (__, k) => (t += 0.6 * at(i, 3 + k)))
  })
  const points = Float64Array.from(
    times.flatMap((own, i) =>
      own.flatMap((t) => [0.5 + 0.5 * at(i, 0), (1.5 + at(i, 1)) * t + 2 * Math.PI * at(i, 2)]),
    ),
  )
  const values = waves(points)
  const value = (i: number, k: number, j: number): number => values[(i * ROWS + k) * 2 + j] as number
  const seen = (i: number, k: number, j: number): number =>
    k === ROWS - 1 || at(i, 3 + ROWS + 2 * k + j) < MISSING
      ? Number.NaN
      : value(i, k, j) + NOISE * (noise[(i * ROWS + k) * 2 + j] as number)
  const series = times.map(
    (own, i): Recording => ({ times: own, values: own.flatMap((_, k) => [seen(i, k, 0), seen(i, k, 1)]) }),
  )
  return {
    x: seriesRows(series, 2) as Float32Array,
    y: Float32Array.from(times.flatMap((_, i) => [value(i, ROWS - 1, 0), value(i, ROWS - 1, 1)])),
  }
}
