// Edge workers have no workers of their own: all in one thread, with a note.
import { expect, test } from 'vitest'
import { vjp } from '../../src/adjoint/vjp.ts'
import { NeuralODE } from '../../src/models/neural-ode.ts'
import { pool } from '../../src/pool/index.ts'
import { MLP } from '../../src/program/mlp.ts'
import { rk4 } from '../../src/tableaus/rk4.ts'

test('one thread, a note, and the same bits', async () => {
  const model = new NeuralODE(new MLP([4, 16, 4], { seed: 2 }), { solver: rk4, steps: 6 })
  const x = Float32Array.from({ length: 200 }, (_, i) => ((i * 37) % 41) / 20 - 1)
  const workers = await pool({ threads: 2 })
  expect(workers.threads).toBe(0)
  expect(workers.note).toMatch(/^no workers: all is done in one thread, because /)
  const [y, pullback] = await workers.vjp(model, x)
  expect(y).toEqual(model.forward(x))
  expect((await pullback(y)).dx).toEqual(vjp(model, x)[1](y).dx)
  await workers.close()
})
