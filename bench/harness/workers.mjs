// relode/pool with one worker and with two, where the build has it.
import { existsSync } from 'node:fs'
import * as relode from 'relode'
import { dataOf, RATE, TASKS, workOf } from '../workloads/tasks.mjs'

const COUNTS = { 'relode, one worker': 1, 'relode, two workers': 2 }

/** { contestants(id), notes, close() } */
export async function workers(root) {
  if (!existsSync(new URL('dist/pool.js', root)))
    return { contestants: async () => [], notes: ['WITHOUT workers: this build has no dist/pool.js'] }
  const { pool } = await import(new URL('dist/pool.js', root))
  const pools = {}
  for (const [name, threads] of Object.entries(COUNTS)) pools[name] = await pool({ threads })
  return {
    contestants: async (id) => Object.entries(pools).map(([name, own]) => contestant(name, own, id)),
    notes: Object.entries(pools).flatMap(([name, { note }]) => (note === undefined ? [] : [`${name}: ${note}`])),
    close: () => Object.values(pools).map((own) => own.close()),
  }
}

function contestant(name, pool, id) {
  const task = TASKS[id]
  const { params, x, target } = dataOf(task)
  const field = new relode.MLP(task.sizes, { activation: task.activation })
  field.parameters = params
  const model = new relode.NeuralODE(field, { t: task.t, solver: relode.rk4, steps: task.steps })
  const common = { name, ours: true, build: 'workers', work: workOf(task) }
  if (task.kind === 'solve') {
    const run = () => pool.forward(model, x)
    return { ...common, run, values: run }
  }
  const optimizer = relode.sgd({ lr: RATE })
  const steps = pool.fit(model, { x, y: target }, { optimizer, epochs: 2 ** 31 - 1 })
  const values = async () => {
    const [y, pullback] = await pool.vjp(model, x)
    const { dparams } = await pullback(y.map((value, i) => (2 * (value - target[i])) / y.length))
    pullback.dispose()
    return dparams
  }
  return { ...common, run: () => steps.next(), values }
}
