// A million solves, a hundred thousand models: the memory of the core and the heap of JavaScript stay as they are after the first few.

import { expect, test } from 'vitest'
import { vjp } from '../../src/adjoint/vjp.ts'
import { core } from '../../src/core/boundary.ts'
import { Compose } from '../../src/models/compose.ts'
import { Equilibrium } from '../../src/models/equilibrium.ts'
import { NeuralODE } from '../../src/models/neural-ode.ts'
import { ResNet } from '../../src/models/resnet.ts'
import { MLP } from '../../src/program/mlp.ts'
import { event } from '../../src/solve/event.ts'
import type { FieldFunction } from '../../src/solve/host-field.ts'
import { odeint } from '../../src/solve/odeint.ts'
import { rk4, rodas4, tsit5 } from '../../src/tableaus/index.ts'

const collect = (globalThis as { gc?: () => void }).gc as () => void

const decay: FieldFunction = (_, y, dy) => {
  for (let i = 0; i < y.length; i++) dy[i] = -(y[i] as number)
}

/** Bytes in use in JavaScript, after finalizers have run. */
async function heap(): Promise<number> {
  for (let i = 0; i < 5; i++) {
    collect()
    await new Promise((resolve) => setTimeout(resolve, 0))
  }
  return process.memoryUsage().heapUsed
}

/** Runs `once` so many times, a hundredth of them to warm up; nothing may be left behind by the others. */
async function expectFlat(count: number, once: (i: number) => void): Promise<void> {
  for (let i = 0; i < count / 100; i++) once(i)
  const [top, pages, before] = [core().memoryTop(), core().memory.buffer.byteLength, await heap()]
  const start = performance.now()
  for (let i = 0; i < count; i++) once(i)
  const [seconds, drift] = [(performance.now() - start) / 1000, (await heap()) - before]
  console.log(`${count} in ${seconds.toFixed(1)} s, heap ${(drift / 1024).toFixed(0)} kB`)
  expect(core().memoryTop()).toBe(top)
  expect(core().memory.buffer.byteLength).toBe(pages)
  expect(drift).toBeLessThan(2 ** 20)
}

const network = new MLP([3, 8, 3], { dtype: 'f64', seed: 1 })
const node = new NeuralODE(network, { t: [0, 1], solver: rk4, steps: 4 })
const floor = event({ a: [1, 0], b: -0.5 }, { terminal: true })

test.each<[string, number, (i: number) => void]>([
  ['solves of a function', 1e6, (i) => odeint(decay, [1, i], [0, 0.5])],
  ['solves of a network', 1e6, (i) => odeint(network, [1, i % 7, 2], [0, 0.5], { dense: i % 2 === 0 })],
  ['forward passes, of one row to five', 1e6, (i) => node.forward(new Float64Array(3 * (1 + (i % 5))))],
  ['solves in f32', 1e5, (i) => odeint(decay, Float32Array.of(1, i), [0, 0.5], { solver: tsit5 })],
  ['solves of the stiff method', 1e5, (i) => odeint(decay, [1, i % 3], [0, 0.5], { solver: rodas4, rtol: 1e-3 })],
  ['solves that an event ends', 1e5, () => odeint(decay, [1, 1], [0, 2], { events: [floor] })],
  ['solves that run out of steps', 1e5, () => odeint(decay, [1, 1], [0, 9], { maxSteps: 3, throwOnFailure: false })],
  [
    'fields that throw',
    1e5,
    (i) => {
      let calls = 0
      const thrower: FieldFunction = (t, y, dy) => {
        if (++calls > i % 20) throw floor
        decay(t, y, dy)
      }
      expect(() => odeint(thrower, [1, 1], [0, 9])).toThrow()
    },
  ],
  [
    'gradients',
    1e5,
    () => {
      const [y, pullback] = vjp(node, [1, 2, 3])
      pullback(y)
      pullback.dispose()
    },
  ],
])('%s', async (_, count, once) => expectFlat(count, once))

const widths = (i: number): [number, number, number] => [1 + (i % 5), 4 + (i % 9), 1 + (i % 5)]

/** A model, and what holds its memory. */
const around = <B extends { dispose(): void }>(block: B, use: (block: B) => { forward(x: number[]): unknown }) => ({
  block,
  model: use(block),
})

test.each<[string, (i: number) => ReturnType<typeof around>]>([
  ['networks', (i) => around(new MLP(widths(i), { dtype: i % 2 ? 'f32' : 'f64' }), (block) => block)],
  ['neural ODEs', (i) => around(new MLP(widths(i), { seed: i }), (block) => new NeuralODE(block, { t: [0, 1] }))],
  ['compositions', (i) => around(new MLP(widths(i)), (block) => new Compose(block, { times: 3 }))],
  ['equilibria', (i) => around(new MLP(widths(i)), (block) => new Equilibrium(block))],
  [
    'residual networks',
    (i) => around(new ResNet({ width: widths(i)[0], hidden: 4, depth: 1 + (i % 7) }), (net) => net),
  ],
])('%s, made, run and disposed of', async (_, make) => {
  await expectFlat(1e5, (i) => {
    const { block, model } = make(i)
    model.forward(new Array(widths(i)[0]).fill(0.5))
    block.dispose()
    block.dispose()
  })
})
