// A residual network that stays near a neural ODE while it is trained: its neighbouring layers differ by O(1 / depth).
import { Affine, fit, ResNet, sgd } from 'relode'
import { depthSmoothness } from 'relode/theory'

const x = Float32Array.from({ length: 80 }, (_, i) => Math.sin(1 + i * i)) // 40 points of the plane
const y = Float32Array.from({ length: 40 }, (_, i) => x[2 * i] * x[2 * i + 1])
for (const depth of [8, 32, 128]) {
  const readIn = new Affine(2, 8, { identity: 'first', bias: false, rate: 0 }) // (I; 0), not trained
  const readOut = new Affine(8, 1, { identity: 'last', bias: false, rate: 0 }) // (0, I)
  // All layers start from the same W, and V = 0; the learning rate of a layer is times the depth.
  const net = new ResNet({ width: 8, hidden: 16, depth, rate: depth, readIn, readOut })
  let loss
  for (const progress of fit(net, { x, y }, { optimizer: sgd({ lr: 0.1 }), epochs: 300 })) loss = progress.loss
  const { maxStep, lipschitz } = depthSmoothness(net).all
  console.log(depth, loss, maxStep, lipschitz) // loss and depth * maxStep hardly depend on the depth
}
