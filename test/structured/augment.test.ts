import { describe, expect, test } from 'vitest'
import { vjp } from '../../src/adjoint/vjp.ts'
import { NeuralODE } from '../../src/models/neural-ode.ts'
import { Affine } from '../../src/program/affine.ts'
import { MLP } from '../../src/program/mlp.ts'
import { augment } from '../../src/structured/augment.ts'
import { rk4 } from '../../src/tableaus/rk4.ts'
import { fit } from '../../src/train/fit.ts'
import { adam } from '../../src/train/optimizers.ts'
import { at, differences, inner, relative, scatter } from '../support/gradients.ts'

test.each([1, 2, 3, 5, 8, 13, 100])('%d zeros are appended to every row, and nothing else changes', (extra) => {
  for (const dtype of ['f32', 'f64'] as const) {
    const block = augment(2, extra, { dtype })
    expect(block.parameterCount).toBe(0)
    const y = block.forward([1, 2, -3, 4])
    expect(y).toHaveLength(2 * (2 + extra))
    for (const [row, own] of [
      [0, [1, 2]],
      [1, [-3, 4]],
    ] as const)
      expect([...y.subarray(row * (2 + extra), (row + 1) * (2 + extra))]).toEqual([...own, ...new Array(extra).fill(0)])
  }
})

function model(seed = 1, extra = 3): NeuralODE {
  const dim = 1 + extra
  return new NeuralODE(new MLP([dim, 8, dim], { dtype: 'f64', activation: 'softplus', seed }), {
    ...{ solver: rk4, steps: 5 },
    readIn: augment(1, extra, { dtype: 'f64' }),
    readOut: new Affine(dim, 1, { dtype: 'f64', seed: 2 }),
  })
}

test.each([1, 3, 5, 17])('gradients are those of differences, %d rows', (rows) => {
  const net = model()
  const x = scatter(rows, rows)
  const [y, pullback] = vjp(net, x)
  const w = scatter(y.length, 9)
  const { dx, dparams } = pullback(w)
  const value = (): number => inner(net.forward(x), w)
  const wanted = net.parameters.blocks
    .filter((block) => block.parameterCount > 0)
    .flatMap((block) => [...differences((parameters) => at(block, parameters, value), block.parameters)])
  expect(relative(dparams, wanted)).toBeLessThan(1e-9)
  expect(
    relative(
      dx,
      differences((moved) => inner(net.forward(moved), w), x),
    ),
  ).toBeLessThan(1e-9)
  pullback.dispose()
})

/** x -> -x: two points that would have to pass through each other on a line. */
function trained(extra: number): { net: NeuralODE; losses: number[] } {
  const net =
    extra > 0
      ? model(1, extra)
      : new NeuralODE(new MLP([1, 8, 1], { dtype: 'f64', activation: 'softplus', seed: 1 }), { solver: rk4, steps: 5 })
  const x = [-1, -0.5, 0.5, 1]
  const data = { x, y: x.map((value) => -value) }
  return { net, losses: Array.from(fit(net, data, { optimizer: adam({ lr: 0.02 }), epochs: 500 }), ({ loss }) => loss) }
}

test('x -> -x: no flow on the line does it, one above it does; to the same bits again, and from a file', () => {
  const [plain, augmented, again] = [trained(0), trained(3), trained(3)]
  // On a line order stays: the best is to bring all points to 0, a mean square of 0.625.
  expect(plain.losses.at(-1)).toBeGreaterThan(0.62)
  expect(augmented.losses.at(-1)).toBeLessThan(1e-3)
  expect(augmented.losses).toEqual(again.losses)
  const x = scatter(7)
  const bytes = augmented.net.save()
  const read = NeuralODE.from(bytes)
  expect(read.forward(x)).toEqual(augmented.net.forward(x))
  expect(read.save()).toEqual(bytes)
})

describe('misuse', () => {
  test.each<[() => unknown, string]>([
    [() => augment(0, 1), 'dim must be an integer from 1 to 65536, got 0'],
    [() => augment(2, 0), 'extra must be an integer from 1 to 65534, got 0'],
    [() => augment(2, 1.5), 'extra must be an integer from 1 to 65534, got 1.5'],
  ])('%#', (call, message) => expect(call).toThrow(message))
})
