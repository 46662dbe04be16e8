import type { Numbers } from '../core/check.ts'
import { NeuralODE } from '../models/neural-ode.ts'
import { ResNet } from '../models/resnet.ts'
import { Field } from '../program/field.ts'
import { replay } from '../program/replay.ts'
import type { SolverOptions } from '../solve/options.ts'

/** The same program and parameters, over the span of the network's depth. */
function overDepth(net: ResNet): Field {
  const { dim, dtype, layers, calls, parameters, span } = net.field
  const field = new Field(dim, (p) => replay(p, calls), { dtype, layers, span: span ?? 1 })
  field.parameters = parameters
  return field
}

/**
 * The neural ODE that a residual network discretises (Marion et al. 2024, eq. 2): its layers as a piecewise linear function of
 * depth, layer k at s = k / L, solved from 0 to 1. L Euler steps of it are the network, bit for bit.
 *
 * The field is new, with a copy of the parameters, and trainable like any; a read-in and a read-out are shared with the network.
 *
 * @param options of the solver. Default: dopri5 at the default tolerances of the precision
 */
export function toODE(net: ResNet, options: SolverOptions = {}): NeuralODE {
  const { readIn, readOut, adjoint } = net
  const around = { ...(readIn && { readIn }), ...(readOut && { readOut }), adjoint }
  return new NeuralODE(overDepth(net), { ...options, ...around, t: [0, 1] })
}

/** How far a residual network is from its neural ODE. */
export interface LimitDistance {
  /** max over the rows and components of |F_L(x) - F(x)|. */
  readonly sup: number
  /** 2 max |F_L(x) - F_2L(x)| with layers taken from the same function of depth: what `sup` is if it falls like C / L. */
  readonly predicted: number
  /** C = L sup. */
  readonly constant: number
}

/**
 * The distance of a residual network's outputs from those of its neural ODE, beside the C / L that Proposition 2 of Marion et
 * al. 2024 promises for layers taken from a Lipschitz function of depth, with C from a doubling of L.
 *
 * @param x inputs, [batch, inputs]
 * @param options of the solver; its tolerances should be well below the distance. Default rtol = atol = 1e-6 in f32, 1e-10 in f64
 */
export function limitDistance(net: ResNet, x: Numbers, options: SolverOptions = {}): LimitDistance {
  const tolerance = net.dtype === 'f32' ? 1e-6 : 1e-10
  const ode = toODE(net, { rtol: tolerance, atol: tolerance, ...options })
  try {
    const { readIn, readOut, depth } = net
    const around = { ...(readIn && { readIn }), ...(readOut && { readOut }) }
    const outputs = net.forward(x)
    const twice = new ResNet(ode.field, { ...around, depth: 2 * depth }).forward(x)
    const sup = largest(outputs, ode.forward(x))
    return { sup, predicted: 2 * largest(outputs, twice), constant: depth * sup }
  } finally {
    ode.field.dispose()
  }
}

function largest(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let most = 0
  for (let i = 0; i < a.length; i++) most = Math.max(most, Math.abs((a[i] as number) - (b[i] as number)))
  return most
}
