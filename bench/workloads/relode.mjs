// relode at the tasks, through its public names alone: for this process, for the relaxed build and for every runtime of `bench:runtimes`.
import { dataOf, RATE, TASKS } from './tasks.mjs'

/** { run, values(), nfe } of relode at a task; `relode` is the package. */
export function prepare(relode, name) {
  const task = TASKS[name]
  const data = dataOf(task)
  if (task.kind === 'layer') return layer(relode, task, data)
  if (task.kind === 'residual') return residual(relode, task, data)
  return task.kind === 'solve' ? solve(relode, task, data) : gradient(relode, task, data)
}

function fieldOf({ MLP }, { sizes, activation }, { params }) {
  const field = new MLP(sizes, { activation })
  field.parameters = params
  return field
}

function solverOf(relode, { method, rtol, atol, steps }) {
  const solver = relode[method]
  return method === 'rk4' ? { solver, steps } : { solver, rtol, atol }
}

function solve(relode, task, data) {
  const field = fieldOf(relode, task, data)
  const options = { ...solverOf(relode, task), dense: false }
  const run = () => relode.odeint(field, data.x, task.t, options)
  const { stats, ys } = run()
  // With two times the peers give the end alone.
  return { run, values: () => flat(task.t.length === 2 ? ys.slice(1) : ys), nfe: stats.nfe }
}

function gradient(relode, task, data) {
  const field = fieldOf(relode, task, data)
  const node = new relode.NeuralODE(field, { t: task.t, ...solverOf(relode, task) })
  return training(relode, node, data)
}

function residual(relode, { width, hidden, depth }, data) {
  const net = new relode.ResNet({ width, hidden, depth, activation: 'relu', scaling: 'none' })
  net.field.parameters = data.params
  return training(relode, net, data)
}

/** One epoch of `fit` on all rows is one step of gradient descent. The values are those of the gradient. */
function training(relode, model, { x, target }) {
  const steps = relode.fit(model, { x, y: target }, { optimizer: relode.sgd({ lr: RATE }), epochs: 2 ** 31 - 1 })
  const { nfe } = steps.next().value
  const values = () => {
    const [y, pullback] = relode.vjp(model, x)
    const { dparams } = pullback(y.map((value, i) => (2 * (value - target[i])) / y.length))
    pullback.dispose()
    return dparams
  }
  return { run: () => steps.next(), values, nfe }
}

function layer(relode, { sizes, activation }, data) {
  const affine = new relode.Affine(sizes[0], sizes[1], { activation })
  affine.parameters = data.params
  return { run: () => affine.forward(data.x), values: () => affine.forward(data.x) }
}

function flat(rows) {
  const all = new Float32Array(rows.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const row of rows) {
    all.set(row, at)
    at += row.length
  }
  return all
}
