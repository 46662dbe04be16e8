/** Gradients of a loss at t1 by differences in 113-bit floats; they hold to 1e-20 and more. Both losses are squares. */

import type { Cotangents } from '../../src/adjoint/model.ts'
import { vjp } from '../../src/adjoint/vjp.ts'
import { NeuralODE, type NeuralODEOptions } from '../../src/models/neural-ode.ts'
import { Field } from '../../src/program/field.ts'

interface ReferenceGradient {
  readonly name: string
  readonly field: () => Field
  readonly t1: number
  readonly y0: readonly number[]
  /** The derivative of the loss by y(t1). */
  readonly dloss: (y: number) => number
  readonly dx: readonly number[]
  readonly dp: readonly number[]
  /** dp from the cotangents of the field's own parameters. */
  readonly parameters: (dparams: ArrayLike<number>) => number[]
}

/** torchdiffeq's spiral y' = (y^3) A, a row vector times [[p0, p1], [p2, p3]]. */
export function cubicSpiral(): Field {
  const field = new Field(2, (p) => p.dense(p.mul(p.mul(p.state, p.state), p.state), 2, { bias: false }), {
    dtype: 'f64',
  })
  field.parameters = [-0.1, -2, 2, -0.1]
  return field
}

function lotkaVolterra(): Field {
  const field = new Field(
    2,
    (p) => {
      const product = p.mul(p.slice(p.state, 0, 1), p.slice(p.state, 1, 1))
      return p.dense(p.concat(p.state, product), 2, { bias: false })
    },
    { dtype: 'f64' },
  )
  field.parameters = [1.5, 0, -1, 0, -3, 1]
  return field
}

const pick = (dparams: ArrayLike<number>, order: readonly number[]): number[] => order.map((i) => dparams[i] as number)

export const REFERENCE_GRADIENTS: readonly ReferenceGradient[] = [
  {
    // The problem of SUNDIALS' ark_test_adjoint_erk: y1' = p0 y1 - p1 y1 y2, y2' = -p2 y2 + p3 y1 y2, loss |1 - y|^2 / 2.
    name: 'Lotka-Volterra',
    field: lotkaVolterra,
    t1: 1,
    y0: [1, 1],
    dloss: (y) => y - 1,
    dx: [3.520256895266155, -2.192713376465072],
    dp: [4.341147542533407, -2.0009338167918047, 1.010120676762906, -1.3955943267338018],
    parameters: (dparams) => pick(dparams, [0, 2, 4, 5]).map((v, i) => (i === 1 || i === 2 ? -v : v)),
  },
  {
    // Of torchdiffeq's tests/gradient_tests.py; loss |y|^2 / 2.
    name: 'the cubic spiral',
    field: cubicSpiral,
    t1: 25,
    y0: [2, 0],
    dloss: (y) => y,
    dx: [-0.7104589587368055, -0.037642706421356115],
    dp: [-6.938830183036661, -0.654492589796886, 0.46073489337485823, -6.886685542334855],
    parameters: (dparams) => pick(dparams, [0, 2, 1, 3]),
  },
]

/** The cotangents of the loss, by the model that the options make. */
export function cotangents({ t1, y0, dloss }: ReferenceGradient, field: Field, options: NeuralODEOptions): Cotangents {
  const [y, pullback] = vjp(new NeuralODE(field, { t: [0, t1], maxSteps: 1e5, ...options }), y0)
  try {
    return pullback([...y].map(dloss))
  } finally {
    pullback.dispose()
  }
}
