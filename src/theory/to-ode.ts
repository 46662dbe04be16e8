import type { Numbers } from '../core/check.ts'
import { NeuralODE } from '../models/neural-ode.ts'
import type { ResNet } from '../models/resnet.ts'
import type { SolverOptions } from '../solve/options.ts'
import { euler } from '../tableaus/euler.ts'
import { withLayers } from './layers.ts'

/**
 * The neural ODE that a residual network discretises (Marion et al. 2024, eq. 2): its layers as a piecewise linear function of
 * depth, layer k = 0, 1, ... at s = k / L, solved from 0 to 1 (to L^(1-b) for another scaleExponent b). L Euler steps of it are the
 * network, bit for bit.
 *
 * The field is new, with a copy of the parameters, and trainable like any; a read-in and a read-out are shared with the network.
 *
 * @param options of the solver. Default: dopri5 at the default tolerances of the precision
 */
export function toODE(net: ResNet, options: SolverOptions = {}): NeuralODE {
  const { field, readIn, readOut, adjoint, span } = net
  const around = { ...(readIn && { readIn }), ...(readOut && { readOut }), adjoint }
  const overDepth = withLayers(field, field.layers, field.parameters, field.span ?? span)
  return new NeuralODE(overDepth, { ...options, ...around, t: [0, span] })
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
    const { readIn, readOut, depth, span } = net
    const around = { ...(readIn && { readIn }), ...(readOut && { readOut }) }
    const outputs = net.forward(x)
    const twice = new NeuralODE(ode.field, { ...around, t: [0, span], solver: euler, steps: 2 * depth }).forward(x)
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
