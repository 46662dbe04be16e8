/** One of each way through a block, for identities that all of them keep. */

import { Compose } from '../../src/models/compose.ts'
import { Equilibrium } from '../../src/models/equilibrium.ts'
import { NeuralODE, type NeuralODEOptions } from '../../src/models/neural-ode.ts'
import { ResNet, residualBlocks } from '../../src/models/resnet.ts'
import type { Surrounded } from '../../src/models/surrounded.ts'
import { Affine } from '../../src/program/affine.ts'
import type { Activation } from '../../src/program/builder.ts'
import { contract } from '../../src/program/lipschitz.ts'
import { MLP } from '../../src/program/mlp.ts'
import { bosh3, dopri5, dopri8, euler, rk4, tsit5 } from '../../src/tableaus/index.ts'

/** What a model is made for. */
export interface Wish {
  readonly width: number
  readonly dtype: 'f32' | 'f64'
  readonly activation: Activation
}

type Make = (wish: Wish) => Surrounded

const field = ({ width, dtype, activation }: Wish, seed = 1): MLP =>
  new MLP([width + 1, 6, width], { time: 'concat', dtype, activation, seed })

const ode =
  (options: NeuralODEOptions): Make =>
  (wish) =>
    new NeuralODE(field(wish), options)

const around = ({ width, dtype, activation }: Wish): { readIn: Affine; readOut: Affine } => ({
  readIn: new Affine(2, width, { dtype, activation, seed: 4 }),
  readOut: new Affine(width, 3, { dtype, seed: 5 }),
})

/** Models whose steps do not depend on their numbers: differences of them are smooth. */
export const fixed: Readonly<Record<string, Make>> = {
  'rk4, equal steps': ode({ solver: rk4, steps: 4, t: [0.1, 0.9] }),
  'rk4, equal steps backwards, all outputs': ode({ solver: rk4, steps: 3, t: [1, 0.55, 0.2, 0.2, -0.4] }),
  'tsit5, steps of one length': ode({ solver: tsit5, dt: 0.3, t: [0, 0.4, 1] }),
  'euler on a grid': ode({ solver: euler, t: [0, 0.1, 0.1, 0.4, 0.5] }),
  'rk4 with stops': ode({ solver: rk4, steps: 3, tStops: [0.25, 0.5], t: [0, 0.5, 1] }),
  'one set of parameters for each step': (wish) =>
    new NeuralODE(new MLP([wish.width + 1, 4, wish.width], { ...wish, time: 'concat', layers: 3, seed: 2 }), {
      solver: rk4,
      dt: 0.2,
      t: [0, 1],
    }),
  'between read-in and read-out': (wish) =>
    new NeuralODE(field(wish), { ...around(wish), solver: rk4, steps: 3, t: [0, 0.4, 0.7] }),
  compose: (wish) => new Compose(field(wish), { times: 3, ...around(wish) }),
  'no composition': (wish) => new Compose(field(wish), { times: 0 }),
  'residual blocks': ({ width, dtype, activation }) =>
    new ResNet(
      residualBlocks({
        width,
        dtype,
        activation,
        hidden: 4,
        depth: 5,
        initialV: 'normal',
        initialLayers: 'independent',
      }),
    ),
  'a shallow residual net': ({ width, dtype, activation }) =>
    new ResNet(residualBlocks({ width, dtype, activation, hidden: 4, depth: 1, initialV: 'normal' })),
}

/** Parameters as a function of time; its times do not move. */
export const timeVarying: Make = (wish) =>
  new NeuralODE(
    new MLP([wish.width, 4, wish.width], {
      dtype: wish.dtype,
      activation: wish.activation,
      layers: 4,
      span: 1,
      seed: 3,
    }),
    { solver: rk4, steps: 3 },
  )

/** Models whose steps follow an error. */
export const adaptive: Readonly<Record<string, Make>> = {
  dopri5: ode({ solver: dopri5, t: [0, 1] }),
  'tsit5 backwards, all outputs': ode({ solver: tsit5, t: [1, 0.9, 0.3, 0.3, -1] }),
  'bosh3 with stops': ode({ solver: bosh3, tStops: [0.3, 0.7], t: [0, 0.2, 0.7, 1] }),
  'dopri8, stages of its own for outputs': ode({ solver: dopri8, t: [0, 0.5, 2] }),
  'dopri8, the last time alone': ode({ solver: dopri8, t: [0, 2] }),
  'a jump': ode({ discontinuities: [0.5], t: [0, 1] }),
  'own steps for every row': ode({ control: 'sample', t: [0, 0.4, 1] }),
  'between read-in and read-out': (wish) => new NeuralODE(field(wish), { ...around(wish), t: [0, 0.4, 0.7] }),
  'no time passes': ode({ t: [0.5, 0.5] }),
}

/** A fixed point: exact up to its residual. */
export const equilibrium: Make = ({ width, dtype, activation }) => {
  const block = new MLP([width, 5, width], { dtype, activation, seed: 6 })
  contract(block, 0.5)
  return new Equilibrium(block, { tol: dtype === 'f32' ? 2 ** -21 : 2 ** -50 })
}

/** Gives a model's memory back. */
export function disposeOf(model: Surrounded): void {
  for (const block of model.parameters.blocks) block.dispose()
}
