// relode at the tasks, through its public names alone: for this process, for the relaxed build and for every runtime of `bench:runtimes`.
import { dataOf, joined, RATE, TASKS } from './tasks.mjs'

/** { run, values(), nfe } of relode at a task; `relode` is the package, for densities with the names of relode/flows. */
export function prepare(relode, name) {
  const task = TASKS[name]
  const data = dataOf(task)
  if (task.kind === 'layer') return layer(relode, task, data)
  if (task.kind === 'residual') return residual(relode, task, data)
  if (task.kind === 'density' || task.kind === 'likelihood') return density(relode, task, data)
  return task.kind === 'solve' ? solve(relode, task, data) : gradient(relode, task, data)
}

function fieldOf({ MLP }, { sizes, activation, dim }, { params }) {
  const field = new MLP(sizes, { activation, time: dim === undefined ? 'none' : 'concat' })
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
  return { run, values: () => joined(task.t.length === 2 ? ys.slice(1) : ys), nfe: stats.nfe }
}

function gradient(relode, task, data) {
  const field = fieldOf(relode, task, data)
  const node = new relode.NeuralODE(field, { t: task.t, ...solverOf(relode, task) })
  return training(relode, node, { x: data.x, y: data.target })
}

function density(relode, task, data) {
  const cnf = new relode.CNF(fieldOf(relode, task, data), { t: task.t, ...solverOf(relode, task) })
  if (task.kind === 'likelihood') return training(relode, cnf, { ...cnf.data(data.x), loss: relode.nll })
  const pass = cnf.pass(data.x, task.batch)
  pass.free()
  return { run: () => cnf.logProb(data.x), values: () => cnf.logProb(data.x), nfe: pass.nfe }
}

function residual(relode, { width, hidden, depth }, data) {
  const net = new relode.ResNet({ width, hidden, depth, activation: 'relu', scaling: 'none' })
  net.field.parameters = data.params
  return training(relode, net, { x: data.x, y: data.target })
}

/** One epoch of `fit` on all rows is one step of gradient descent. The values are those of the gradient. */
function training(relode, model, { x, y: target, loss = relode.mse }) {
  const options = { loss, optimizer: relode.sgd({ lr: RATE }), epochs: 2 ** 31 - 1 }
  const steps = relode.fit(model, { x, y: target }, options)
  const { nfe } = steps.next().value
  // Of the mean square, or of the mean of target times output.
  const slope = (value, i, n) => (loss === relode.mse ? 2 * (value - target[i]) : target[i]) / n
  const values = () => {
    const [y, pullback] = relode.vjp(model, x)
    const { dparams } = pullback(y.map((value, i) => slope(value, i, y.length)))
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
