import { checkInt } from '../core/check.ts'
import type { Activation, Builder, Register } from '../program/builder.ts'
import { Field, type FieldOptions } from '../program/field.ts'
import { repeat } from './augment.ts'

/** How the field of a controlled equation is made. */
export interface ControlledOptions extends FieldOptions {
  /** Components of the state z. */
  readonly dim: number
  /** Components of the control u: the width of the signal. */
  readonly channels: number
  /** Widths of the hidden layers of F. Default [dim]. */
  readonly hidden?: readonly number[]
  /** Activation of the hidden layers. Default 'relu'. */
  readonly activation?: Activation
  /** Of the last one. Default 'tanh', as Kidger et al. have it: it bounds how fast z can move along u. */
  readonly outputActivation?: Activation
}

/**
 * The field of a neural controlled differential equation (Kidger, Morrill, Foster, Lyons 2020): dz = F(z) du, a network F from z to
 * matrices of [channels, dim], and a control u that is given to the solve as its `input`. z sees all that u does, at any times it is known.
 *
 * Parameters are those of an `MLP` of dim -> hidden -> channels * dim; row c of the matrix is what du_c moves.
 *
 * ```ts
 * const field = controlled({ dim: 8, channels: 3, hidden: [32] })
 * const input = cubicSignal(ts, values, { rows: 100 })
 * const model = new NeuralODE(field, { t: [ts[0], ts.at(-1)], input, readIn: new Affine(3, 8), readOut: new Affine(8, 1) })
 * model.forward(first)   // u at the beginning, [100, 3]
 * ```
 */
export function controlled(options: ControlledOptions): Field {
  const { dim, channels, hidden = [dim], activation = 'relu', outputActivation = 'tanh', ...rest } = options
  checkInt('dim', dim, 1, 65536)
  checkInt('channels', channels, 1, 65536)
  checkInt('channels * dim', channels * dim, 1, 65536)
  return new Field(
    dim,
    (p) => {
      let x = p.state
      for (const [i, width] of hidden.entries()) x = p.dense(x, width, { activation, name: String(2 * i) })
      const name = String(2 * hidden.length)
      const matrix = p.dense(x, channels * dim, { activation: outputActivation, name })
      return alongControl(p, matrix, dim, channels)
    },
    rest,
  )
}

/** Sum over c of row c of the matrix times du_c/dt. */
function alongControl(p: Builder, matrix: Register, dim: number, channels: number): Register {
  const rate = p.inputRate(channels)
  const terms = Array.from({ length: channels }, (_, c) => {
    const moved = channels === 1 ? rate : p.slice(rate, c, 1)
    const row = channels === 1 ? matrix : p.slice(matrix, c * dim, dim)
    return p.mul(row, repeat(p, moved, dim))
  })
  return terms.reduce((sum, term) => p.add(sum, term))
}
