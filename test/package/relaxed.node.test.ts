import * as strict from 'relode'
import * as relaxed from 'relode/relaxed'
import { expect, test } from 'vitest'

type Relode = typeof strict

const values = (length: number, stride: number): number[] =>
  Array.from({ length }, (_, i) => ((i * stride) % 11) / 5.5 - 1)

/** Output and gradients of one seeded model. */
function run({ MLP, NeuralODE, vjp }: Relode, dtype: 'f32' | 'f64'): number[] {
  using field = new MLP([3, 17, 17, 3], { activation: 'tanh', dtype, seed: 2 })
  const node = new NeuralODE(field, { t: [0, 1], steps: 10 })
  const [y, pullback] = vjp(node, values(15, 5))
  const { dx, dparams } = pullback(values(15, 7))
  pullback.dispose()
  return [...y, ...dx, ...dparams]
}

// The relaxed build may fuse multiply and add: other bits, the same numbers.
test.each([
  ['f32', 1e-5],
  ['f64', 1e-14],
] as const)('relaxed and strict cores agree in %s', (dtype, tolerance) => {
  const expected = run(strict, dtype)
  for (const [i, value] of run(relaxed as Relode, dtype).entries()) {
    expect(Math.abs(value - (expected[i] as number))).toBeLessThanOrEqual(tolerance)
  }
})
