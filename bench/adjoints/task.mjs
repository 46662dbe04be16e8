// One gradient of one mode: its error, its evaluations, and the bytes of the core it takes. In a thread, and so a core, of its own.
import { parentPort, workerData } from 'node:worker_threads'

let core
const { Instance } = WebAssembly
WebAssembly.Instance = class extends Instance {
  constructor(...given) {
    super(...given)
    core = this.exports
  }
}

const { checkpoint, Field, NeuralODE, rk4, vjp } = await import('relode')
const { backsolve, reversible } = await import('relode/adjoints')
const adjoints = { checkpoint, reversible, backsolve }
const ROWS = 16

/** Largest difference over largest value. */
const relative = (found, wanted) =>
  Math.max(...wanted.map((v, i) => Math.abs(found[i] - v))) / Math.max(...wanted.map(Math.abs))

// torchdiffeq's spiral y' = (y^3) A from (2, 0), t = 0 to 25, loss |y|^2 / 2. The gradients by differences in 113-bit floats.
const WANTED = {
  dx: [-0.7104589587368055, -0.037642706421356115],
  dparams: [-6.938830183036661, 0.46073489337485823, -0.654492589796886, -6.886685542334855],
}

function spiral(kind, steps) {
  const field = new Field(2, (p) => p.dense(p.mul(p.mul(p.state, p.state), p.state), 2, { bias: false }), {
    dtype: 'f64',
  })
  field.parameters = [-0.1, -2, 2, -0.1]
  const node = new NeuralODE(field, { t: [0, 25], solver: rk4, steps, adjoint: adjoints[kind]() })
  field.ready()
  const x = Float64Array.from({ length: 2 * ROWS }, (_, i) => (i % 2 ? 0 : 2))
  const before = core.memoryTop()
  const [y, pullback] = vjp(node, x)
  const { dx, dparams, nfe, reconstruction, trusted } = pullback(y)
  const bytes = core.memoryTop() - before
  const perRow = Array.from(dparams, (v) => v / ROWS)
  const error = Math.max(relative(dx, WANTED.dx), relative(perRow, WANTED.dparams))
  return { error, bytes, nfe: node.pass(x, ROWS).nfe + nfe, reconstruction, trusted }
}

/** y' = -rate (y - 1), y(0) = 2, t = 0 to 1, default tolerances: a field that contracts. Gradient of y(1) by its two parameters. */
function contraction(kind, rate) {
  const field = new Field(1, (p) => p.dense(p.state, 1), { dtype: 'f64' })
  field.parameters = [-rate, rate]
  const node = new NeuralODE(field, { t: [0, 1], adjoint: adjoints[kind]() })
  try {
    const [y, pullback] = vjp(node, [2])
    const { dparams, nfe, reconstruction, trusted } = pullback([1])
    const kept = Math.exp(-rate)
    const wanted = [2 * kept + (1 - kept - rate * kept) / rate, (1 - kept) / rate]
    const error = relative(dparams, wanted)
    return { off: Math.abs(y[0] - 1 - kept), error, nfe: node.pass([2], 1).nfe + nfe, reconstruction, trusted }
  } catch (error) {
    return { failed: error.message }
  }
}

const { problem, kind, size } = workerData
parentPort.postMessage({ kind, size, ...(problem === 'spiral' ? spiral : contraction)(kind, size) })
