import type { Adjoint } from './adjoint.ts'

// Stands in for checkpoint.ts where the core has no gradients: what a model file says of its own is kept, and not used.

export const checkpoint = (): Adjoint => ({ kind: 'checkpoint', budget: 2 ** 26 }) as Adjoint

export function checkAdjoint(adjoint: Adjoint): Adjoint {
  // Its steps are others, also without a gradient.
  if (adjoint.kind === 'reversible') throw new RangeError('adjoint "reversible" needs the entry relode')
  return { ...adjoint, sweeper: () => undefined as never }
}

export const revive = (stored: Adjoint): Adjoint => stored
