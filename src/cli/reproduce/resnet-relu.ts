/** The counter-example for ReLU (appendix 10): neighbours of distance O(1/L) at the start, of distance O(1) at the end. */

import { Field, fit, ResNet, sgd } from '../../index.ts'
import type { Step, Task } from './experiment.ts'

export interface CounterResult {
  readonly layers: number
  /** The weights w_k at the end. */
  readonly weights: readonly number[]
}

const ITERATIONS = 400

/**
 * h <- h + relu(w_k h) / 2L with w_k = (-1)^k / 2L, fitted to the one sample (1, 2): the odd layers are dead and stay, the even
 * ones go to w with (1 + w / 2L)^L = 2, which tends to 2 log 2.
 */
export function counterTask(layers: number): Task {
  return { name: `counter-${layers}`, cost: (layers * ITERATIONS) / 1000, run: () => run(layers) }
}

function* run(layers: number): Generator<Step, CounterResult, undefined> {
  const options = { dtype: 'f64', layers, rate: layers } as const
  const field = new Field(1, (p) => p.dense(p.state, 1, { bias: false, activation: 'relu' }), options)
  try {
    field.parameters = Float64Array.from({ length: layers }, (_, k) => (k % 2 === 0 ? -1 : 1) / layers)
    const training = { optimizer: sgd({ lr: 0.05 }), epochs: ITERATIONS }
    for (const { epoch, loss } of fit(new ResNet(field), { x: [1], y: [2] }, training)) {
      // It takes less than a second: what is interrupted begins again.
      yield { done: epoch / ITERATIONS, note: `loss ${loss.toPrecision(3)}`, checkpoint: () => new Uint8Array(0) }
    }
    return { layers, weights: [...field.parameters] }
  } finally {
    field.dispose()
  }
}
