// A continuous normalizing flow: log-densities with the exact trace, and a step of maximum likelihood.
import { compared } from './compared.mjs'

const SOURCES = ['relode', 'python']

export const title = 'W7: CNF, field 3 (with the time) → 64 → 64 → 2, tanh, exact trace, batch 256, dopri5 1e-5/1e-5'

export const cases = [
  compared('w7-forward', 'log-densities', SOURCES, { tolerance: 1e-3 }),
  compared('w7-gradient', 'with gradient', SOURCES, { tolerance: 1e-2 }),
]
