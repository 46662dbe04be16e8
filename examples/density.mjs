// A density from samples: a continuous normalizing flow learns two clouds, says how likely points are, and draws more.
import { adam, fit, MLP } from 'relode'
import { CNF, nll } from 'relode/flows'

// Two clouds of 256 points, around (-2, 0) and (2, 0), from a generator of one line.
let seed = 1
const uniform = () => (seed = (Math.imul(seed, 48271) >>> 0) % 2147483647) / 2147483647
const cloud = (_, i) => [(i % 2 ? 2 : -2) + uniform() + uniform() - 1, uniform() + uniform() - 1]
const x = Float32Array.from(Array.from({ length: 512 }, cloud).flat())

const field = new MLP([3, 32, 32, 2], { time: 'concat', activation: 'tanh', seed: 0 })
const cnf = new CNF(field)
for (const { epoch, loss } of fit(cnf, cnf.data(x), {
  loss: nll,
  optimizer: adam({ lr: 0.02 }),
  batchSize: 128,
  epochs: 40,
}))
  if (epoch % 10 === 0) console.log(epoch, loss) // nats; the entropy of the clouds is 1 + ln 2 = 1.69

console.log(cnf.logProb([-2, 0, 0, 0, 2, 0])) // high, low, high
const more = cnf.sample(1000, { seed: 7 })
console.log(more.filter((v, i) => i % 2 === 0 && v > 0).length) // about half of them in the right cloud
const z = cnf.inverse(more) // the base points that they came from
console.log(Math.max(...cnf.transform(z).map((v, i) => Math.abs(v - more[i]))) < 1e-3)
