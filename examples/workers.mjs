// A training shared by workers: the same bits, however many there are.
import { adam, MLP, NeuralODE, rk4 } from 'relode'
import { pool } from 'relode/pool'

const x = Float32Array.from({ length: 400 }, (_, i) => ((i * 37) % 101) / 50 - 1) // 200 rows of two
const y = x.map((_, i) => (i % 2 === 0 ? -x[i + 1] : x[i - 1])) // a quarter turn on

const train = async (workers) => {
  const field = new MLP([2, 32, 2], { activation: 'tanh', seed: 0 })
  const node = new NeuralODE(field, { t: [0, 1], solver: rk4, steps: 10 })
  let last
  for await (const { epoch, loss } of workers.fit(node, { x, y }, { optimizer: adam({ lr: 0.02 }), epochs: 60 })) {
    if (epoch % 20 === 0) console.log(epoch, loss)
    last = loss
  }
  const [yhat, pullback] = await workers.vjp(node, x)
  const { dx, dparams } = await pullback(yhat)
  pullback.dispose()
  return [last, ...(await workers.forward(node, x)), ...dx, ...dparams]
}

const four = await pool({ threads: 4 })
const one = await pool({ threads: 1 })
const [a, b] = [await train(four), await train(one)]
console.log(a.length === b.length && a.every((value, i) => value === b[i])) // the same bits
await Promise.all([four.close(), one.close()])
