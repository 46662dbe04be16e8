// The same trained block composed, stepped as a residual network, integrated, and run to its fixed point.
import { adam, cosine, crossEntropy, fit } from 'relode'
import { accuracy, depths, share, spirals } from './four-depths/block.mjs'

const [seen, unseen] = [spirals(400, 1), spirals(1000, 2)]
const trained = depths.equilibrium()
const training = { loss: crossEntropy, optimizer: adam({ lr: 0.01 }), clip: 1, epochs: 600, schedule: cosine() }
for (const { epoch, loss } of fit(trained, seen, training)) if (epoch % 200 === 0) console.log(epoch, loss)

// Every depth tends to the equilibrium as it grows.
for (const T of [1, 4, 16, 64]) {
  const composed = share(depths.composition(1, T), trained)
  const stepped = share(depths.residual(1, T), trained)
  const solved = share(depths.ode(1, T), trained)
  console.log(T, ...[composed, stepped, solved, trained].map((model) => accuracy(model, unseen)))
}
