// Learns a quarter turn of the plane: x -> y(1), where y(0) = x and dy/dt is a small ReLU network of y.
import { adam, fit, MLP, NeuralODE, tsit5 } from 'relode'

const grid = [-1, -0.5, 0, 0.5, 1]
const x = new Float32Array(grid.flatMap((a) => grid.flatMap((b) => [a, b]))) // 25 points, row by row
const y = x.map((_, i) => (i % 2 === 0 ? -x[i + 1] : x[i - 1])) // the same points, a quarter turn on

const field = new MLP([2, 32, 2], { activation: 'relu', seed: 0 })
const node = new NeuralODE(field, { t: [0, 1], solver: tsit5, rtol: 1e-4, atol: 1e-4 })
for (const { epoch, loss, nfe } of fit(node, { x, y }, { optimizer: adam({ lr: 0.02 }), epochs: 300 }))
  if (epoch % 60 === 0) console.log(epoch, loss, nfe)
console.log(node.forward([1, 0])) // near [0, 1]
