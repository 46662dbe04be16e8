// A latent ODE: swings of one frequency, seen with noise at a few times, each its own; what they will do later.
import { Affine, adam, cosine, MLP, tsit5 } from 'relode'
import { fitLatent, gaussian, gruCell, LatentODE } from 'relode/recurrent'

let state = 1
function random() {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0
  return state / 2 ** 32
}
const rows = 60
const t = Array.from({ length: 20 }, (_, k) => 0.2 * k) // times at which anything may be seen
const phases = Array.from({ length: rows }, () => 2 * Math.PI * random())
const noise = () => 0.2 * (random() + random() + random() - 1.5) // of deviation 0.1
const seen = (phase, time) => (random() < 0.5 ? Math.sin(2 * time + phase) + noise() : Number.NaN)
const x = Float32Array.from(phases.flatMap((phase) => t.map((time) => seen(phase, time)))) // [rows, times, 1]

const model = new LatentODE(new MLP([3, 16, 3], { activation: 'tanh', seed: 1 }), {
  t,
  recognition: gruCell(1, 16, { seed: 2 }), // reads what was seen, last to first
  head: new Affine(16, 6, { seed: 3 }), // mean and log variance of the latent state at t[0]
  decoder: new Affine(3, 1, { seed: 4 }),
  likelihood: gaussian(1, 0.1),
  solver: tsit5,
})
const options = { epochs: 300, batchSize: 10, optimizer: adam({ lr: 0.02 }), schedule: cosine(), clip: 100 }
for (const { epoch, loss } of fitLatent(model, x, options)) if (epoch % 100 === 0) console.log(epoch, loss) // -ELBO

const later = [4, 4.5, 5]
const found = model.predict(x, later) // [later, rows, 1]
const errors = later.flatMap((time, k) => phases.map((phase, i) => Math.sin(2 * time + phase) - found[k * rows + i]))
console.log(Math.sqrt(errors.reduce((sum, e) => sum + e * e, 0) / errors.length))
console.log(model.posterior(x).mean.subarray(0, 2), model.save().length)
