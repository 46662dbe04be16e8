// What a checkpoint budget changes: the work of the pullback, and not one bit of its gradient.
import { checkpoint, MLP, NeuralODE, rk4, vjp } from 'relode'

const field = new MLP([2, 8, 2], { activation: 'tanh', dtype: 'f64', seed: 1 })
for (const budget of [32, 512, 1024, 16 * 1024]) {
  const node = new NeuralODE(field, { solver: rk4, steps: 1000, adjoint: checkpoint({ budget }) })
  const [y, pullback] = vjp(node, [1, 0])
  const { dparams, nfe } = pullback(y)
  console.log(budget, nfe, dparams[0])
  pullback.dispose()
}
