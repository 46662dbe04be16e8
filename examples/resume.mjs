// A training that is interrupted and resumed ends with the same bits as one that is not.
import { adamw, cosine, fit, MLP, NeuralODE } from 'relode'

const x = Float32Array.from({ length: 40 }, (_, i) => (i % 7) / 3 - 1)
const y = x.map((v) => v * v)
const options = { optimizer: adamw({ lr: 1e-2 }), schedule: cosine(), batchSize: 8, epochs: 20, seed: 5 }
const train = (more, until = options.epochs) => {
  const field = new MLP([1, 8, 1], { seed: 0 })
  for (const progress of fit(new NeuralODE(field), { x, y }, { ...options, ...more }))
    if (progress.epoch === until) return { parameters: field.parameters, checkpoint: progress.checkpoint() }
}

const whole = train()
const half = train({}, 10)
const resumed = train({ resume: half.checkpoint })
console.log(half.checkpoint.length, String(resumed.parameters) === String(whole.parameters))
