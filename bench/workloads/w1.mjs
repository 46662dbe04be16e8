// A spiral: what a small neural ODE costs to solve.
import { compared } from './compared.mjs'

const SOURCES = ['relode', 'native', 'python', 'tfjs', 'tfjs-cpu']

export const title = 'W1: field 2 → 50 → 2, batch 20, dopri5 at rtol 1e-7, atol 1e-9, ten outputs in [0, 1], solve'

export const cases = [
  compared('w1-tanh', 'tanh', SOURCES, { tolerance: 1e-4 }),
  compared('w1-relu', 'relu', SOURCES, { tolerance: 1e-3 }),
]
