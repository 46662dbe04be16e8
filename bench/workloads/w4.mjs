// Large layers and a large batch: arithmetic alone, and where wider vectors win.
import { compared } from './compared.mjs'

const OURS = ['relode', 'peak', 'relaxed', 'workers']

export const title = 'W4: field 64 → 256 → 256 → 64, relu, batch 256, rk4 with 20 steps'

export const cases = [
  compared('w4-forward', 'forward', [...OURS, 'native', 'python', 'tfjs', 'onnxruntime'], { tolerance: 1e-4 }),
  // Units whose input is 0 but for the last bit: see `distance`.
  compared('w4-gradient', 'with gradient', [...OURS, 'python', 'tfjs'], { tolerance: 1e-2, heavy: ['tfjs'] }),
]
