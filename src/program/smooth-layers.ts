import type { Arena } from '../core/arena.ts'
import { type Dtype, type Pointer, sizeOf, verbs } from '../core/boundary.ts'
import type { ParameterSpec } from './builder.ts'
import { smoothFeatures } from './smooth.ts'

/** A parameter block in the core, still zeros. */
export interface Sets {
  readonly dtype: Dtype
  readonly layers: number
  readonly specs: readonly ParameterSpec[]
  readonly setLength: number
  readonly params: Pointer
}

/** Layer k = sum over n of feature n at depth k / layers, times the n-th of the independent parameter sets that `draw` writes. */
export function addSmooth(sets: Sets, lengthScale: number, arena: Arena, draw: (at: Pointer) => void): void {
  const { dtype, layers, specs, setLength, params } = sets
  const odd = specs.find(({ init }) => init.kind !== 'normal' && init.kind !== 'zero')
  if (odd !== undefined)
    throw new RangeError(`initialLayers 'smooth' needs parameters that start normal or zero, ${odd.name} does not`)
  const bytes = setLength * sizeOf(dtype)
  // The core works in whole vectors: what is behind the set is added too, and must be zeros.
  const set = arena.bytes(bytes + 16)
  for (const feature of smoothFeatures(layers, lengthScale)) {
    draw(set)
    for (const [layer, weight] of feature.entries()) verbs(dtype).axpy(setLength, weight, set, params + layer * bytes)
  }
}
