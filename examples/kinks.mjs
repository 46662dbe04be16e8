// What kinks cost: mean evaluations over ten networks, for a ReLU field without and with its kinks located, and for smooth ones.
import { MLP, NeuralODE, odeint } from 'relode'

const y0 = [1, -0.5, 0.3, 0.2]
for (const tol of [1e-3, 1e-6, 1e-9]) {
  const nfe = (activation, kinks) => {
    let total = 0
    for (let seed = 0; seed < 10; seed++) {
      const field = new MLP([4, 64, 4], { activation, dtype: 'f64', seed })
      field.parameters = field.parameters.map((p) => 3 * p)
      total += odeint(field, y0, [0, 2], { rtol: tol, atol: tol, kinks }).stats.nfe
      field.dispose()
    }
    return total / 10
  }
  console.log(tol, nfe('relu', 'ignore'), nfe('relu', 'locate'), nfe('softplus'), nfe('tanh'))
}

const field = new MLP([4, 64, 4], { activation: 'relu', dtype: 'f64', seed: 0 })
const { stats } = odeint(field, y0, [0, 2], { rtol: 1e-9, atol: 1e-9, kinks: 'locate' })
const node = new NeuralODE(field, { rtol: 1e-7, atol: 1e-7, kinks: 'auto' })
console.log(stats.kinks, stats.nfe, node.forward(y0))
