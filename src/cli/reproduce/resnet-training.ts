/**
 * One training of the synthetic experiments of Marion et al. 2024 (section 5.1): a residual network without read-in and
 * read-out, normal inputs and targets, gradient descent on the full batch, the learning rate of every layer times the depth.
 */

import { normals } from '../../core/random.ts'
import { type Dtype, type FitData, type FitProgress, fit, type ResidualBlockOptions, ResNet, sgd } from '../../index.ts'
import * as draws from './resnet-draw.ts'

/** Width of the states, of the inputs and of the targets. */
export const WIDTH = 16

/** 'paper': its equation (4), loss (1/n) sum |F(x) - y|^2. 'code': its published code, no roots, mean over the coordinates too. */
export type Convention = 'paper' | 'code'

export interface Setting {
  readonly activation: 'gelu' | 'relu'
  readonly convention: Convention
  readonly samples: number
  readonly hidden: number
  readonly depth: number
  /** Learning rate, before the factor L. */
  readonly lr: number
  readonly iterations: number
  readonly dtype: Dtype
  readonly seed: number
  /** 'numpy': data and weights of `resnet-draw.ts` instead of the seed's. */
  readonly draw?: 'numpy'
  /** Start of the layers. Default: tied. */
  readonly initial?: Pick<ResidualBlockOptions, 'initialLayers' | 'lengthScale'>
}

/** The network at its start. */
export function makeNet({ activation, convention, hidden, depth, dtype, seed, draw, initial }: Setting): ResNet {
  // The convention's loss is a multiple of the mean squared error; gradient descent sees that as another learning rate.
  const rate = depth * lossFactor(convention)
  const scaling = convention === 'paper' ? 'paper' : 'none'
  const net = new ResNet({ width: WIDTH, hidden, depth, activation, scaling, dtype, seed: 2 * seed + 1, ...initial })
  net.field.rate = rate
  if (draw !== undefined) startFrom(net, draws.weights())
  return net
}

/** Lets the W of every layer start from weights [in, out]. */
function startFrom(net: ResNet, weights: Float64Array): void {
  const tensors = net.field.tensors()
  const W = tensors.get('W.weight')
  const hidden = W?.shape[1] as number
  W?.data.set(W.data.map((_, i) => weights[(i % WIDTH) * hidden + (Math.floor(i / WIDTH) % hidden)] as number))
  net.field.load(tensors)
}

/** What the convention's loss is of the mean squared error. */
export function lossFactor(convention: Convention): number {
  return convention === 'paper' ? WIDTH : 1
}

/** Inputs and targets. */
export function makeData({ samples, dtype, seed, draw }: Setting): FitData {
  const [x, y] = draw === undefined ? drawn(samples * WIDTH, seed) : [draws.inputs(), draws.targets()]
  return dtype === 'f32' ? { x: Float32Array.from(x), y: Float32Array.from(y) } : { x, y }
}

function drawn(count: number, seed: number): [x: Float64Array, y: Float64Array] {
  const all = normals(2 * count, 2 * seed)
  return [all.subarray(0, count), all.subarray(count)]
}

/** The training, iteration by iteration. */
export function descend(net: ResNet, setting: Setting, resume?: Uint8Array): Generator<FitProgress, void, undefined> {
  const options = { optimizer: sgd({ lr: setting.lr }), epochs: setting.iterations }
  return fit(net, makeData(setting), resume === undefined ? options : { ...options, resume })
}

/** The loss as it stands, in the convention's own terms. */
export function lossOf(net: ResNet, setting: Setting): number {
  const { x, y } = makeData(setting)
  const squares = Array.from(net.forward(x), (value, i) => (value - (y[i] as number)) ** 2)
  return (lossFactor(setting.convention) * squares.reduce((sum, square) => sum + square, 0)) / y.length
}
