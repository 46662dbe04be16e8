// One dense layer: through the API, whose call copies the input in and the output out, and the kernel that it calls.
import { compared } from './compared.mjs'

const SOURCES = ['relode', 'kernel', 'peak', 'native', 'python', 'tfjs', 'onnxruntime']
const layer = (id, title, more = []) => compared(id, title, [...SOURCES, ...more], { tolerance: 1e-5 })

export const title = 'W5: dense layer relu(x Wᵀ + b), rows × outputs × inputs'

export const cases = [
  layer('w5-1x64', '1 × 64 × 64', ['tfjs-cpu']),
  layer('w5-16x64', '16 × 64 × 64', ['tfjs-cpu']),
  layer('w5-256', '256 × 256 × 256'),
  layer('w5-1024', '1024 × 1024 × 1024'),
]
