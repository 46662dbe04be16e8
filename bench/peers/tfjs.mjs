// TensorFlow.js at the workloads: dopri5 and rk4 written with its ops, since it has no solver, gradients by its own tape.
import { fileURLToPath } from 'node:url'

const FOLDER = fileURLToPath(new URL('node_modules/@tensorflow/tfjs-backend-wasm/dist/', import.meta.url))

/** The rows of Dormand and Prince's pair, and of its error. */
const A = [
  [1 / 5],
  [3 / 40, 9 / 40],
  [44 / 45, -56 / 15, 32 / 9],
  [19372 / 6561, -25360 / 2187, 64448 / 6561, -212 / 729],
  [9017 / 3168, -355 / 33, 46732 / 5247, 49 / 176, -5103 / 18656],
  [35 / 384, 0, 500 / 1113, 125 / 192, -2187 / 6784, 11 / 84],
]
const E = [71 / 57600, 0, -71 / 16695, 71 / 1920, -17253 / 339200, 22 / 525, -1 / 40]
/** Of the middle of the step, from which torchdiffeq makes its quartic. */
const MIDDLE = [
  6025192743 / 60171106304,
  0,
  51252292925 / 130801643196,
  -2691868925 / 90256659456,
  187940372067 / 3189068634112,
  -1776094331 / 39487288512,
  11237099 / 470086768,
]

/** tf with its backend ('wasm' or 'cpu') in charge; throws ERR_MODULE_NOT_FOUND where it is not installed. */
export async function open(backend) {
  const tf = (await import('@tensorflow/tfjs')).default ?? (await import('@tensorflow/tfjs'))
  if (backend === 'wasm') {
    const { setWasmPaths, setThreadsCount } = await import('@tensorflow/tfjs-backend-wasm')
    setWasmPaths(FOLDER)
    setThreadsCount(1)
  }
  if (!(await tf.setBackend(backend))) throw new Error(`tfjs has no backend ${backend} here`)
  await tf.ready()
  return tf
}

/** { run, values, nfe } of a task. */
export function prepare(tf, task, data) {
  if (task.kind === 'layer') return layer(tf, task, data)
  if (task.kind === 'residual') return residual(tf, task, data)
  const params = parametersOf(tf, task, data)
  const x = tf.tensor2d(data.x, [task.batch, task.sizes[0]])
  let nfe = 0
  const field = (y) => {
    nfe++
    return network(tf, task, params, y)
  }
  const solve = () => {
    nfe = 0
    return task.method === 'rk4' ? rk4(tf, field, x, task.steps) : dopri5(tf, field, x, task)
  }
  if (task.kind === 'gradient') return gradient(tf, params, solve, data.target, task.rate)
  const run = () => tf.tidy(() => solve().dataSync())
  return { run, values: run, nfe: () => nfe }
}

function parametersOf(tf, { sizes }, { params }) {
  let at = 0
  const take = (length) => {
    at += length
    return params.slice(at - length, at)
  }
  return sizes.slice(1).flatMap((n, i) => {
    const k = sizes[i]
    return [transposed(tf, take(n * k), n, k), tf.variable(tf.tensor1d(take(n)))]
  })
}

/** A weight [n, k] as a variable [k, n]: only so does the product take its fast way in wasm. */
function transposed(tf, values, n, k) {
  return tf.tidy(() => tf.variable(tf.transpose(tf.tensor2d(values, [n, k]))))
}

function network(tf, { activation }, params, y) {
  let h = y
  for (let i = 0; i < params.length; i += 2) {
    const [b, bias, inner] = [params[i], params[i + 1], i + 2 < params.length]
    // The backend has relu in its products, and not tanh.
    h = tf.fused.matMul({ a: h, b, bias, activation: inner && activation === 'relu' ? 'relu' : 'linear' })
    if (inner && activation === 'tanh') h = tf.tanh(h)
  }
  return h
}

function layer(tf, { sizes, batch }, { params, x }) {
  const [k, n] = sizes
  const weight = transposed(tf, params.slice(0, n * k), n, k)
  const bias = tf.tensor1d(params.slice(n * k))
  const input = tf.tensor2d(x, [batch, k])
  const options = { a: input, b: weight, bias, activation: 'relu' }
  const run = () => tf.tidy(() => tf.fused.matMul(options).dataSync())
  return { run, values: run }
}

/** y plus h times a combination of the stages. */
function combine(tf, y, h, weights, stages) {
  const terms = weights.flatMap((weight, i) => (weight === 0 ? [] : [tf.mul(stages[i], h * weight)]))
  return terms.reduce((sum, term) => tf.add(sum, term), y)
}

function rk4(tf, field, x, steps) {
  const h = 1 / steps
  let y = x
  for (let i = 0; i < steps; i++) {
    const k1 = field(y)
    const k2 = field(combine(tf, y, h, [1 / 2], [k1]))
    const k3 = field(combine(tf, y, h, [1 / 2], [k2]))
    const k4 = field(combine(tf, y, h, [1], [k3]))
    y = combine(tf, y, h, [1 / 6, 1 / 3, 1 / 3, 1 / 6], [k1, k2, k3, k4])
  }
  return y
}

/** The norm that steps are controlled by. */
function norm(tf, v, a, b, { rtol, atol }) {
  const scale = tf.add(tf.mul(tf.maximum(tf.abs(a), tf.abs(b)), rtol), atol)
  return Math.sqrt(tf.mean(tf.square(tf.div(v, scale))).dataSync()[0])
}

function firstStep(tf, field, y, k, tolerance) {
  const [d0, d1] = [norm(tf, y, y, y, tolerance), norm(tf, k, y, y, tolerance)]
  const h0 = d0 < 1e-5 || d1 < 1e-5 ? 1e-6 : (0.01 * d0) / d1
  const ahead = field(combine(tf, y, h0, [1], [k]))
  const d2 = norm(tf, tf.sub(ahead, k), y, y, tolerance) / h0
  return Math.min(100 * h0, (0.01 / Math.max(d1, d2)) ** 0.2)
}

/** torchdiffeq's dense output, at s from 0 to 1: the quartic through both ends, their slopes and the middle. */
function interpolate(tf, y, next, h, stages, s) {
  const middle = combine(tf, y, h, MIDDLE, stages)
  const [k0, k1] = [stages[0], stages[6]]
  const of = (a, b, c, d, e) =>
    combine(tf, tf.add(tf.add(tf.mul(y, a), tf.mul(next, b)), tf.mul(middle, c)), h, [d, e], [k0, k1])
  const [s2, s3, s4] = [s * s, s ** 3, s ** 4]
  return of(
    1 - 11 * s2 + 18 * s3 - 8 * s4,
    -5 * s2 + 14 * s3 - 8 * s4,
    16 * s2 - 32 * s3 + 16 * s4,
    s - 4 * s2 + 5 * s3 - 2 * s4,
    s2 - 3 * s3 + 2 * s4,
  )
}

/** Steps are chosen outside of the tape: the gradient is that of the steps that were taken. */
function dopri5(tf, field, x, task) {
  const outputs = [x]
  let [t, y] = [0, x]
  let k = field(y)
  let h = firstStep(tf, field, y, k, task)
  while (outputs.length < task.t.length) {
    const stages = [k]
    let next
    for (const weights of A) {
      next = combine(tf, y, h, weights, stages)
      stages.push(field(next))
    }
    const [head, ...rest] = E
    const error = combine(tf, tf.mul(stages[0], h * head), h, rest, stages.slice(1))
    const off = norm(tf, error, y, next, task)
    const change = Math.min(10, Math.max(0.2, 0.9 * off ** -0.2))
    if (off <= 1) {
      while (outputs.length < task.t.length && task.t[outputs.length] <= t + h)
        outputs.push(interpolate(tf, y, next, h, stages, (task.t[outputs.length] - t) / h))
      t += h
      y = next
      k = stages[6]
    }
    h *= off <= 1 ? Math.max(1, change) : change
  }
  return tf.stack(outputs)
}

/** The mean square, its gradient and a step of descent. */
function gradient(tf, params, predict, target, rate) {
  const optimizer = tf.train.sgd(rate)
  const wanted = tf.tensor1d(target)
  let [kept, wanting] = [[], false]
  const run = () =>
    tf.tidy(() => {
      const { value, grads } = tf.variableGrads(() =>
        tf.mean(tf.squaredDifference(tf.reshape(predict(), [-1]), wanted)),
      )
      optimizer.applyGradients(grads)
      // All is done when the loss is there: this backend does not put things off.
      value.dataSync()
      if (wanting)
        kept = params.map(({ name, rank }) => (rank === 1 ? grads[name] : tf.transpose(grads[name])).dataSync())
    })
  const values = () => {
    wanting = true
    run()
    wanting = false
    return kept.flatMap((part) => [...part])
  }
  return { run, values }
}

function residual(tf, { width, hidden, depth, batch, rate }, data) {
  const size = width * hidden
  const layers = Array.from({ length: depth }, (_, i) => {
    const at = 2 * size * i
    const w = transposed(tf, data.params.slice(at, at + size), hidden, width)
    return [w, transposed(tf, data.params.slice(at + size, at + 2 * size), width, hidden)]
  })
  const x = tf.tensor2d(data.x, [batch, width])
  const predict = () => {
    let h = x
    for (const [w, v] of layers) {
      const change = tf.matMul(tf.relu(tf.matMul(h, w)), v)
      h = tf.add(h, tf.mul(change, 1 / depth))
    }
    return h
  }
  return gradient(tf, layers.flat(), predict, data.target, rate)
}
