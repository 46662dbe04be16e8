// What a pool does where something goes wrong, comes to an end, or need not be sent.
import { Worker } from 'node:worker_threads'
import {
  adam,
  DisposedError,
  Field,
  FormatError,
  MLP,
  NeuralODE,
  odeint,
  rk4,
  SolveError,
  tsit5,
  type Vector,
} from 'relode'
import { Equilibrium, FixedPointError } from 'relode/equilibrium'
import { type Pool, type Poolable, type PoolOptions, pool } from 'relode/pool'
import { linearSignal } from 'relode/signals'
import { afterEach, describe, expect, test } from 'vitest'
import { batch, failure, like, make, square } from './models.ts'

const open: Pool[] = []
async function poolOf(options: PoolOptions = {}): Promise<Pool> {
  const workers = await pool({ threads: 2, ...options })
  open.push(workers)
  return workers
}
afterEach(() => Promise.all(open.splice(0).map((workers) => workers.close())))

const script = new URL(import.meta.resolve('relode/pool-worker'))

/** Workers of Node as a user makes them, and what was posted to them. */
function watched(): { make: () => Worker; made: Worker[]; posted: { do: string }[] } {
  const [made, posted]: [Worker[], { do: string }[]] = [[], []]
  const make = (): Worker => {
    const worker = new Worker(script)
    const post = worker.postMessage.bind(worker)
    worker.postMessage = (message, ...rest) => {
      posted.push(message)
      post(message, ...rest)
    }
    made.push(worker)
    return worker
  }
  return { make, made, posted }
}

describe('errors', () => {
  test.each([3, 16, 32])(
    'of a solve: the same class and words as without a pool, with the row of the batch: %i',
    async (row) => {
      const model = new NeuralODE(square(), { t: [0, 1], control: 'sample', solver: tsit5 })
      const x = Float64Array.from({ length: 40 }, (_, i) => (i === row ? 2 : 0.1))
      const workers = await poolOf()
      const error = (await failure(workers.forward(model, x))) as SolveError
      const alone = (await failure((async () => model.forward(x))())) as SolveError
      expect(error).toBeInstanceOf(SolveError)
      const { status, t, step, row: at, component, stats, y, name, message } = error
      expect({ status, t, step, row: at, component, stats, y, name, message }).toEqual({
        ...{ status: alone.status, t: alone.t, step: alone.step, row, component: alone.component, stats: alone.stats },
        ...{ y: alone.y, name: 'SolveError', message: alone.message },
      })
      expect(String(error)).toBe(String(alone))
      expect(
        await workers.forward(
          model,
          x.map(() => 0.1),
        ),
      ).toEqual(model.forward(x.map(() => 0.1)))
      expect(await failure(workers.vjp(model, x))).toBeInstanceOf(SolveError)
      expect(await failure(workers.fit(model, { x, y: x }).next())).toBeInstanceOf(SolveError)
    },
  )

  test('of two shards: that of the first in order, whichever is done first', async () => {
    const model = new NeuralODE(square(), { t: [0, 1], control: 'sample' })
    const x = Float64Array.from({ length: 100 }, (_, i) => (i === 20 || i > 90 ? 2 : 0.1))
    for (const threads of [1, 2, 3])
      expect(await failure((await poolOf({ threads })).forward(model, x))).toMatchObject({ row: 20 })
  })

  test('of an iteration, and its row', async () => {
    const field = new MLP([1, 1], { dtype: 'f64' })
    field.parameters = [3, 0]
    const error = (await failure(
      (await poolOf()).forward(new Equilibrium(field, { anderson: 0 }), new Float64Array(40).fill(1)),
    )) as FixedPointError
    expect(error).toBeInstanceOf(FixedPointError)
    expect(error.message).toMatch(/row 0 /)
    const one = new Float64Array(40)
    one[35] = 1
    const other = (await failure(
      (await poolOf()).forward(new Equilibrium(field, { anderson: 0 }), one),
    )) as FixedPointError
    expect([other.row, /row 35 /.test(other.message)]).toEqual([35, true])
  })

  test('of arguments: at the call, and the pool goes on', async () => {
    const workers = await poolOf()
    const model = make()
    expect((await failure(workers.forward(model, [1, 2]))).message).toBe('x must hold rows of 3 numbers, got 2 numbers')
    expect((await failure(workers.fit(model, { x: [1, 2, 3], y: [1] }).next())).message).toBe(
      "y must hold 3 numbers, as the model's output for 1 rows, got 1",
    )
    const [, pullback] = await workers.vjp(model, batch(model, 20))
    expect((await failure(pullback([1]))).message).toBe('dy must hold 60 numbers, as y does, got 1')
    model.parameters.blocks[0]?.changed()
    expect((await failure(pullback(new Float64Array(60)))).message).toMatch(/parameters have changed/)
    pullback.dispose()
    expect(await failure(pullback(new Float64Array(60)))).toBeInstanceOf(DisposedError)
    await expect(pool({ threads: 0 })).rejects.toThrow('threads must be an integer from 1 to 64, got 0')
    expect(await workers.forward(model, batch(model, 20))).toEqual(model.forward(batch(model, 20)))
  })

  test('what cannot travel is refused', async () => {
    const workers = await poolOf()
    const refused = async (model: unknown): Promise<string> =>
      (await failure(workers.forward(model as Poolable, [1]))).message
    expect(await refused((t: number, y: Vector) => [t + (y[0] as number)])).toMatch(
      /got a function, which cannot be posted: write the field as a program/,
    )
    expect(await refused(odeint)).toMatch(/got a function/)
    expect(await refused({})).toMatch(/must have parameters, forward and save/)
    expect(await refused(null)).toMatch(/must have parameters, forward and save/)
    class Mine extends NeuralODE {}
    expect(await refused(new Mine(new MLP([1, 4, 1])))).toMatch(/Mine must have save and a static from of its own/)
    const fed = new Field(1, (p) => p.add(p.state, p.input(1)))
    expect(await refused(new NeuralODE(fed, { input: linearSignal([0, 1], [0, 1]) }))).toMatch(/input must be left out/)
    class Own extends NeuralODE {
      static override from = NeuralODE.from
      override save(): Uint8Array {
        return Buffer.from(Buffer.from(super.save()).toString('latin1').replace('neural-ode', 'neural-ido'), 'latin1')
      }
    }
    const error = await failure(workers.forward(new Own(new MLP([1, 4, 1])), [1]))
    expect([error instanceof FormatError, error.message]).toEqual([
      true,
      'no worker can read a model of kind "neural-ido": run it without a pool',
    ])
  })
})

test('a model is sent once to each worker, and parameters only where they have changed', async () => {
  const { make: worker, posted } = watched()
  const workers = await poolOf({ threads: 3, worker })
  const model = make()
  const x = batch(model, 100)
  const sent = (): string[] =>
    posted
      .splice(0)
      .map((message) => ('values' in message ? 'values' : message.do))
      .filter((what) => ['model', 'values'].includes(what))
  expect(posted.splice(0).map((message) => message.do)).toEqual(Array(3).fill(['module', 'start']).flat())
  await workers.forward(model, x)
  expect(sent()).toEqual(['model', 'model', 'model'])
  const [y, pullback] = await workers.vjp(model, x)
  await pullback(like(y))
  await workers.forward(model, x)
  expect(sent()).toEqual([])
  for await (const _ of workers.fit(model, { x, y }, { epochs: 3, optimizer: adam() }));
  // Before the first step they are there.
  expect(sent()).toEqual(Array(6).fill('values'))
})

describe('the end', () => {
  test('close: what is not done rejects, and so does what comes later', async () => {
    const workers = await poolOf()
    const model = make()
    const x = batch(model, 300)
    const [, pullback] = await workers.vjp(model, x)
    const calls = [
      workers.forward(model, x),
      workers.vjp(model, x),
      workers.fit(model, { x, y: x }).next(),
      pullback(x),
    ]
    const closed = workers.close()
    for (const call of calls) expect(await failure(call)).toBeInstanceOf(DisposedError)
    await closed
    await workers.close()
    for (const call of [workers.forward(model, x), workers.fit(model, { x, y: x }).next(), pullback(x)])
      expect((await failure(call)).message).toMatch(/^the pool is disposed/)
    pullback.dispose()
    expect(workers.threads).toBe(0)
  })

  test('using', async () => {
    const { make: worker, made } = watched()
    {
      await using workers = await pool({ threads: 2, worker })
      expect(workers.threads).toBe(2)
    }
    expect(made.map(({ threadId }) => threadId)).toEqual([-1, -1])
  })

  test('a signal ends a call with its reason, and the pool goes on', async () => {
    const workers = await poolOf({ threads: 1 })
    const model = make()
    const x = batch(model, 300)
    const controller = new AbortController()
    const call = workers.vjp(model, x, { signal: controller.signal })
    const training = workers.fit(model, { x, y: x }, { signal: controller.signal }).next()
    controller.abort(new Error('enough'))
    expect((await failure(call)).message).toBe('enough')
    expect((await failure(training)).message).toBe('enough')
    expect((await failure(workers.forward(model, x, { signal: controller.signal }))).message).toBe('enough')
    expect(await workers.forward(model, x)).toEqual(model.forward(x))
  })

  test('a worker that dies fails its calls, and another takes its place', async () => {
    const { make: worker, made } = watched()
    const notes: string[] = []
    const workers = await poolOf({ threads: 2, worker, onNote: (note) => notes.push(note) })
    const model = make()
    const x = batch(model, 300)
    const [, pullback] = await workers.vjp(model, x)
    const long = new NeuralODE(new MLP([3, 64, 3], { dtype: 'f64' }), { solver: rk4, steps: 20_000 })
    const call = workers.forward(long, x)
    await made[0]?.terminate()
    expect((await failure(call)).message).toMatch(/a worker of the pool has died/)
    expect((await failure(pullback(x))).message).toBe('the worker that held this pullback has died: call vjp again')
    expect(await workers.forward(model, x)).toEqual(model.forward(x))
    expect([made.length, notes]).toEqual([3, []])
    for (const one of made) await one.terminate()
    expect(await workers.forward(model, x)).toEqual(model.forward(x))
  })
})
