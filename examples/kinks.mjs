// What kinks cost: mean evaluations over ten networks, for a ReLU field and for smooth ones of the same size.
import { MLP, odeint } from 'relode'

for (const tol of [1e-3, 1e-6, 1e-9]) {
  const nfe = (activation) => {
    let total = 0
    for (let seed = 0; seed < 10; seed++) {
      const field = new MLP([4, 64, 4], { activation, dtype: 'f64', seed })
      field.parameters = field.parameters.map((p) => 3 * p)
      total += odeint(field, [1, -0.5, 0.3, 0.2], [0, 2], { rtol: tol, atol: tol }).stats.nfe
      field.dispose()
    }
    return total / 10
  }
  console.log(tol, nfe('relu'), nfe('softplus'), nfe('tanh'))
}
