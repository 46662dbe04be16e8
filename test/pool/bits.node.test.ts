// The same bits for any number of workers, and those without a pool where the rows of a model do not see each other.
import { adamw, crossEntropy, Field, fit, MLP, mse, NeuralODE, rk4, type Vector, vjp } from 'relode'
import { CNF, hutchinson } from 'relode/flows'
import { type Pool, type Poolable, pool } from 'relode/pool'
import { lbfgs } from 'relode/train'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { apart, BY_BATCH, BY_ROW, batch, like } from './models.ts'

const THREADS = [1, 2, 3, 8]
const ROWS = [1, 3, 5, 17, 100]
const DTYPES = ['f32', 'f64'] as const
const ROUNDING = { f32: 2e-5, f64: 1e-13 }

let pools: Pool[]
beforeAll(async () => {
  pools = await Promise.all(THREADS.map((threads) => pool({ threads })))
})
afterAll(() => Promise.all(pools.map((workers) => workers.close())))

test('all workers that were asked for are there', () => {
  expect(pools.map(({ threads, note }) => [threads, note])).toEqual(THREADS.map((threads) => [threads, undefined]))
})

/** What all pools make of a call; they must agree. */
async function byAll<T>(call: (workers: Pool) => Promise<T>): Promise<T> {
  const [first, ...others] = await Promise.all(pools.map(call))
  for (const other of others) expect(other).toEqual(first)
  return first as T
}

async function gradient(workers: Pool, model: Poolable, x: Vector): Promise<ReturnType<ReturnType<typeof vjp>[1]>> {
  const [y, pullback] = await workers.vjp(model, x)
  const cotangents = await pullback(like(y))
  // A pullback may be called again.
  const { dx, dparams } = await pullback(like(y))
  expect([dx, dparams]).toEqual([cotangents.dx, cotangents.dparams])
  pullback.dispose()
  return cotangents
}

const all = Object.entries({ ...BY_ROW, ...BY_BATCH }).flatMap(([name, make]) =>
  DTYPES.map((dtype) => [name, dtype, make] as const),
)

describe.each(all)('%s, %s', (name, dtype, make) => {
  const model = make(dtype)
  const byRow = name in BY_ROW

  test.each(ROWS)('%i rows: forward', async (rows) => {
    const x = batch(model, rows)
    const y = await byAll((workers) => workers.forward(model, x))
    if (byRow || rows <= 16) expect(y).toEqual(model.forward(x))
    else expect(apart(y, model.forward(x))).toBeLessThan(1e-3)
  })

  test.each(ROWS)('%i rows: gradients', async (rows) => {
    const x = batch(model, rows)
    const { dx, dparams, dt, nfe, ...rest } = await byAll((workers) => gradient(workers, model, x))
    const [y, pullback] = vjp(model, x)
    const alone = pullback(like(y))
    if (rows <= 16) expect({ dx, dparams, dt, nfe, ...rest }).toEqual(alone)
    if (!byRow) return
    expect(dx).toEqual(alone.dx)
    expect(nfe).toBe(alone.nfe)
    expect(apart(dparams, alone.dparams)).toBeLessThan(ROUNDING[dtype])
    expect(apart(dt, alone.dt)).toBeLessThan(1e-6)
  })
})

test('steps by batch: the result is that of the shards, each by itself', async () => {
  const model = BY_BATCH['steps by batch']?.('f64') as Poolable
  const x = batch(model, 100)
  const shards = Array.from({ length: 7 }, (_, i) => Array.from(model.forward(x.slice(i * 48, i * 48 + 48))))
  expect(Array.from(await (pools[2] as Pool).forward(model, x))).toEqual(shards.flat())
})

test('a density with an estimated divergence: the probes of a shard are those of as many rows', async () => {
  const field = new MLP([3, 10, 3], { activation: 'tanh', dtype: 'f64', seed: 1 })
  const model = new CNF(field, { solver: rk4, steps: 5, divergence: hutchinson({ seed: 3 }) })
  const x = batch(model, 100)
  const shards = Array.from({ length: 7 }, (_, i) => Array.from(model.forward(x.slice(i * 48, i * 48 + 48))))
  expect(Array.from(await byAll((workers) => workers.forward(model, x)))).toEqual(shards.flat())
})

describe('fit', () => {
  const make = (dtype: 'f32' | 'f64', name = 'fixed steps, more times'): Poolable =>
    (BY_ROW[name] ?? BY_BATCH[name])?.(dtype) as Poolable
  const bits = (model: Poolable): Vector[] => model.parameters.blocks.map(({ parameters }) => parameters)

  /** The stream of a training, and the parameters at its end. */
  const run = async (workers: Pool | undefined, model: Poolable, data: object, options: object): Promise<unknown[]> => {
    const stream: unknown[] = []
    const source =
      workers === undefined
        ? fit
        : (...args: Parameters<typeof fit>) => workers.fit(args[0] as Poolable, args[1], args[2])
    for await (const { inputs, checkpoint, ...progress } of source(model, data as never, options))
      stream.push({ ...progress, inputs: inputs() })
    return [...stream, ...bits(model)]
  }

  const dataFor = (model: Poolable, rows: number): { x: Vector; y: Vector } => {
    const x = batch(model, rows)
    const y = like(model.forward(x))
    // Missing observations, in some rows more than in others.
    return { x, y: y.map((value, i) => (i % 7 === 3 && i > 5 ? Number.NaN : value)) }
  }

  test.each(DTYPES.flatMap((dtype) => ROWS.map((rows) => [dtype, rows] as const)))(
    '%s, %i rows: the bits',
    async (dtype, rows) => {
      const data = dataFor(make(dtype), rows)
      const ways = [
        { epochs: 3 },
        { epochs: 3, trainInputs: true, clip: 0.1 },
        { epochs: 2, batchSize: Math.ceil(rows / 2), seed: 3, loss: mse, optimizer: adamw() },
      ]
      for (const options of ways) {
        const pooled = await byAll((workers) => run(workers, make(dtype), data, options))
        const alone = await run(undefined, make(dtype), data, options)
        if (rows <= 16) expect(pooled).toEqual(alone)
        else {
          expect(apart(pooled.at(-1) as Vector, alone.at(-1) as Vector)).toBeLessThan(dtype === 'f32' ? 1e-3 : 1e-9)
          const [{ loss, nfe }, own] = [pooled[0], alone[0]] as [
            { loss: number; nfe: number },
            { loss: number; nfe: number },
          ]
          expect(nfe).toBe(own.nfe)
          expect(Math.abs(loss - own.loss)).toBeLessThan(1e-12 * Math.abs(own.loss))
        }
      }
    },
  )

  test.each(
    ['recurrent', 'recurrent, backward', 'density', 'leapfrog', 'hamiltonian'].flatMap((name) =>
      DTYPES.map((dtype) => [name, dtype] as const),
    ),
  )('%s, %s: the bits', async (name, dtype) => {
    for (const rows of [5, 70]) {
      const data = dataFor(make(dtype, name), rows)
      const options = { epochs: 3, batchSize: rows === 5 ? 3 : 40, seed: 2 }
      const pooled = await byAll((workers) => run(workers, make(dtype, name), data, options))
      const alone = await run(undefined, make(dtype, name), data, options)
      if (rows === 5) expect(pooled).toEqual(alone)
      else expect(apart(pooled.at(-1) as Vector, alone.at(-1) as Vector)).toBeLessThan(dtype === 'f32' ? 1e-3 : 1e-9)
      expect(pooled.at(-1)).not.toEqual(bits(make(dtype, name)).at(-1))
    }
  })

  test('series with missing values, some shorter than others', async () => {
    const start = (): Poolable => make('f64', 'recurrent')
    const { x, y } = dataFor(start(), 60)
    // Rows of [elapsed, value, value], four a series: a third of the values missing, and every fifth series ends early.
    const gaps = x.map((value, i) => ((i % 3 > 0 && i % 7 < 2) || i % 60 > 50 ? Number.NaN : value))
    const [first, ...others] = await Promise.all(
      pools.map((workers) => run(workers, start(), { x: gaps, y }, { epochs: 3 })),
    )
    for (const other of others) expect(other).toEqual(first)
    const alone = await run(undefined, start(), { x: gaps, y }, { epochs: 3 })
    expect(apart((first as unknown[]).at(-1) as Vector, alone.at(-1) as Vector)).toBeLessThan(1e-9)
    expect(await byAll((workers) => workers.forward(start(), gaps))).toEqual(start().forward(gaps))
  })

  test('classes, some rows missing', async () => {
    const y = Float32Array.from({ length: 120 }, (_, i) => (i % 24 === 0 ? Number.NaN : (Math.floor(i / 2) + i) % 2))
    const data = { x: batch(make('f32', 'compose'), 60), y }
    const options = { epochs: 3, loss: crossEntropy }
    const pooled = await byAll((workers) => run(workers, make('f32', 'compose'), data, options))
    const alone = await run(undefined, make('f32', 'compose'), data, options)
    expect(apart(pooled.at(-1) as Vector, alone.at(-1) as Vector)).toBeLessThan(1e-3)
  })

  test('an optimizer that looks around, where solves fail too', async () => {
    const square = (): Poolable => {
      const field = new Field(1, (p) => p.mul(p.dense(p.state, 1), p.state), { dtype: 'f64', seed: 2 })
      return new NeuralODE(field, { t: [0, 1], control: 'sample', maxSteps: 200 })
    }
    const data = (rows: number): { x: Float64Array; y: Float64Array } => {
      const x = Float64Array.from({ length: rows }, (_, i) => 0.2 + i / rows)
      return { x, y: x.map((value) => 10 * value * value) }
    }
    const options = { epochs: 12, optimizer: lbfgs({ memory: 3 }) }
    expect(await byAll((workers) => run(workers, square(), data(12), options))).toEqual(
      await run(undefined, square(), data(12), options),
    )
    const pooled = await byAll((workers) => run(workers, square(), data(60), options))
    const losses = pooled.slice(0, 12).map((progress) => (progress as { loss: number }).loss)
    expect(losses).toEqual([...losses].sort((a, b) => b - a))
    // Some steps take more than one look.
    const evaluations = pooled.slice(0, 12).map((progress) => (progress as { nfe: number }).nfe)
    expect(Math.max(...evaluations)).toBeGreaterThan(1.5 * Math.min(...evaluations))
  })

  test('a model with a set to stay in, and blocks that are not trained', async () => {
    const start = (): Poolable => {
      const model = make('f64', 'equilibrium')
      for (const [i, block] of model.parameters.blocks.entries()) block.rate = i
      return model
    }
    const data = dataFor(start(), 40)
    const pooled = await byAll((workers) => run(workers, start(), data, { epochs: 4 }))
    expect(pooled.at(-3)).toEqual(bits(start())[0])
    expect(pooled.at(-2)).not.toEqual(bits(start())[1])
  })

  test('resumed, with another number of workers: the bits of an uninterrupted one', async () => {
    const data = dataFor(make('f32'), 50)
    const options = { epochs: 5, batchSize: 20 }
    const whole = await run(pools[0], make('f32'), data, options)
    let resume: Uint8Array | undefined
    for await (const { epoch, checkpoint } of (pools[1] as Pool).fit(make('f32'), data, options)) {
      if (epoch === 2) resume = checkpoint()
      if (epoch === 2) break
    }
    expect((await run(pools[3], make('f32'), data, { ...options, resume })).slice(-3)).toEqual(whole.slice(-3))
  })
})

test('a model that changes between two calls, and is called before the first is done', async () => {
  const model = BY_ROW['fixed steps']?.('f32') as Poolable
  const [block] = model.parameters.blocks
  const x = batch(model, 60)
  const before = model.forward(x)
  const calls = pools.map((workers) => workers.forward(model, x))
  if (block) block.parameters = block.parameters.map((value) => value / 2)
  const after = model.forward(x)
  const later = pools.map((workers) => workers.forward(model, x))
  for (const y of await Promise.all(calls)) expect(y).toEqual(before)
  for (const y of await Promise.all(later)) expect(y).toEqual(after)
  const deeper = BY_ROW['compose']?.('f64') as Poolable & { times: number }
  for (const times of [1, 6]) {
    deeper.times = times
    const z = batch(deeper, 40)
    expect(await byAll((workers) => workers.forward(deeper, z))).toEqual(deeper.forward(z))
  }
})

test('no rows at all', async () => {
  for (const make of Object.values({ ...BY_ROW })) {
    const model = make('f64')
    const none = new Float64Array(0)
    expect(await byAll((workers) => workers.forward(model, none))).toEqual(none)
    const { dx, dparams } = await byAll((workers) => gradient(workers, model, none))
    expect([dx, dparams.every((value) => value === 0)]).toEqual([none, true])
  }
})
