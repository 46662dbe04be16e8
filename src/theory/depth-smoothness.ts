import { checkOneOf } from '../core/check.ts'
import { type Layered, type LayerTensor, layerTensors } from './layers.ts'

/** How smooth weights Z_1 ... Z_L are in depth, by the norms of their steps Z_{k+1} - Z_k. */
export interface Smoothness {
  /** ||Z_{k+1} - Z_k||_F, k = 1 ... L - 1. */
  readonly steps: Float64Array
  /** The largest step: O(1/L) in a network that has a limit (Marion et al. 2024, Prop. 3). */
  readonly maxStep: number
  /** L * maxStep: an estimate of the Lipschitz constant K of the weights in depth. */
  readonly lipschitz: number
  /** Mean of the steps. */
  readonly meanStep: number
  /** meanStep / mean ||Z_k||_F, free of scale: near sqrt(2) for independent layers of mean 0; 0 where all weights are 0. */
  readonly relStep: number
  /** sqrt(L * sum of squared steps), the seminorm (integral of ||dZ/ds||^2 over depth s)^(1/2). */
  readonly h1: number
  /** Sum of the steps. */
  readonly totalVariation: number
}

/** Smoothness of every tensor, and of all together. */
export interface DepthSmoothness {
  readonly tensors: ReadonlyMap<string, Smoothness>
  readonly all: Smoothness
}

/** How the norms of the tensors of one layer make one number. */
export type LayerNorm = 'sum' | 'max' | 'euclidean'

const COMBINE: Readonly<Record<LayerNorm, (a: number, b: number) => number>> = {
  sum: (a, b) => a + b,
  max: (a, b) => Math.max(a, b),
  euclidean: (a, b) => Math.sqrt(a * a + b * b),
}

interface Norms {
  readonly steps: Float64Array
  readonly layers: Float64Array
}

function normsOf({ values, layers, stride, offset, length }: LayerTensor): Norms {
  const norms: Norms = { steps: new Float64Array(layers - 1), layers: new Float64Array(layers) }
  for (let k = 0; k < layers; k++) {
    const from = k * stride + offset
    const next = k + 1 < layers ? stride : 0
    let [own, step] = [0, 0]
    for (let i = from; i < from + length; i++) {
      const z = values[i] as number
      own += z * z
      const d = (values[i + next] as number) - z
      step += d * d
    }
    norms.layers[k] = Math.sqrt(own)
    if (next > 0) norms.steps[k] = Math.sqrt(step)
  }
  return norms
}

function smoothness({ steps, layers }: Norms): Smoothness {
  const sum = (values: Float64Array): number => values.reduce((total, value) => total + value, 0)
  const depth = layers.length
  const maxStep = steps.reduce((most, step) => Math.max(most, step), 0)
  const totalVariation = sum(steps)
  const meanStep = depth === 1 ? 0 : totalVariation / (depth - 1)
  return {
    steps,
    maxStep,
    lipschitz: depth * maxStep,
    meanStep,
    relStep: meanStep === 0 ? 0 : meanStep / (sum(layers) / depth),
    h1: Math.sqrt(depth * sum(steps.map((step) => step * step))),
    totalVariation,
  }
}

/**
 * How smooth a field's weights are in depth: the measures by which a residual network is near a neural ODE, or is not. A field
 * with one parameter set is as smooth as can be: all are 0.
 *
 * @param of a field with layers, or a model of one
 * @param options.norm how the tensors of a layer count in `all`: 'sum', ||V||_F + ||W||_F, the norm of Marion et al. 2024 (the
 *   default); 'max', the larger one, which their Prop. 3 bounds; 'euclidean', of all numbers as one vector
 *
 * ```ts
 * const { tensors, all } = depthSmoothness(net)
 * all.maxStep; tensors.get('V.weight')?.relStep
 * ```
 */
export function depthSmoothness(of: Layered, options: { readonly norm?: LayerNorm } = {}): DepthSmoothness {
  const combine = COMBINE[checkOneOf('norm', options.norm ?? 'sum', ['sum', 'max', 'euclidean'])]
  const tensors = layerTensors(of).map((tensor) => [tensor.name, normsOf(tensor)] as const)
  if (tensors.length === 0) throw new RangeError('the field has no parameters: nothing changes in depth')
  const all = tensors
    .map(([, norms]) => norms)
    .reduce((a, b) => ({
      steps: a.steps.map((step, k) => combine(step, b.steps[k] as number)),
      layers: a.layers.map((norm, k) => combine(norm, b.layers[k] as number)),
    }))
  return { tensors: new Map(tensors.map(([name, norms]) => [name, smoothness(norms)])), all: smoothness(all) }
}
