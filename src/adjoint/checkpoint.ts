import { checkPositive, shown } from '../core/check.ts'
import { sweeper } from '../solve/sweep.ts'
import type { Adjoint, AdjointMaker } from './adjoint.ts'

/**
 * The exact transpose of the accepted steps, in bounded memory. The solve keeps states (at most 4096 of them) and the layers' outputs of
 * the latest evaluations within `budget` bytes, and takes the other steps again on the way back; the gradient is the same, bit for
 * bit, for every budget. Step sizes that an adaptive solver chose are constants of the gradient.
 *
 * @param options.budget bytes for what is stored; at least two states are kept. Default 64 MiB
 */
export function checkpoint(options: { readonly budget?: number } = {}): Adjoint {
  return { kind: 'checkpoint', budget: checkPositive('budget', options.budget ?? 2 ** 26), sweeper }
}

/** An adjoint, or the options of `checkpoint`: from a model file anything may come. */
export function checkAdjoint(adjoint: Adjoint): Adjoint {
  if (typeof adjoint?.sweeper === 'function') return adjoint
  if (adjoint?.kind !== 'checkpoint') {
    throw new TypeError(
      `adjoint must be made by checkpoint(), or by a maker that from() is given, got ${shown(adjoint)}`,
    )
  }
  return checkpoint({ budget: checkPositive('adjoint.budget', adjoint.budget as number) })
}

/** The options of a model file, the adjoint among them made by the one of the makers that is meant. */
export function revive<O extends { readonly adjoint?: unknown }>(options: O, makers: readonly AdjointMaker[]): O {
  const { kind, ...own } = (options.adjoint ?? {}) as Adjoint
  const make = makers.find((maker) => maker().kind === kind)
  return make ? { ...options, adjoint: make(own as never) } : options
}
