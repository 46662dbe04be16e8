/** The models that are compared on one set of points, and what is measured of each when it is trained. */

import { CNF, planarField } from '../../flows/index.ts'
import { exp, type Field, log, MLP, type Tensor } from '../../index.ts'
import { mean } from '../mean.ts'
import { curve, NOISE, POINT_SEEDS, points, type SetName } from './cnf-data.ts'
import { PlanarFlow } from './cnf-planar.ts'

export const KINDS = ['planar', 'mlp', 'layers'] as const
export type Kind = (typeof KINDS)[number]

export const LABELS: Readonly<Record<Kind, string>> = {
  planar: 'CNF, 64 planar terms',
  mlp: 'CNF, MLP 64-64',
  layers: 'NF, 64 planar layers',
}

/** The paper's tolerance is 1e-5 in training too; here it is that of what is measured, but for the round trip. */
const [TRAINING, MEASURED, ROUND_TRIP] = [1e-4, 1e-5, 1e-9]

/** Time from base to data. */
const SPAN = { planar: 1, mlp: 0.5 } as const

/**
 * Units that start steeper than is usual: points lie on curves a tenth as wide as they are long, and from a gentle start it takes several
 * times the steps to tell them apart. The flow of layers starts steep too.
 */
function fieldOf(kind: 'planar' | 'mlp', seed: number, dtype: 'f32' | 'f64'): Field {
  if (kind === 'mlp') {
    const field = new MLP([3, 64, 64, 2], { time: 'concat', activation: 'tanh', seed, dtype })
    return steeper(steeper(field, '0.weight', 1, 5), '0.bias', 1, 5)
  }
  // The outputs of the network of time are b, w and u, in this order.
  const field = planarField(2, 64, { seed, dtype })
  return steeper(steeper(field, 'time.parameters.weight', 0.6, 8), 'time.parameters.bias', 0.6, 8)
}

/** The field with the first `share` of a tensor times `factor`. */
function steeper(field: Field, name: string, share: number, factor: number): Field {
  const tensors = field.tensors()
  const { data, ...rest } = tensors.get(name) as Tensor
  const scaled = data.map((v: number, i: number) => (i < share * data.length ? factor * v : v))
  field.load(new Map([...tensors, [name, { ...rest, data: scaled }]]))
  return field
}

export function makeDensity(kind: Kind, seed: number): CNF | PlanarFlow {
  if (kind === 'layers') return new PlanarFlow(2, 64, seed)
  return new CNF(fieldOf(kind, seed, 'f32'), { t: [0, SPAN[kind]], rtol: TRAINING, atol: TRAINING })
}

/** The same flow in double precision, for what is measured. */
function inDouble(kind: 'planar' | 'mlp', cnf: CNF, tolerance: number): CNF {
  const field = fieldOf(kind, 0, 'f64')
  field.parameters = Float64Array.from(cnf.field.parameters)
  return new CNF(field, { t: [0, SPAN[kind]], rtol: tolerance, atol: tolerance })
}

/** A grid over a square around 0: cells along an axis, and half of its side. */
export interface Grid {
  readonly cells: number
  readonly half: number
}

/** How finely a model is looked at. */
export interface Detail {
  /** Of a picture. */
  readonly picture: Grid
  /** Where a density is summed. */
  readonly mass: Grid
  /** Points that are held out, and samples. */
  readonly held: number
  readonly samples: number
}

export const DETAIL: Detail = {
  picture: { cells: 72, half: 3 },
  mass: { cells: 240, half: 6 },
  held: 5000,
  samples: 1500,
}
/** The smallest cells that see a noise of 0.12. */
export const QUICK: Detail = {
  picture: { cells: 48, half: 3 },
  mass: { cells: 150, half: 5 },
  held: 2000,
  samples: 500,
}
/** Of density over time, as shares of it. */
export const TIMES = [0, 0.25, 0.5, 0.75, 1] as const
const HELD_SEED = 1

/** What is to be measured. */
export interface Measurement {
  readonly set: SetName
  readonly kind: Kind
  /** Of parameters and points. */
  readonly seed: number
  /** How finely the trained model is looked at. */
  readonly detail: Detail
}

export interface Measured {
  /** Log-densities of the points held out, in nats, and their mean. */
  readonly logs: readonly number[]
  readonly nats: number
  /** Integral of the density over the plane, on a grid. */
  readonly mass: number
  /** Densities on the grid of a picture, row by row; of a flow in time at each of TIMES, the data's last. */
  readonly pictures: readonly (readonly number[])[]
  /** Of a CNF: largest distance between base points and what their samples come back to, and the samples. */
  readonly roundTrip?: number
  readonly samples?: readonly number[]
}

/** Centres of the cells of a grid, along one axis. */
export function centres({ cells, half }: Grid): number[] {
  return Array.from({ length: cells }, (_, i) => (2 * half * (i + 0.5)) / cells - half)
}

function grid(size: Grid): Float64Array {
  const at = centres(size)
  return Float64Array.from(at.flatMap((y) => at.flatMap((x) => [x, y])))
}

type LogProb = (x: Float64Array, t?: number) => ArrayLike<number>

function* slices(x: Float64Array, rows: number): Generator<Float64Array> {
  for (let at = 0; at < x.length; at += 2 * rows) yield x.subarray(at, at + 2 * rows)
}

const sum = (values: ArrayLike<number>): number => Array.from(values).reduce((s, v) => s + v, 0)

function massOf(logProb: LogProb, size: Grid): number {
  let total = 0
  for (const part of slices(grid(size), 6000)) total += sum(exp(logProb(part)))
  return total * ((2 * size.half) / size.cells) ** 2
}

const pictureOf = (logProb: LogProb, size: Grid, t?: number): number[] =>
  Array.from(exp(logProb(grid(size), t)), (v) => Number(v.toPrecision(3)))

/** What is measured of a trained model; a generator, for it takes seconds. */
export function* measure(
  model: CNF | PlanarFlow,
  { kind, set, seed, detail }: Measurement,
): Generator<string, Measured, undefined> {
  const held = heldOut(set, detail.held, seed)
  if (kind === 'layers' || model instanceof PlanarFlow) {
    const logProb = (x: Float64Array): Float64Array => (model as PlanarFlow).logProb(x)
    yield 'held-out points'
    const mass = massOf(logProb, detail.mass)
    return { ...natsOf(logProb(held)), mass, pictures: [pictureOf(logProb, detail.picture)] }
  }
  const cnf = inDouble(kind, model, MEASURED)
  const logProb: LogProb = (x, t) => cnf.logProb(x, t === undefined ? {} : { t })
  const nats = natsOf(logProb(held))
  yield 'held-out points'
  const mass = massOf(logProb, detail.mass)
  yield 'integral'
  const pictures: number[][] = []
  for (const t of TIMES) {
    pictures.push(pictureOf(logProb, detail.picture, t * SPAN[kind]))
    yield `density at ${t} of the time`
  }
  const fine = inDouble(kind, model, ROUND_TRIP)
  const [base, samples] = [fine.base(detail.samples, { seed: 2 }), fine.sample(detail.samples, { seed: 2 })]
  const back = fine.inverse(samples)
  const roundTrip = Math.max(...Array.from(back, (z, i) => Math.abs(z - (base[i] as number))))
  return { ...nats, mass, pictures, roundTrip, samples: Array.from(samples, (v) => Number(v.toFixed(3))) }
}

function natsOf(logs: ArrayLike<number>): { logs: readonly number[]; nats: number } {
  return { logs: Array.from(logs), nats: mean(logs) }
}

function heldOut(set: SetName, rows: number, seed: number): Float64Array {
  return points(set, rows, POINT_SEEDS * seed + HELD_SEED)
}

/** The mean log-density that the points held out have by the law that they were drawn from: what no model should exceed. */
export function lawOf(set: SetName, rows: number, seed = 0): number {
  const at = curve(set, 2000)
  const held = heldOut(set, rows, seed)
  const scale = 2 * NOISE * NOISE
  const all = new Float64Array(at.length / 2)
  const logs: number[] = []
  for (let i = 0; i < held.length; i += 2) {
    for (let j = 0; j < all.length; j++) {
      const [dx, dy] = [
        (held[i] as number) - (at[2 * j] as number),
        (held[i + 1] as number) - (at[2 * j + 1] as number),
      ]
      all[j] = -(dx * dx + dy * dy) / scale
    }
    logs.push(sum(exp(all)) / (all.length * Math.PI * scale))
  }
  return mean(log(logs))
}
