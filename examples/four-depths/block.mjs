// One block g, with the input injected as u, at four depths. The programs differ, the parameters are the same three tensors.
import { Affine, Block, Compose, Field, NeuralODE, ResNet, tsit5 } from 'relode'
import { Equilibrium } from 'relode/equilibrium'

const width = 24
const g = (p, z) => p.dense(p.dense(z, 32, { activation: 'relu' }), width, { bias: false })

// Equilibrium: z = g(z) + u.
const block = (seed) => new Field(width, (p) => g(p, p.state), { seed })

// Composition: z <- g(z) + u. The state is [z | u], and u stays.
const halves = (p) => [p.slice(p.state, 0, width), p.slice(p.state, width, width)]
const map = (seed) =>
  new Field(
    2 * width,
    (p) => {
      const [z, u] = halves(p)
      return p.concat(p.add(g(p, z), u), u)
    },
    { seed },
  )

// Residual network and ODE: dz/ds = T (g(z) + u - z), s from 0 to 1. Euler steps of T / L = 1 are the composition.
const flow = (seed, T) =>
  new Field(
    2 * width,
    (p) => {
      const [z, u] = halves(p)
      return p.concat(p.scale(p.add(p.add(g(p, z), u), p.scale(z, -1)), T), p.scale(u, 0))
    },
    { seed },
  )

// Every depth begins with z = u.
const inject = () =>
  new Block(2, 2 * width, (p) => {
    const u = p.dense(p.state, width)
    return p.concat(u, p.scale(u, 1))
  })
const readOut = () => new Block(2 * width, 2, (p) => p.dense(p.slice(p.state, 0, width), 2))

/** The four models of time T: functions of a seed. */
export const depths = {
  composition: (seed = 1, T = 4) => new Compose(map(seed), { times: T, readIn: inject(), readOut: readOut() }),
  residual: (seed = 1, T = 4, L = 2 * T) =>
    new ResNet(flow(seed, T), { depth: L, readIn: inject(), readOut: readOut() }),
  ode: (seed = 1, T = 4, tol = 1e-3) =>
    new NeuralODE(flow(seed, T), { solver: tsit5, rtol: tol, atol: tol, readIn: inject(), readOut: readOut() }),
  equilibrium: (seed = 1, tol = 1e-5) =>
    new Equilibrium(block(seed), { tol, readIn: new Affine(2, width), readOut: new Affine(width, 2) }),
}

/** Gives a model the parameters of another. */
export function share(model, { parameters }) {
  for (const [i, block] of model.parameters.blocks.entries()) block.parameters = parameters.blocks[i].parameters
  return model
}

/** Points on two spirals, and one-hot rows that say on which. */
export function spirals(count, seed) {
  let state = seed
  const random = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 2 ** 32
  }
  const [x, y] = [new Float32Array(2 * count), new Float32Array(2 * count)]
  for (let i = 0; i < count; i++) {
    const [arm, angle] = [i % 2, 0.5 + 2 * Math.PI * random()]
    const radius = 0.14 * angle + 0.1 * (random() - 0.5)
    x.set([radius * Math.cos(angle + Math.PI * arm), radius * Math.sin(angle + Math.PI * arm)], 2 * i)
    y[2 * i + arm] = 1
  }
  return { x, y }
}

/** Share of the rows whose largest output is the right one. */
export function accuracy(model, { x, y }) {
  const outputs = model.forward(x)
  let right = 0
  for (let i = 0; i < y.length; i += 2) if (outputs[i + 1] > outputs[i] === y[i + 1] > y[i]) right++
  return right / (y.length / 2)
}
