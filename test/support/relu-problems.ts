/**
 * Networks as fields whose solutions are known exactly. RELU_SAT: a closed form. RELU_NET_2_8_2: its ends and kinks are a chain of
 * matrix exponentials in 60 digits, computed elsewhere.
 */

import { MLP } from '../../src/program/mlp.ts'

export interface ReluProblem {
  readonly field: () => MLP
  readonly y0: readonly number[]
  readonly t1: number
  readonly y1: readonly number[]
  /** Time, unit, and whether it is on from then on. */
  readonly kinks: readonly (readonly [t: number, unit: number, on: boolean])[]
}

/** A network with one hidden layer and these parameters: W1, b1, W2, b2. */
export function network(sizes: readonly [number, number, number], parameters: readonly number[]): MLP {
  const field = new MLP(sizes, { dtype: 'f64' })
  field.parameters = parameters
  return field
}

const W1 = [-0.375, -1.375, 1.75, 0.375, 0.75, 1.5, 0.375, 0, 1.875, 0.125, 0.875, -1.5, -0.875, -1.75, 1, 0.875]
const B1 = [0.75, -0.625, -0.5, 1, -0.375, -0.875, -0.75, -1]
const W2 = [-1.125, 0.5, -0.375, 1.5, -0.75, -1.125, -1.125, 1.125, 0.125, -1.25, -1.5, -1.5, -1.25, -0.625, 1, -0.875]

export const reluProblems: Readonly<Record<string, ReluProblem>> = {
  // y' = 1 - relu(y)
  RELU_SAT: {
    field: () => network([1, 1, 1], [1, 0, -1, 1]),
    y0: [-1],
    t1: 3,
    y1: [0.8646647167633873],
    kinks: [[1, 0, true]],
  },
  RELU_NET_2_8_2: {
    field: () => network([2, 8, 2], [...W1, ...B1, ...W2, -1, 0.625]),
    y0: [1, 0.5],
    t1: 10,
    y1: [-15.75133066656521, 8.170445444688594],
    kinks: [
      [0.03554286616997735, 0, true],
      [0.07802179663499445, 5, true],
      [0.08937640307783377, 7, false],
      [0.11716644373138439, 2, false],
      [0.264906853597182, 6, true],
      [0.3331352074216726, 1, false],
      [0.4110232206758494, 4, false],
      [0.634725892583294, 5, false],
      [1.0361546389949643, 3, false],
      [2.1719279693448215, 0, false],
      [4.213187680180656, 6, false],
    ],
  },
}
