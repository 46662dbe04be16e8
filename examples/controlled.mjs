// A neural controlled differential equation: which way do paths turn that were seen at irregular times?
import { Affine, adam, crossEntropy, fit, NeuralODE } from 'relode'
import { cubicSignal } from 'relode/signals'
import { controlled } from 'relode/structured'
import { accuracy, oneHot } from 'relode/train'

const ts = Array.from({ length: 15 }, (_, k) => (k / 14) ** 1.5)
/** Spirals as (t, x, y), a left one and a right one in turn; `turn`: of the first. */
const spirals = (count, turn) => {
  const values = Array.from({ length: count }, (_, i) =>
    ts.map((t) => {
      const angle = turn + 2.4 * i + (i % 2 === 0 ? 5 : -5) * t
      return [t, (1 - t / 2) * Math.cos(angle), (1 - t / 2) * Math.sin(angle)]
    }),
  )
  return {
    input: cubicSignal(ts, values.flat(2), { rows: count }),
    first: Float32Array.from(values.flatMap(([start]) => start)), // where z begins
    labels: values.map((_, i) => i % 2),
  }
}

const field = controlled({ dim: 8, channels: 3, hidden: [16], seed: 1 }) // dz = F(z) du
const blocks = { readIn: new Affine(3, 8, { seed: 2 }), readOut: new Affine(8, 2, { seed: 3 }) }
const along = (input) => new NeuralODE(field, { input, ...blocks, rtol: 1e-3, atol: 1e-3 })

const seen = spirals(100, 0)
const options = { loss: crossEntropy, optimizer: adam({ lr: 0.02 }), batchSize: 25, epochs: 15 }
const data = { x: seen.first, y: oneHot(seen.labels, 2) }
for (const { epoch, loss } of fit(along(seen.input), data, options)) if (epoch % 5 === 0) console.log(epoch, loss)

const others = spirals(500, 1)
console.log(accuracy(along(others.input).forward(others.first), others.labels, 2))
