// A density from samples: a continuous normalizing flow learns two clouds, says how likely points are, and draws more.
import { adam, fit, MLP } from 'relode'
import { CNF, nll } from 'relode/flows'

// Two clouds of 256 points around (-2, 0) and (2, 0): sums of two numbers that are spread evenly over [-1/2, 1/2].
const even = (i, step) => ((i * step) % 1) - 0.5
const cloud = (_, i) => [
  (i % 2 ? 2 : -2) + even(i, Math.SQRT2) + even(i, Math.sqrt(3)),
  even(i, Math.sqrt(5)) + even(i, Math.sqrt(7)),
]
const x = Float32Array.from(Array.from({ length: 512 }, cloud).flat())

const field = new MLP([3, 32, 32, 2], { time: 'concat', activation: 'tanh', seed: 0 })
const cnf = new CNF(field)
const training = { loss: nll, optimizer: adam({ lr: 0.02 }), batchSize: 128, epochs: 40 }
// In nats; the entropy of such clouds is 1 + ln 2 = 1.69.
for (const { epoch, loss } of fit(cnf, cnf.data(x), training)) if (epoch % 10 === 0) console.log(epoch, loss)

console.log(cnf.logProb([-2, 0, 0, 0, 2, 0])) // high, low, high
const fine = new CNF(field, { rtol: 1e-7, atol: 1e-7 })
const more = fine.sample(1000, { seed: 7 })
console.log(more.filter((v, i) => i % 2 === 0 && v > 0).length) // about half of them are in the right cloud
const base = fine.base(1000, { seed: 7 }) // where they came from, and come back to
console.log(Math.max(...fine.inverse(more).map((z, i) => Math.abs(z - base[i]))))
