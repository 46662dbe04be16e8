// A thousand layers of their own parameters: the residual networks of Marion et al. 2024.
import { compared } from './compared.mjs'

export const title = 'W8: h += V relu(W h) / L, width 16, hidden 32, L = 1000, batch 100, one gradient step'

export const cases = [
  compared('w8', 'gradient step', ['relode', 'python', 'tfjs'], { tolerance: 1e-2, heavy: ['tfjs'] }),
]
