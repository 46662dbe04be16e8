import { checkInt } from '../core/check.ts'
import type { Activation } from './builder.ts'
import { Field, type FieldOptions } from './field.ts'

/** How a multilayer perceptron is made. */
export interface MLPOptions extends FieldOptions {
  /** Activation of the hidden layers. Default 'relu'. */
  readonly activation?: Activation
  /** Activation of the last layer. Default 'identity'. */
  readonly outputActivation?: Activation
  /** 'concat': t is one more input, the last column. Default 'none'. */
  readonly time?: 'none' | 'concat'
}

/**
 * A multilayer perceptron as a field: `new MLP([2, 64, 64, 2], { activation: 'relu', seed: 0 })`.
 *
 * `sizes` are the widths from input to output, the first and last equal to the state's dim; with `time: 'concat'` the first is
 * dim + 1. Initialised as PyTorch's Linear: weights and biases uniform in +-1/sqrt(fan-in). Parameters are named as
 * those of a PyTorch Sequential of Linear layers and activations: `0.weight`, `0.bias`, `2.weight`, ...
 */
export class MLP extends Field {
  readonly sizes: readonly number[]
  readonly activation: Activation
  readonly outputActivation: Activation
  readonly time: 'none' | 'concat'

  constructor(sizes: readonly number[], options: MLPOptions = {}) {
    if (sizes.length < 2) throw new RangeError(`sizes must hold at least input and output, got [${sizes.join(', ')}]`)
    for (const [i, size] of sizes.entries()) checkInt(`sizes[${i}]`, size, 1, 65536)
    const time = options.time ?? 'none'
    const dim = sizes[sizes.length - 1] as number
    const inputs = time === 'concat' ? dim + 1 : dim
    if (sizes[0] !== inputs) {
      throw new RangeError(
        `sizes[0] must be ${inputs} (the state's ${dim}${time === 'concat' ? ' + time' : ''}), got ${sizes[0]}`,
      )
    }
    const activation = options.activation ?? 'relu'
    const outputActivation = options.outputActivation ?? 'identity'
    super(
      dim,
      (p) => {
        let x = time === 'concat' ? p.concat(p.state, p.time()) : p.state
        for (const [i, width] of sizes.slice(1).entries()) {
          x = p.dense(x, width, {
            activation: i === sizes.length - 2 ? outputActivation : activation,
            name: String(2 * i),
          })
        }
        return x
      },
      options,
    )
    this.sizes = [...sizes]
    this.activation = activation
    this.outputActivation = outputActivation
    this.time = time
  }
}
