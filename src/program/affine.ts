import { Block, type BlockOptions } from './block.ts'
import type { Activation } from './builder.ts'

/** How an affine map is made. */
export interface AffineOptions extends BlockOptions {
  /** Applied to the result. Default 'identity'. */
  readonly activation?: Activation
  /** Default true. */
  readonly bias?: boolean
}

/** An affine map x W^T + b between rows of two widths: the read-in or read-out of a deep model. Parameters `weight`, `bias`. */
export class Affine extends Block {
  constructor(inputs: number, outputs: number, options: AffineOptions = {}) {
    const { activation = 'identity', bias = true } = options
    super(inputs, outputs, (p) => p.dense(p.state, outputs, { activation, bias, name: 'affine' }), options)
  }
}
