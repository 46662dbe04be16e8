// What a pool of two workers gives here, as one line of JSON. It is not closed: the program must end all the same.
import { MLP, NeuralODE, tsit5 } from '../../dist/index.js'
import { pool } from '../../dist/pool.js'

const node = new NeuralODE(new MLP([2, 12, 2], { activation: 'tanh', seed: 3 }), { solver: tsit5 })
const x = Float32Array.from({ length: 80 }, (_, i) => ((i * 37) % 41) / 20 - 1)
const workers = await pool({ threads: 2 })
const [y, pullback] = await workers.vjp(node, x)
const { dx, dparams } = await pullback(y)
const losses = []
for await (const { loss, nfe } of workers.fit(node, { x, y: x }, { epochs: 3, batchSize: 30 })) losses.push(loss, nfe)
const numbers = [...y, ...dx, ...dparams, ...losses, ...node.field.parameters]
console.log(JSON.stringify({ threads: workers.threads, note: workers.note, numbers }))
