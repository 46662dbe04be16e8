// Flow matching: a field that carries one density to another, trained without a solver; then made straight by a reflow.
import { adam, cosine, euler, fit, MLP } from 'relode'
import { CNF, energyDistance, FlowMatching } from 'relode/flows'

// Points around the corners of a square, spread evenly: 512 to train with, and as many to measure with.
const even = (i, step) => ((i * step) % 1) - 0.5
const corner = (i) => [(i % 2 ? 2 : -2) + even(i, Math.SQRT2), (i % 4 < 2 ? 2 : -2) + even(i, Math.sqrt(3))]
const corners = (from) => Float32Array.from(Array.from({ length: 512 }, (_, i) => corner(from + i)).flat())
const [x1, held] = [corners(0), corners(512)]

const network = () => new MLP([3, 32, 32, 2], { time: 'concat', activation: 'silu', seed: 1 })
const training = { optimizer: adam({ lr: 0.01 }), schedule: cosine(), batchSize: 256, epochs: 20 }
// How far samples by so many steps of Euler are from the points held out.
const distance = (field, steps) =>
  energyDistance(new CNF(field, { solver: euler, steps }).sample(512, { seed: 3 }), held, 2)

const field = network()
const matching = new FlowMatching(field)
for (const _ of fit(matching, matching.data(x1, { draws: 8 }), training));
for (const steps of [1, 4, 32]) console.log(steps, distance(field, steps))

// Reflow: base points and where the flow takes them are pairs whose straight paths hardly cross.
const flow = new CNF(field, { rtol: 1e-3, atol: 1e-3 })
const x0 = flow.base(512, { seed: 5 })
const straight = network()
const again = new FlowMatching(straight)
for (const _ of fit(again, again.data(flow.transform(x0), { x0, draws: 8 }), training));
for (const steps of [1, 4, 32]) console.log(steps, distance(straight, steps))
