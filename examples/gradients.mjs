// The vector-Jacobian product of a solve: gradients to inputs, parameters and times, against a central difference.
import { MLP, NeuralODE, vjp } from 'relode'

const field = new MLP([2, 16, 2], { activation: 'tanh', dtype: 'f64', seed: 1 })
const node = new NeuralODE(field, { t: [0, 1] })
const x = [1, 0, 0, 1] // two states

const [y, pullback] = vjp(node, x)
const { dx, dparams, dt } = pullback(y.map((v) => 2 * v)) // of the loss sum(y^2)
pullback.dispose()
console.log(dx, dparams.length, dt)

const loss = (inputs) => node.forward(inputs).reduce((sum, v) => sum + v * v, 0)
console.log((loss([1 + 1e-5, 0, 0, 1]) - loss([1 - 1e-5, 0, 0, 1])) / 2e-5) // dx[0]
