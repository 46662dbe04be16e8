// A block run to its fixed point, z = g(z) + phi(x): found by iteration, differentiated by the implicit function theorem.
import { Affine, adam, Compose, Field, fit, vjp } from 'relode'
import { Equilibrium, implicitBlock } from 'relode/equilibrium'

const width = 16
const field = implicitBlock({ width, gamma: 0.45, dtype: 'f64', seed: 1 }) // (0.45 / sqrt(16)) relu(A z)
const readIn = new Affine(2, width, { activation: 'relu', dtype: 'f64', seed: 2 })
const readOut = new Affine(width, 1, { dtype: 'f64', seed: 3 })
const model = new Equilibrium(field, { readIn, readOut, tol: 1e-12 })

const x = [0.5, -1]
const { iterations, residual } = model.solve(x)
const plain = new Equilibrium(field, { readIn, readOut, tol: 1e-12, anderson: 0 })
console.log(model.lipschitz(), iterations, plain.solve(x).iterations, residual) // below 1, so there is one equilibrium

// Infinitely many layers: the same block with its input injected into each, composed more and more often, comes to it.
const layer = new Field(
  2 * width,
  (p) => {
    const [z, u] = [p.slice(p.state, 0, width), p.slice(p.state, width, width)]
    const g = p.scale(p.dense(z, width, { activation: 'relu', bias: false }), 0.45 / Math.sqrt(width))
    return p.concat(p.add(g, u), u)
  },
  { dtype: 'f64' },
)
layer.parameters = field.parameters
const u = readIn.forward(x)
const { z } = model.solve(x)
for (const times of [5, 10, 20]) {
  const composed = new Compose(layer, { times }).forward([...u, ...u])
  console.log(times, Math.max(...z.map((v, i) => Math.abs(v - composed[i]))))
}

const [y, pullback] = vjp(model, x)
const { dx, residual: backward } = pullback([1]) // of y itself, and how well its equation is solved
pullback.dispose()
console.log(y[0], dx[0], (model.forward([0.5 + 1e-6, -1])[0] - model.forward([0.5 - 1e-6, -1])[0]) / 2e-6, backward)

// Training keeps the map a contraction: `fit` calls model.project() after every step.
const xs = Float64Array.from({ length: 64 }, (_, i) => Math.sin(i + 1))
const ys = Float64Array.from({ length: 32 }, (_, i) => 3 * Math.abs(xs[2 * i] + xs[2 * i + 1]))
const losses = Array.from(
  fit(model, { x: xs, y: ys }, { epochs: 200, optimizer: adam({ lr: 2e-2 }) }),
  ({ loss }) => loss,
)
console.log(losses[0], losses[199], model.lipschitz())
