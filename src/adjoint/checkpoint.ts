import { checkPositive } from '../core/check.ts'

/** How a model differentiates its solve. */
export interface Adjoint {
  readonly kind: 'checkpoint'
  /** Bytes for stored states. */
  readonly budget: number
}

/**
 * The exact transpose of the accepted steps, in bounded memory. The solve keeps states (at most 4096 of them) within `budget`
 * bytes and takes the steps between them again on the way back; the gradient is the same, bit for bit, for every budget.
 * Step sizes that an adaptive solver chose are constants of the gradient.
 *
 * @param options.budget bytes for stored states; at least two are kept. Default 64 MiB
 */
export function checkpoint(options: { readonly budget?: number } = {}): Adjoint {
  return { kind: 'checkpoint', budget: checkPositive('budget', options.budget ?? 2 ** 26) }
}

/** An adjoint as `checkpoint` makes it: from a model file anything may come. */
export function checkAdjoint(adjoint: Adjoint): Adjoint {
  if (typeof adjoint !== 'object' || adjoint?.kind !== 'checkpoint') {
    throw new TypeError(`adjoint must be made by checkpoint(), got ${JSON.stringify(adjoint)}`)
  }
  return checkpoint({ budget: checkPositive('adjoint.budget', adjoint.budget) })
}
