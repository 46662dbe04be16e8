import { checkOneOf } from '../core/check.ts'
import { Block, type BlockOptions } from './block.ts'
import type { Activation } from './builder.ts'

/** How an affine map is made. */
export interface AffineOptions extends BlockOptions {
  /** Applied to the result. Default 'identity'. */
  readonly activation?: Activation
  /** Default true. */
  readonly bias?: boolean
  /**
   * Start as the identity between the first components of input and output, or between the last ones, and with no bias. The
   * residual networks of Marion et al. 2024 start with `'first'` as the read-in (I; 0), and with `'last'` as the read-out
   * (0, I), both with `bias: false`. Default: as PyTorch's Linear, uniform in +-1/sqrt(inputs).
   */
  readonly identity?: 'first' | 'last'
}

/** An affine map x W^T + b between rows of two widths: the read-in or read-out of a deep model. Parameters `weight`, `bias`. */
export class Affine extends Block {
  constructor(inputs: number, outputs: number, options: AffineOptions = {}) {
    const { activation = 'identity', bias = true, identity } = options
    if (identity !== undefined) checkOneOf('identity', identity, ['first', 'last'])
    const init = identity === undefined ? {} : { init: { kind: identity, scale: 1 } }
    super(inputs, outputs, (p) => p.dense(p.state, outputs, { activation, bias, name: 'affine', ...init }), options)
  }
}
