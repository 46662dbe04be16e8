import type { Adjoint } from './adjoint.ts'

// Stands in for checkpoint.ts where the core has no gradients: what a model file says of its own is kept, and not used.

export const checkpoint = (): Adjoint => ({ kind: 'checkpoint', budget: 2 ** 26 }) as Adjoint

export function checkAdjoint(adjoint: Adjoint): Adjoint {
  // Its steps are others, also without a gradient.
  if (adjoint.kind === 'reversible') throw new RangeError('reversible needs the entry relode')
  return { ...adjoint, sweeper() {} } as unknown as Adjoint
}

export const revive = <O>(options: O): O => options
