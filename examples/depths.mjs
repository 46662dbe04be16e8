// One block at four depths: composed with itself, stepped as a residual network, integrated as an ODE, run to its fixed point.
import { Affine, Compose, MLP, NeuralODE, ResNet } from 'relode'
import { Equilibrium } from 'relode/equilibrium'

const block = new MLP([8, 16, 8], { activation: 'tanh', dtype: 'f64', seed: 1 })
const x = [0.1, -0.2, 0.3, -0.4, 0.5, -0.6, 0.7, -0.8]

const composed = new Compose(block, { times: 3 }) // x -> g(g(g(x)))
console.log(composed.forward(x)[0], block.forward(block.forward(block.forward(x)))[0]) // the same bits

const ode = new NeuralODE(block, { t: [0, 1], rtol: 1e-9, atol: 1e-9 })
for (const depth of [10, 100, 1000]) {
  const residual = new ResNet(block, { depth }) // h <- h + g(h) / depth
  console.log(depth, residual.forward(x)[0] - ode.forward(x)[0]) // falls like 1 / depth
}

const still = new Equilibrium(block) // z = g(z) + x
const { z, iterations } = still.solve(x)
console.log(iterations, z[0] - (block.forward(z)[0] + x[0])) // nothing moves any more

// With a set of parameters for every layer, and maps in and out; trained by `fit` like any model.
const net = new ResNet({ width: 8, hidden: 32, depth: 50, readIn: new Affine(2, 8), readOut: new Affine(8, 1) })
console.log(net.parameters.count, net.forward([1, 2]))
