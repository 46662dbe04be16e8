// A model as bytes, and back: the same bits come out.
import { MLP, NeuralODE, rk4 } from 'relode'

const node = new NeuralODE(new MLP([3, 16, 3], { seed: 4 }), { t: [0, 1], solver: rk4, steps: 20 })

const bytes = node.save() // a Uint8Array, to be written to a file or sent somewhere
const copy = NeuralODE.from(bytes)
console.log(bytes.length, node.forward([1, 2, 3]), copy.forward([1, 2, 3]))
for (const [name, { shape }] of copy.field.tensors()) console.log(name, shape) // as PyTorch names and lays them out
