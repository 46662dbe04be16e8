/** The gradient flow of linear least squares in closed form. */

import { Compose } from '../../src/models/compose.ts'
import { Affine } from '../../src/program/affine.ts'
import { MLP } from '../../src/program/mlp.ts'
import type { FitData } from '../../src/train/plan.ts'
import { scatter } from './gradients.ts'

/** A row-major matrix [m, k] times one [k, n]. */
export function product(a: ArrayLike<number>, b: ArrayLike<number>, k: number): Float64Array {
  const [m, n] = [a.length / k, b.length / k]
  return Float64Array.from({ length: m * n }, (_, at) => {
    let sum = 0
    for (let i = 0; i < k; i++) sum += (a[Math.floor(at / n) * k + i] as number) * (b[i * n + (at % n)] as number)
    return sum
  })
}

export function transposed(a: ArrayLike<number>, columns: number): Float64Array {
  const rows = a.length / columns
  return Float64Array.from(a, (_, at) => a[(at % rows) * columns + Math.floor(at / rows)] as number)
}

/** exp(A) of a symmetric [n, n] matrix: the series for A/2^20, squared 20 times. */
function exponential(a: Float64Array, n: number): Float64Array {
  const small = a.map((v) => v / 2 ** 20)
  // Without the identity, which would swallow the digits: exp(2A) - 1 = (exp(A) - 1)(exp(A) - 1) + 2 (exp(A) - 1).
  let e = small.slice()
  let term = small
  for (let i = 2; i <= 6; i++) {
    term = product(term, small, n).map((v) => v / i)
    e = e.map((v, at) => v + (term[at] as number))
  }
  for (let i = 0; i < 20; i++) {
    const square = product(e, e, n)
    e = e.map((v, at) => 2 * v + (square[at] as number))
  }
  return e.map((v, at) => v + (at % (n + 1) === 0 ? 1 : 0))
}

/** Weights, loss and -d loss/dt at a time. */
export type LinearFlow = (t: number) => { W: Float64Array; loss: number; rate: number }

/**
 * W(t) for the model x -> x W^T, the mean squared error to the targets x T^T and the given rate: with S = X^T X and c the number
 * of targets, W(t) = T + (W(0) - T) exp(-2 rate S t / c).
 */
export function linearFlow(
  x: ArrayLike<number>,
  target: ArrayLike<number>,
  start: ArrayLike<number>,
  inputs: number,
  rate: number,
): LinearFlow {
  const rows = x.length / inputs
  const count = (rows * target.length) / inputs
  const S = product(transposed(x, inputs), x, rows)
  const away = Float64Array.from(start, (v, i) => v - (target[i] as number))
  const square = (v: Float64Array): number => v.reduce((sum, e) => sum + e * e, 0)
  return (t) => {
    const D = product(
      away,
      exponential(
        S.map((v) => (-2 * rate * v * t) / count),
        inputs,
      ),
      inputs,
    )
    const errors = product(D, transposed(x, inputs), inputs)
    const gradient = product(D, S, inputs).map((v) => (2 * v) / count)
    return {
      W: D.map((v, i) => v + (target[i] as number)),
      loss: square(errors) / count,
      rate: rate * square(gradient),
    }
  }
}

/** A linear model (a read-in before a block that is applied no times), data it can fit, and its flow. */
export function linearModel(
  rows: number,
  inputs: number,
  outputs: number,
  rate: number,
): { model: Compose; weights: Affine; data: FitData & { x: Float64Array; y: Float64Array }; exact: LinearFlow } {
  const f64 = { dtype: 'f64' } as const
  const weights = new Affine(inputs, outputs, { ...f64, bias: false, seed: 3, rate })
  const model = new Compose(new MLP([outputs, outputs], { ...f64, rate: 0 }), { times: 0, readIn: weights })
  const [x, target] = [scatter(rows * inputs, 6), scatter(inputs * outputs, 7)]
  const y = product(x, transposed(target, inputs), inputs)
  return { model, weights, data: { x, y }, exact: linearFlow(x, target, weights.parameters, inputs, rate) }
}
