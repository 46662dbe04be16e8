import { checkInt } from '../core/check.ts'
import { Block, type BlockOptions } from './block.ts'
import type { Builder, Register } from './builder.ts'

/** What every field takes. */
export type FieldOptions = BlockOptions

/**
 * A field dy/dt = f(t, y; parameters): a block whose result is as wide as its input.
 *
 * ```ts
 * // Lotka-Volterra in logarithms: u' = a - b exp(v), v' = -c + d exp(u)
 * const field = new Field(2, (p) => {
 *   const e = p.activate(p.state, 'exp')
 *   return p.concat(p.dense(p.slice(e, 1, 1), 1), p.dense(p.slice(e, 0, 1), 1))
 * })
 * ```
 */
export class Field extends Block {
  /** Components of the state. */
  readonly dim: number

  /**
   * @param dim components of the state, >= 1
   * @param write writes the program and returns the register of dy, as wide as the state
   */
  constructor(dim: number, write: (program: Builder) => Register, options: FieldOptions = {}) {
    super(checkInt('dim', dim, 1, 65536), dim, write, options)
    this.dim = dim
  }
}
