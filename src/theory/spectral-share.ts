import { checkBelow } from '../core/check.ts'
import { cosineEnergies } from './fourier.ts'
import { type Layered, type LayerTensor, layerTensors } from './layers.ts'

/** How much of the weights is rough in depth. */
export interface SpectralShare {
  readonly tensors: ReadonlyMap<string, number>
  /** Of all tensors together. */
  readonly all: number
}

interface Energy {
  readonly high: number
  readonly total: number
}

function energyOf({ values, layers, stride, offset, length }: LayerTensor, cutoff: number): Energy {
  const energies = cosineEnergies(layers)
  const column = new Float64Array(layers)
  let [high, total] = [0, 0]
  for (let i = offset; i < offset + length; i++) {
    // A constant is of mode 0: without it, rounding leaves nothing of tied weights in the others.
    const first = values[i] as number
    for (let k = 0; k < layers; k++) {
      const value = values[k * stride + i] as number
      total += value * value
      column[k] = value - first
    }
    const modes = energies(column)
    for (let j = Math.floor(cutoff * layers) + 1; j < layers; j++) high += modes[j] as number
  }
  return { high, total }
}

const share = ({ high, total }: Energy): number => (total === 0 ? 0 : high / total)

/**
 * The share of the weights' energy ||Z||^2 in high modes of depth: those of the orthonormal cosine transform (DCT-II) over the
 * layers with an index above `cutoff` x L. 0 for tied weights (and where all are 0), about 1 - cutoff for independent layers
 * of mean 0. O(P L log L) for P numbers a layer.
 *
 * @param of a field with layers, or a model of one
 * @param options.cutoff in [0, 1), default 1/8
 */
export function spectralShare(of: Layered, options: { readonly cutoff?: number } = {}): SpectralShare {
  const cutoff = checkBelow('cutoff', options.cutoff ?? 1 / 8, 0, 1)
  const energies = layerTensors(of).map((tensor) => [tensor.name, energyOf(tensor, cutoff)] as const)
  const all = energies.reduce((sum, [, e]) => ({ high: sum.high + e.high, total: sum.total + e.total }), {
    high: 0,
    total: 0,
  })
  return { tensors: new Map(energies.map(([name, energy]) => [name, share(energy)])), all: share(all) }
}
