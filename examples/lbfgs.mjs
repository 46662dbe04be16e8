// The quarter turn of the quickstart, smooth and in doubles: L-BFGS beside Adam, by the evaluations that each takes.
import { adam, fit, MLP, NeuralODE, rk4 } from 'relode'
import { lbfgs } from 'relode/train'

const grid = [-1, -0.5, 0, 0.5, 1]
const x = grid.flatMap((a) => grid.flatMap((b) => [a, b]))
const y = x.map((_, i) => (i % 2 === 0 ? -x[i + 1] : x[i - 1]))

for (const [optimizer, epochs] of [
  [adam({ lr: 0.02 }), 300],
  [lbfgs(), 40],
]) {
  const field = new MLP([2, 16, 2], { activation: 'tanh', dtype: 'f64', seed: 0 })
  const node = new NeuralODE(field, { solver: rk4, steps: 4 })
  let [evaluations, reached] = [0, 0]
  for (const { loss, nfe } of fit(node, { x, y }, { optimizer, epochs })) {
    evaluations += nfe
    reached = loss
  }
  console.log(optimizer.name, evaluations, reached)
}
