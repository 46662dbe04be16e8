// What is forgotten without `dispose` is caught by the collector. Node only: a page cannot ask for a collection.

import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, test } from 'vitest'
import { vjp } from '../../src/adjoint/vjp.ts'
import { core } from '../../src/core/boundary.ts'
import { NeuralODE } from '../../src/models/neural-ode.ts'
import { Field } from '../../src/program/field.ts'
import { MLP } from '../../src/program/mlp.ts'
import { linearSignal, type Signal } from '../../src/program/signal.ts'
import { odeint } from '../../src/solve/odeint.ts'
import { euler } from '../../src/tableaus/index.ts'
import { fit } from '../../src/train/fit.ts'

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

/** Collects, and lets the finalizers run. */
async function settle(): Promise<void> {
  for (let i = 0; i < 5; i++) {
    collect()
    await new Promise((resolve) => setTimeout(resolve, 0))
  }
}

const owner = new MLP([2, 64, 2], { dtype: 'f64' })
const shared = new NeuralODE(owner, { t: [0, 1], solver: euler, steps: 50 })
const driven = new Field(1, (p) => p.mul(p.state, p.input(1)), { dtype: 'f64' })
const long = (value: number): Signal => linearSignal([...Array(1000).keys()], new Float64Array(1000).fill(value))
const data = { x: new Float64Array(200), y: new Float64Array(200) }

test.each<[string, () => unknown]>([
  ['fields', () => new MLP([2, 100, 100, 2])],
  ['loaded models', () => NeuralODE.from(shared.save())],
  ['pullbacks', () => vjp(shared, new Float64Array(200))],
  ['trainings half way', () => fit(shared, data).next()],
  ['trainings not begun', () => fit(shared, data)],
  ['signals', () => odeint(driven, [1], [0, 1], { solver: euler, steps: 2, input: long(1) })],
])('%s', async (_, make) => {
  const round = async (): Promise<void> => {
    for (let i = 0; i < 100; i++) make()
    await settle()
  }
  await round()
  const top = core().memoryTop()
  for (let i = 0; i < 5; i++) await round()
  expect(core().memoryTop()).toBe(top)
})

test('a pullback keeps the signal of its model', async () => {
  const make = () => vjp(new NeuralODE(driven, { solver: euler, steps: 8, input: long(0.5) }), [2])
  const [y, pullback] = make()
  const before = pullback([1]).dx
  expect([y[0], before[0]]).toEqual([2 * 1.0625 ** 8, 1.0625 ** 8])
  await settle()
  // What a collected signal had would be overwritten here.
  odeint(driven, [1], [0, 1], { solver: euler, steps: 2, input: long(9) })
  expect(pullback([1]).dx).toEqual(before)
  pullback.dispose()
})

test('a field function is let go after its solve, however it ended', async () => {
  const solveWith = (fail: boolean): WeakRef<object> => {
    const field = (_: number, y: Float32Array | Float64Array): Float32Array | Float64Array => {
      if (fail) throw new Error('failed')
      return y
    }
    try {
      odeint(field, [1], [0, 1])
    } catch {}
    return new WeakRef(field)
  }
  const references = [solveWith(false), solveWith(true)]
  await settle()
  expect(references.map((reference) => reference.deref())).toEqual([undefined, undefined])
})

test('what is in use is not collected', async () => {
  const [, pullback] = vjp(new NeuralODE(new MLP([2, 8, 2], { dtype: 'f64', seed: 5 }), { t: [0, 1] }), [1, 2])
  const first = pullback([1, 1])
  await settle()
  for (let i = 0; i < 50; i++) new MLP([2, 8, 2], { dtype: 'f64', seed: i })
  const { dx, dparams } = pullback([1, 1])
  expect({ dx, dparams }).toEqual({ dx: first.dx, dparams: first.dparams })
  pullback.dispose()
})
