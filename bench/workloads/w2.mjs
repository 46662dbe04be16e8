// The spiral with its gradient: one step of gradient descent on the mean square.
import { compared } from './compared.mjs'

const SOURCES = ['relode', 'python', 'tfjs']

export const title =
  'W2: W1 with the mean square of all outputs, the gradient of all parameters, and a step of gradient descent'

export const cases = [
  compared('w2-tanh', 'tanh', SOURCES, { tolerance: 1e-3 }),
  // The adjoint solves its equation backwards through every kink, in 3 to 10 s: it is in the full run alone.
  compared('w2-relu', 'relu', SOURCES, {
    tolerance: 3e-2,
    python: (name, quick) => !(quick && name.includes('adjoint')),
  }),
]
