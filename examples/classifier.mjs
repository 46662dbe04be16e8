// Handwritten digits classified by a neural ODE between two affine maps.
import { readFileSync } from 'node:fs'
import { Affine, adam, cosine, crossEntropy, dopri5, fit, MLP, NeuralODE } from 'relode'
import { accuracy, oneHot } from 'relode/train'

const rows = readFileSync(new URL('digits/digits.csv', import.meta.url), 'utf8')
  .trim()
  .split('\n')
  .slice(1)
const images = rows.map((row) => row.split(',').map(Number)) // 64 pixels of 0 to 16, and the digit
const part = (chosen) => ({
  x: Float32Array.from(chosen.flatMap((image) => image.slice(0, 64).map((pixel) => pixel / 16))),
  labels: chosen.map((image) => image[64]),
})
const train = part(images.filter((_, i) => i % 4 < 3))
const test = part(images.filter((_, i) => i % 4 === 3))

const field = new MLP([65, 64, 64], { time: 'concat', seed: 3 }) // (state, t) -> 64 units -> state
const model = new NeuralODE(field, {
  readIn: new Affine(64, 64, { seed: 1 }),
  readOut: new Affine(64, 10, { seed: 2 }),
  ...{ solver: dopri5, rtol: 1e-3, atol: 1e-3 },
})
const options = { loss: crossEntropy, optimizer: adam({ lr: 5e-3 }), schedule: cosine(), batchSize: 64, epochs: 20 }
const data = { x: train.x, y: oneHot(train.labels, 10) }
for (const { epoch, loss, nfe } of fit(model, data, options)) if (epoch % 5 === 0) console.log(epoch, loss, nfe)

console.log(1 - accuracy(model.forward(test.x), test.labels, 10)) // share of the test images in the wrong class
