// In a browser, from the sources: module workers, transferred buffers, a posted module; the bits of one thread.
import { expect, test } from 'vitest'
import { vjp } from '../../src/adjoint/vjp.ts'
import { SolveError } from '../../src/core/errors.ts'
import { NeuralODE } from '../../src/models/neural-ode.ts'
import { pool } from '../../src/pool/index.ts'
import { Field } from '../../src/program/field.ts'
import { MLP } from '../../src/program/mlp.ts'
import { rk4 } from '../../src/tableaus/rk4.ts'

const worker = (): Worker => new Worker(new URL('../../src/pool/worker.ts', import.meta.url), { type: 'module' })
const make = (): NeuralODE =>
  new NeuralODE(new MLP([4, 16, 4], { activation: 'tanh', seed: 2 }), { solver: rk4, steps: 6 })
const x = Float32Array.from({ length: 400 }, (_, i) => ((i * 37) % 41) / 20 - 1)

test('the same bits for 1, 2, 3 and 8 workers', async () => {
  const found: unknown[] = []
  for (const threads of [1, 2, 3, 8]) {
    await using workers = await pool({ threads, worker })
    expect([workers.threads, workers.note]).toEqual([threads, undefined])
    const model = make()
    const y = await workers.forward(model, x)
    expect(y).toEqual(model.forward(x))
    const [, pullback] = await workers.vjp(model, x)
    const { dx, dparams } = await pullback(y)
    expect(dx).toEqual(vjp(model, x)[1](y).dx)
    const stream: unknown[] = []
    const options = { epochs: 3, batchSize: 60 }
    for await (const { loss, nfe, gradientNorm } of workers.fit(model, { x, y: x }, options))
      stream.push({ loss, nfe, gradientNorm })
    found.push({ y, dx, dparams, stream, parameters: model.field.parameters })
  }
  for (const other of found) expect(other).toEqual(found[0])
})

test('errors keep their class, and the pool goes on', async () => {
  await using workers = await pool({ threads: 2, worker })
  const field = new Field(1, (p) => p.mul(p.state, p.state), { dtype: 'f64' })
  const model = new NeuralODE(field, { control: 'sample' })
  const error = await workers.forward(model, [...Array(30).fill(0), 2]).catch((reason: unknown) => reason)
  expect(error).toBeInstanceOf(SolveError)
  expect(error).toMatchObject({ row: 30 })
  expect(await workers.forward(model, [0.5])).toEqual(model.forward([0.5]))
})

test('a script that is not there: one thread, and a note', async () => {
  const notes: string[] = []
  await using workers = await pool({ threads: 2, worker: '/nowhere.js', onNote: (note) => notes.push(note) })
  expect([workers.threads, notes]).toEqual([0, [workers.note]])
  expect(workers.note).toMatch(/^no workers: all is done in one thread, because /)
  const model = make()
  expect(await workers.forward(model, x)).toEqual(model.forward(x))
})
