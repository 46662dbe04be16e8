// The exact flow of a ReLU network: no steps, no tolerance, and so the truth for those that have them.
import { MLP, odeint } from 'relode'
import { affineFlow } from 'relode/theory'

const field = new MLP([4, 64, 4], { dtype: 'f64', seed: 1 })
field.parameters = field.parameters.map((p) => 3 * p)
const y0 = [1, -0.5, 0.3, 0.2]

const exact = affineFlow(field, y0, [0, 2])
console.log(exact.y, exact.pieces) // the end, and the regions on the way to it
console.log(exact.crossings[0]) // { t, unit, row, on }, of every unit that is switched on or off

// What dopri5 makes of the same, without and with its steps ending at the kinks.
const off = ({ y }) => Math.max(...y.map((v, i) => Math.abs(v - exact.y[i])))
const tStops = exact.crossings.map(({ t }) => t)
for (const tol of [1e-3, 1e-6, 1e-9]) {
  const [blind, told] = [{}, { tStops }].map((kinks) => odeint(field, y0, [0, 2], { rtol: tol, atol: tol, ...kinks }))
  console.log(tol, off(blind), blind.stats.nfe, off(told), told.stats.nfe)
}
