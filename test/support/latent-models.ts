/** Small latent ODEs, for tests. */

import { LatentODE, type LatentODEOptions } from '../../src/models/latent-ode.ts'
import { gaussian, intensityField, poissonProcess } from '../../src/models/likelihoods.ts'
import { Affine } from '../../src/program/affine.ts'
import { gruCell, rnnCell } from '../../src/program/cells.ts'
import { MLP } from '../../src/program/mlp.ts'
import { rk4 } from '../../src/tableaus/index.ts'

type Dtype = 'f32' | 'f64'
export const T: readonly number[] = [0.2, 0.5, 0.7, 1.3, 1.4]
export const SIGMA = 0.4

export function model(dtype: Dtype, options: Partial<LatentODEOptions> = {}): LatentODE {
  return new LatentODE(new MLP([3, 5, 3], { activation: 'tanh', dtype, seed: 1 }), {
    t: T,
    recognition: gruCell(2, 4, { dtype, seed: 2 }),
    head: new Affine(4, 6, { dtype, seed: 3 }),
    decoder: new Affine(3, 2, { dtype, seed: 4 }),
    likelihood: gaussian(2, SIGMA, { dtype }),
    solver: rk4,
    steps: 6,
    ...options,
  })
}

/** A point process of two latent components. */
export function process(dtype: Dtype, t: readonly number[] = T): LatentODE {
  return new LatentODE(
    intensityField(2, (p, z) => p.dense(z, 2, { activation: 'tanh' }), { dtype, seed: 5 }),
    {
      t,
      recognition: rnnCell(1, 4, { dtype, seed: 2 }),
      head: new Affine(4, 4, { dtype, seed: 3 }),
      likelihood: poissonProcess(2, { dtype }),
      solver: rk4,
      steps: 6,
    },
  )
}
