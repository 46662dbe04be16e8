// One row through a network that a device may run: what a call costs.
import { compared } from './compared.mjs'

export const title = 'W3: field 64 → 64 → 64 → 64, relu, batch 1, rk4 with 40 steps'

export const cases = [
  compared('w3', 'forward', ['relode', 'peak', 'native', 'python', 'tfjs', 'tfjs-cpu', 'onnxruntime'], {
    tolerance: 1e-4,
  }),
]
