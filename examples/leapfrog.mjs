// A pendulum's potential, learned from short swings by a symplectic step, and followed for a hundred times as long.
import { adam, Block, cosine, Field, fit } from 'relode'
import { HamiltonianODE, Leapfrog } from 'relode/structured'

const f64 = { dtype: 'f64' }
const t = [0, 0.5, 1, 1.5, 2]
const x = [0.5, 0, 1, 0, -1.5, 0, 0, 1.2, 2, -0.5, -1, -1, 2.5, 0, 0, -1.8] // [angle, speed] of eight swings
const force = new Field(1, (p) => p.scale(p.activate(p.state, 'sin'), -1), f64)
const y = new Leapfrog({ force, t, dt: 0.01, order: 4 }).forward(x)

// V: angle -> 12 units -> one number. The acceleration is minus its gradient.
const potential = new Block(1, 1, (p) => p.dense(p.dense(p.state, 12, { activation: 'tanh' }), 1), { ...f64, seed: 1 })
const model = new Leapfrog({ potential, t, dt: 0.1 })
const options = { optimizer: adam({ lr: 0.02 }), schedule: cosine(), epochs: 600 }
for (const { epoch, loss } of fit(model, { x, y }, options)) if (epoch % 200 === 0) console.log(epoch, loss)

const far = new Leapfrog({ potential: model.potential, t: [0, 100, 200], dt: 0.1 })
console.log(far.energy(far.forward([1.5, 0]))) // at 0, 100 and 200: does not drift

const back = new Leapfrog({ potential: model.potential, t: [200, 0], dt: 0.1 })
console.log(back.forward(far.forward([1.5, 0]).slice(4))) // the same steps backwards: [1.5, 0] to rounding

// Where energy is not a sum of two, any solver takes (dH/dp, -dH/dq).
const H = new Block(2, 1, (p) => p.dense(p.dense(p.state, 12, { activation: 'tanh' }), 1), { ...f64, seed: 2 })
const flow = new HamiltonianODE(H, { t: [0, 10], rtol: 1e-9, atol: 1e-9 })
console.log(flow.energy([1, 0.5])[0], flow.energy(flow.forward([1, 0.5]))[0])
