// Where workers cannot be had, or not all of them.
import { Worker } from 'node:worker_threads'
import { DisposedError, NeuralODE } from 'relode'
import { type Pool, type Poolable, type PoolOptions, pool } from 'relode/pool'
import { afterEach, expect, test } from 'vitest'
import { BY_ROW, batch, failure, like, make, square } from './models.ts'

const open: Pool[] = []
async function poolOf(options: PoolOptions = {}): Promise<Pool> {
  const workers = await pool({ threads: 2, ...options })
  open.push(workers)
  return workers
}
afterEach(() => Promise.all(open.splice(0).map((workers) => workers.close())))

const script = new URL(import.meta.resolve('relode/pool-worker'))

const nothing = (): never => {
  throw new Error('none here')
}

test('one thread, a note, and the same bits', async () => {
  const notes: string[] = []
  const alone = await poolOf({ worker: nothing, onNote: (note) => notes.push(note) })
  expect([alone.threads, alone.note, notes]).toEqual([
    0,
    'no workers: all is done in one thread, because none here',
    [alone.note],
  ])
  const workers = await poolOf()
  for (const name of Object.keys(BY_ROW)) {
    const model = make(name)
    const x = batch(model, 50)
    expect(await alone.forward(model, x)).toEqual(await workers.forward(model, x))
    const [[y, mine], [z, other]] = [await alone.vjp(model, x), await workers.vjp(model, x)]
    expect([y, await mine(like(y))]).toEqual([z, await other(like(z))])
    const first = async (p: Pool, own: Poolable): Promise<unknown> => {
      const { value } = await p.fit(own, { x, y: like(y) }, { epochs: 1 }).next()
      return [value?.loss, value?.gradientNorm, own.parameters.blocks.map(({ parameters }) => parameters)]
    }
    expect(await first(alone, make(name))).toEqual(await first(workers, make(name)))
  }
  expect(
    await failure(
      alone.forward(
        new NeuralODE(square(), { control: 'sample' }),
        Float64Array.from({ length: 40 }, (_, i) => (i === 33 ? 3 : 0)),
      ),
    ),
  ).toMatchObject({ row: 33 })
  await alone.close()
  expect(await failure(alone.forward(make(), [1, 2, 3]))).toBeInstanceOf(DisposedError)
})

test('a call sees the parameters that were there when it was made', async () => {
  const alone = await poolOf({ worker: nothing })
  const model = make()
  const x = batch(model, 300)
  const y = model.forward(x)
  const call = alone.forward(model, x)
  for (const block of model.parameters.blocks) block.parameters = block.parameters.map((value) => value / 2)
  expect(await call).toEqual(y)
})

test('a script that is not there', async () => {
  const worker = new URL('./nowhere.js', import.meta.url)
  expect((await poolOf({ worker })).note).toMatch(/^no workers: all is done in one thread, because .*nowhere/)
})

test('fewer than were asked for', async () => {
  let count = 0
  const workers = await poolOf({ threads: 3, worker: () => (count++ === 1 ? nothing() : new Worker(script)) })
  expect([workers.threads, workers.note]).toEqual([2, '1 of 3 workers could not be started, because none here'])
})
