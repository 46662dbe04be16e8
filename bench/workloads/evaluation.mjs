// What one evaluation of a field costs beside its arithmetic: an op of a program, and a call of a JavaScript field.
import { Field, odeint } from 'relode'
import { takeTurns } from '../harness/rounds.mjs'
import { quartiles } from '../harness/stats.mjs'

const STEPS = 1000
/** rk4 without interpolation, no stage used again. */
const EVALUATIONS = 4 * STEPS
const FEW = 2
const MANY = 66

export const title = 'An evaluation: what is not arithmetic'

/** A program of so many ops on one number. */
function chain(ops) {
  return new Field(1, (p) => {
    let y = p.state
    for (let i = 0; i < ops; i++) y = p.scale(y, i % 2 === 0 ? 0.5 : 2)
    return y
  })
}

function hostField(_, y, dy) {
  dy[0] = -y[0]
}

/** The function itself as often, on arrays of its own. */
function alone() {
  const [y, dy] = [Float32Array.of(1), Float32Array.of(0)]
  for (let i = 0; i < EVALUATIONS; i++) {
    hostField(0, y, dy)
    y[0] -= dy[0] * 1e-6
  }
  return y[0]
}

async function measure(_, plan) {
  const { rk4 } = await import('relode')
  const solve = (field) => () => odeint(field, Float32Array.of(1), [0, 1], { solver: rk4, steps: STEPS, dense: false })
  const contestants = [
    { name: 'few', run: solve(chain(FEW)) },
    { name: 'many', run: solve(chain(MANY)) },
    { name: 'host', run: solve(hostField) },
    { name: 'function', run: alone },
  ]
  return { id: 'evaluation', title: 'nanoseconds', figures: figuresFrom(await takeTurns(contestants, plan)) }
}

/** Figures from microseconds a solve, round by round. */
export function figuresFrom(us) {
  const ns = (name) => us[name].map((time) => (1000 * time) / EVALUATIONS)
  const [few, many, host, own] = ['few', 'many', 'host', 'function'].map(ns)
  const op = few.map((time, i) => (many[i] - time) / (MANY - FEW))
  // Where a program has no op there is the step alone.
  const step = few.map((time, i) => time - FEW * op[i])
  const call = host.map((time, i) => time - step[i] - own[i])
  const figure = (name, values) => ({ name, unit: 'ns', ...quartiles(values) })
  return [figure('an op', op), figure('a JS field', call), figure('a quarter of a step of rk4', step)]
}

export const cases = [{ id: 'evaluation', title: 'nanoseconds', measure }]
