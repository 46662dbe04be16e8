// What is computed, as data: every contestant gets the same task and the same numbers. Imports nothing that needs a file system.
import { stream, uniform } from '../harness/data.mjs'

const spiral = {
  sizes: [2, 50, 2],
  scales: [1, 0.5],
  batch: 20,
  states: 2,
  method: 'dopri5',
  rtol: 1e-7,
  atol: 1e-9,
  // Ten output times, the first the initial one.
  t: Array.from({ length: 10 }, (_, i) => i / 9),
}
const edge = { sizes: [64, 64, 64, 64], activation: 'relu', batch: 1, states: 1, method: 'rk4', steps: 40, t: [0, 1] }
const wide = {
  sizes: [64, 256, 256, 64],
  activation: 'relu',
  batch: 256,
  states: 1,
  method: 'rk4',
  steps: 20,
  t: [0, 1],
}
const density = {
  // The state and the time.
  sizes: [3, 64, 64, 2],
  dim: 2,
  activation: 'tanh',
  scales: [1, 0.25, 0.25],
  batch: 256,
  states: 2,
  method: 'dopri5',
  rtol: 1e-5,
  atol: 1e-5,
  t: [0, 1],
}
const layer = (m, n, k) => ({ kind: 'layer', sizes: [k, n], batch: m, activation: 'relu', states: 1 })

/**
 * By name. kind 'solve': the states at all of `t`; 'gradient': those, the mean square of their difference to targets, the gradient to all
 * parameters and a step of gradient descent; 'density': log-densities of a flow whose field reads [y | t], with the exact trace; 'likelihood':
 * the gradient of minus their mean, and that step; 'layer': relu(x W^T + b); 'residual': the gradient step of h += V relu(W h) / depth.
 * All in f32.
 */
export const TASKS = {
  'w1-tanh': { ...spiral, kind: 'solve', activation: 'tanh' },
  'w1-relu': { ...spiral, kind: 'solve', activation: 'relu' },
  'w2-tanh': { ...spiral, kind: 'gradient', activation: 'tanh' },
  'w2-relu': { ...spiral, kind: 'gradient', activation: 'relu' },
  w3: { ...edge, kind: 'solve' },
  'w4-forward': { ...wide, kind: 'solve' },
  'w4-gradient': { ...wide, kind: 'gradient' },
  'w5-1x64': layer(1, 64, 64),
  'w5-16x64': layer(16, 64, 64),
  'w5-256': layer(256, 256, 256),
  'w5-1024': layer(1024, 1024, 1024),
  'w7-forward': { ...density, kind: 'density' },
  'w7-gradient': { ...density, kind: 'likelihood' },
  w8: { kind: 'residual', width: 16, hidden: 32, depth: 1000, batch: 100 },
}

/**
 * How many fields the tasks with kinks are done for. A step that meets a kink is tried again and again, so that the steps of one solve are a
 * matter of luck: for single fields relode and torchdiffeq differ by up to 50 % either way, over forty of them by a thousandth.
 */
const KINKED = { 'w1-relu': 8, 'w2-relu': 8 }

for (const [name, fields] of Object.entries(KINKED))
  for (let seed = 0; seed < fields; seed++) TASKS[fieldName(name, seed)] = { ...TASKS[name], seed }

function fieldName(name, seed) {
  return `${name}-${seed}`
}

/** The tasks that a case stands for: one, or the same for several fields. */
export function fieldsOf(name) {
  const fields = KINKED[name]
  return fields === undefined ? [name] : Array.from({ length: fields }, (_, seed) => fieldName(name, seed))
}

/** The rate of gradient descent: the step is taken, and is below the last bit of every weight, so that all rounds solve one problem. */
export const RATE = 1e-12

/** The seed of data, where the task has none of its own. */
const SEED = 23

/**
 * The numbers of a task, f32: `params`, layer by layer the weight [out, in] and the bias [out] (for 'residual' depth times W [hidden, width]
 * and V [width, hidden]); `x` [batch, in]; and for gradients `target`, of the shape of the output.
 */
export function dataOf(task) {
  const next = stream(task.seed ?? SEED)
  if (task.kind === 'residual') return residualData(task, next)
  const { sizes, scales, batch, states, kind, t, dim = sizes[0] } = task
  const params = sizes.slice(1).map((out, i) => {
    const width = sizes[i]
    const scale = scales?.[i] ?? 1 / Math.sqrt(width)
    return [uniform(next, out * width, scale), uniform(next, out, scale)]
  })
  const x = uniform(next, batch * dim, states)
  const times = t === undefined || t.length === 2 ? 1 : t.length
  const target = kind === 'gradient' ? uniform(next, times * batch * sizes.at(-1), 1) : undefined
  return { params: joined(params.flat()), x, target }
}

function residualData({ width, hidden, depth, batch }, next) {
  const layers = Array.from({ length: depth }, () => [
    uniform(next, hidden * width, 1 / Math.sqrt(width)),
    uniform(next, width * hidden, 1 / Math.sqrt(hidden)),
  ])
  return {
    params: joined(layers.flat()),
    x: uniform(next, batch * width, 1),
    target: uniform(next, batch * width, 1),
  }
}

/** Pieces one behind the other, in f32. */
export function joined(pieces) {
  const all = new Float32Array(pieces.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const piece of pieces) {
    all.set(piece, at)
    at += piece.length
  }
  return all
}

/** Floating-point operations of one call that belong to matrix products, where the number of evaluations is fixed. */
export function workOf({ kind, sizes, batch, steps }) {
  const evaluation = sizes.slice(1).reduce((sum, out, i) => sum + 2 * batch * out * sizes[i], 0)
  if (kind === 'layer') return evaluation
  // Backwards there are two products for each: one for the input, one for the weights.
  return 4 * steps * evaluation * (kind === 'gradient' ? 3 : 1)
}
