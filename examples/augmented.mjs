// Concentric rings: a flow of the plane cannot take the inner one out of the outer one. With five more dimensions it can.
import { Affine, adam, crossEntropy, fit, MLP, NeuralODE } from 'relode'
import { augment } from 'relode/structured'
import { accuracy, oneHot } from 'relode/train'

// Dupont, Doucet, Teh 2019: r <= 1/2 within 1 <= r <= 3/2, here on a lattice of angles and radii.
const ring = (count, from, to) =>
  Array.from({ length: count }, (_, i) => {
    const [angle, r] = [i * 2.399963, Math.sqrt(from ** 2 + (to ** 2 - from ** 2) * ((i + 0.5) / count))]
    return [r * Math.cos(angle), r * Math.sin(angle)]
  })
const points = [...ring(250, 0, 0.5), ...ring(750, 1, 1.5)]
const labels = points.map((_, i) => (i < 250 ? 0 : 1))
const data = { x: Float32Array.from(points.flat()), y: oneHot(labels, 2) }

for (const extra of [0, 5]) {
  const dim = 2 + extra
  const field = new MLP([dim + 1, 32, 32, dim], { time: 'concat', seed: 1 })
  const model = new NeuralODE(field, {
    ...(extra > 0 && { readIn: augment(2, extra) }),
    readOut: new Affine(dim, 2, { seed: 21 }),
    ...{ rtol: 1e-3, atol: 1e-3 },
  })
  let evaluations = 0
  const options = { loss: crossEntropy, optimizer: adam({ lr: 1e-3 }), batchSize: 64, epochs: 20 }
  for (const { nfe } of fit(model, data, options)) evaluations = nfe
  console.log(extra, 1 - accuracy(model.forward(data.x), labels, 2), evaluations) // share in the wrong ring
}
