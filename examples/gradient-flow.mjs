// Training as an ODE: the gradient flow of a residual network by dopri5, and what became of its depth.
import { Affine, ResNet } from 'relode'
import { depthSmoothness, gradientFlow, plRatio, refineDepth, reversalError, speedLimit } from 'relode/theory'

const x = Float64Array.from({ length: 32 }, (_, i) => (i - 15.5) / 16)
const y = x.map((v) => v * v)
const readIn = new Affine(1, 8, { dtype: 'f64', seed: 1 })
const readOut = new Affine(8, 1, { dtype: 'f64', seed: 2 })
const net = new ResNet({ width: 8, hidden: 16, depth: 16, scaling: 'none', dtype: 'f64', readIn, readOut })
net.field.rate = 16 // d theta/dt = -L dl/d theta for the L layers

const path = []
for (const progress of gradientFlow(net, { x, y }, { times: [0, 1, 2, 4], rtol: 1e-4 })) {
  const { t, loss, rate, gradients } = progress
  console.log(t, loss, rate, gradients, depthSmoothness(net).all.lipschitz)
  path.push(progress)
}
console.log(speedLimit(path).inefficiency) // >= 1 for every gradient flow
console.log(plRatio(net, { x, y })) // -d(log loss)/dt
console.log(reversalError(net, x).max)

const fine = refineDepth(net) // 32 layers, the same function but for O(1/L)
console.log(Math.abs(fine.forward([0.5])[0] - net.forward([0.5])[0]))
