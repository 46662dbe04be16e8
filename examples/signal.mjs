// Fields with an input: a room under a recorded heating, learnt from its temperatures, and an equation along a path.
import { adam, Field, fit, NeuralODE, odeint, tsit5 } from 'relode'
import { cubicSignal, linearSignal } from 'relode/signals'

const hours = [0, 6, 9, 12, 17, 22, 24]
const heating = linearSignal(hours, [0, 0, 3, 1, 1.5, 0, 0]) // kW at these hours, linear between

// What is to be found: y' = 0.8 u - 0.25 y. A function asks the signal itself.
const room = (t, y) => [0.8 * heating.at(t)[0] - 0.25 * y[0]]
const measured = odeint(room, [2], hours, { tStops: heating.knots }).ys.map((y) => y[0])

// A network reads it as its input.
const field = new Field(1, (p) => p.dense(p.concat(p.state, p.input(1)), 1), { dtype: 'f64', seed: 2 })
const node = new NeuralODE(field, { t: hours, solver: tsit5, rtol: 1e-6, atol: 1e-6, input: heating })
for (const _ of fit(node, { x: [2], y: measured }, { optimizer: adam({ lr: 0.02 }), epochs: 1000 }));
console.log(field.parameters) // near -0.25, 0.8 and 0
const { ys } = node.solve([2], [0, 12, 24], { input: linearSignal([0, 24], [1, 1]) }) // under another heating
console.log(ys[2][0])

// A controlled equation, dy = F(y) du, reads the derivative. With F(y) = y it is y0 exp(u - u0), along any path.
const path = cubicSignal([0, 1, 2, 3], [0, 1, -1, 0.5])
const growth = new Field(1, (p) => p.mul(p.state, p.inputRate(1)), { dtype: 'f64' })
const end = odeint(growth, [1], [0, 3], { rtol: 1e-9, atol: 1e-9, input: path }).y[0]
console.log(end, Math.exp(0.5))
