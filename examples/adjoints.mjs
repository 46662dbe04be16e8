// One gradient in three ways: what each takes, how far it is from the first, and what it says of itself.
import { checkpoint, MLP, NeuralODE, tsit5, vjp } from 'relode'
import { backsolve, reversible } from 'relode/adjoints'

const field = new MLP([3, 16, 2], { activation: 'tanh', time: 'concat', dtype: 'f64', seed: 1 })
let first
for (const adjoint of [checkpoint(), reversible(), backsolve({ rtol: 1e-10 })]) {
  const node = new NeuralODE(field, { t: [0, 2], solver: tsit5, rtol: 1e-8, atol: 1e-8, adjoint })
  const [y, pullback] = vjp(node, [1, 0])
  const { dparams, reconstruction, trusted } = pullback(y)
  pullback.dispose()
  first ??= dparams
  const apart = Math.max(...dparams.map((g, i) => Math.abs(g - first[i])))
  console.log(adjoint.kind, apart, reconstruction, trusted)
}

// A model file holds kind and options of its adjoint; who reads it brings the code.
const bytes = new NeuralODE(field, { adjoint: reversible() }).save()
const read = NeuralODE.from(bytes, reversible, backsolve)
console.log(read.adjoint.kind)
