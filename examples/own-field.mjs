// A field that is no MLP: Lotka-Volterra in logarithms, u' = a - b exp(v), v' = -c + d exp(u), with a, b, c, d to train.
import { Field, odeint } from 'relode'

const field = new Field(
  2,
  (p) => {
    const e = p.activate(p.state, 'exp')
    const u = p.dense(p.slice(e, 1, 1), 1, { name: 'prey' })
    const v = p.dense(p.slice(e, 0, 1), 1, { name: 'predator' })
    return p.concat(u, v)
  },
  { dtype: 'f64' },
)
field.parameters = [-1, 1, 1, -1] // prey.weight, prey.bias, predator.weight, predator.bias

const orbit = odeint(field, [Math.log(2), 0], [0, 5], { rtol: 1e-9, atol: 1e-9 })
const conserved = ([u, v]) => Math.exp(u) - u + Math.exp(v) - v
console.log(conserved(orbit.ys[0]), conserved(orbit.y))
