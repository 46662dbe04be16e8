/** The two problems of Zhang, Lu, Zhao 2023, section 4: any number of fresh samples from a seed, the same bits everywhere. */

import { uniforms } from '../../core/random.ts'
import { Block, type Builder, type Register, type Tensor } from '../../index.ts'
import { mean } from '../mean.ts'

/** Rows of inputs and of targets. */
export interface Samples {
  readonly x: Float32Array
  readonly y: Float32Array
}

/** Turns of each spiral, in units of pi. */
const TURNS = 24
/** From the plane of the spirals to the unit square. */
const [SHIFT, SIZE] = [26, 52]
/** Half the width of a spiral, in the unit square. */
const THICKNESS = 0.006

/** A block of which all parameters are given: a formula that the core evaluates, sin included, to the same bits everywhere. */
function formula(
  inputs: number,
  outputs: number,
  write: (p: Builder) => Register,
  parameters: Record<string, number[][]>,
): () => Block {
  let block: Block | undefined
  return () => {
    if (block !== undefined) return block
    block = new Block(inputs, outputs, write, { dtype: 'f64' })
    const tensors = block.specs.map(({ name, shape }): [string, Tensor] => {
      return [name, { dtype: 'F64', shape, data: Float64Array.from((parameters[name] ?? []).flat()) }]
    })
    block.load(new Map(tensors))
    return block
  }
}

const { PI } = Math
const A = [0.3, 0.2, 0.2, 0.3]
const B = [2 * PI, 4 * PI]
const C = [2 * PI, 4 * PI, 8 * PI, 4 * PI]
const D = [4 * PI, 6 * PI, 8 * PI, 6 * PI]
const PAIRS = [0, 1].flatMap((i) => [0, 1].map((j) => ({ i, j, k: 2 * i + j })))

/** A row of the angles' weights: that of x_i and that of one of the products x1 x1, x2 x2, x1 x2. */
function angle(i: number, linear: number, product: number, factor: number): number[] {
  const row = [0, 0, 0, 0, 0]
  row[i] = linear
  row[2 + product] = factor
  return row
}

/** sum_ij a_ij sin(b_i x_i + c_ij x_i x_j) cos(b_j x_j + d_ij x_i^2), with cos(t) = sin(t + pi/2). */
const target = formula(
  2,
  1,
  (p) => {
    const product = p.mul(p.slice(p.state, 0, 1), p.slice(p.state, 1, 1))
    const terms = p.concat(p.concat(p.state, p.mul(p.state, p.state)), product)
    const waves = p.dense(terms, 8, { activation: 'sin', name: 'angles' })
    return p.dense(p.mul(p.slice(waves, 0, 4), p.slice(waves, 4, 4)), 1, { bias: false, name: 'sum' })
  },
  {
    'angles.weight': [
      ...PAIRS.map(({ i, j, k }) => angle(i, B[i] as number, i === j ? i : 2, C[k] as number)),
      ...PAIRS.map(({ i, j, k }) => angle(j, B[j] as number, i, D[k] as number)),
    ],
    'angles.bias': [
      [0, 0, 0, 0],
      [PI / 2, PI / 2, PI / 2, PI / 2],
    ],
    'sum.weight': [A],
  },
)

/** (radius, theta) -> radius (cos theta, sin theta) */
const polar = formula(
  2,
  2,
  (p) => {
    const radius = p.slice(p.state, 0, 1)
    const directions = p.dense(p.slice(p.state, 1, 1), 2, { activation: 'sin', name: 'angles' })
    return p.mul(p.concat(radius, radius), directions)
  },
  { 'angles.weight': [[1, 1]], 'angles.bias': [[PI / 2, 0]] },
)

/** The function of section 4.1 at points [rows, 2]. */
export function targetAt(x: Float32Array): Float32Array {
  return Float32Array.from(target().forward(Float64Array.from(x)))
}

/** Uniform points of the unit square, and the function there. */
export function functionSamples(seed: number, count: number): Samples {
  const x = Float32Array.from(uniforms(2 * count, seed))
  return { x, y: targetAt(x) }
}

/**
 * Points of the two spirals rho = a + theta / pi, a = 0 and 1 in turn, theta in [0, 24 pi], in the unit square: as dense
 * everywhere along a spiral as its length asks, and moved along the radius by up to the half width.
 */
function spiralPoints(seed: number, count: number): Float64Array {
  const deviates = uniforms(2 * count, seed)
  const places = Float64Array.from({ length: 2 * count }, (_, i) => {
    const row = i >> 1
    const a = row % 2
    // The length grows as rho^2, but for the first turn.
    const rho = Math.sqrt(a * a + (deviates[2 * row] as number) * ((a + TURNS) ** 2 - a * a))
    const off = THICKNESS * SIZE * (2 * (deviates[2 * row + 1] as number) - 1)
    return i % 2 === 0 ? rho + off : PI * (rho - a)
  })
  return (polar().forward(places) as Float64Array).map((v) => (v + SHIFT) / SIZE)
}

/** Of the spirals' points in the unit square. */
export interface Moments {
  readonly mean: readonly number[]
  readonly deviation: readonly number[]
}

const MOMENT_SEED = 0
const MOMENT_COUNT = 60_000
let moments: Moments | undefined

/** Means and deviations by which the spirals are standardised: those of one sample. */
export function spiralMoments(): Moments {
  if (moments !== undefined) return moments
  const points = spiralPoints(MOMENT_SEED, MOMENT_COUNT)
  const columns = [0, 1].map((c) => points.filter((_, i) => i % 2 === c))
  const means = columns.map(mean)
  const deviation = columns.map((values, c) => Math.sqrt(mean(values.map((v) => (v - (means[c] as number)) ** 2))))
  moments = { mean: means, deviation }
  return moments
}

/** Points of the unit square as the classifier takes them. */
export function standardised(points: ArrayLike<number>): Float32Array {
  const { mean, deviation } = spiralMoments()
  return Float32Array.from(points, (v, i) => (v - (mean[i % 2] as number)) / (deviation[i % 2] as number))
}

/** Standardised points of the spirals, both classes in turn, and one-hot rows. */
export function spiralSamples(seed: number, count: number): Samples {
  const y = Float32Array.from({ length: 2 * count }, (_, i) => Number((i >> 1) % 2 === i % 2))
  return { x: standardised(spiralPoints(seed, count)), y }
}
