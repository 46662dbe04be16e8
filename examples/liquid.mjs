// A liquid time-constant network of eight neurons, and its closed-form relative: a tank that fills and leaks, read at irregular times.
import { Affine, adam, cosine, fit, mse } from 'relode'
import { cfcCell, ltcCell, Recurrent, randomWiring, seriesRows, trajectoryLength } from 'relode/recurrent'

let state = 1
function random() {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0
  return state / 2 ** 32
}

// At 16 irregular times: the inflow since the time before, or in one of five none, and nothing to read. dy/dt = inflow - y.
function recording() {
  let [time, y] = [0, 0]
  const [times, values, level] = [[], [], []]
  for (let k = 0; k < 16; k++) {
    const step = k === 0 ? 0 : 0.1 + 0.8 * random()
    const inflow = random() < 0.2 ? Number.NaN : random()
    time += step
    y += (1 - Math.exp(-step)) * ((inflow || 0) - y)
    times.push(time)
    values.push(inflow)
    level.push(y)
  }
  return { times, values, level }
}
const series = Array.from({ length: 160 }, recording)
const [known, asked] = [series.slice(0, 120), series.slice(120)]
const x = seriesRows(known, 1) // rows of [elapsed, inflow]

// Outputs of all rows are [row, series].
const levels = (of) => Array.from({ length: 16 }, (_, k) => of.map(({ level }) => level[k])).flat()
const cells = {
  // Half of all synapses, drawn by chance; half of these inhibit.
  ltc: ltcCell(1, 8, { wiring: randomWiring(1, 8, { density: 0.5, seed: 3 }), seed: 1 }),
  cfc: cfcCell(1, 8, { backbone: 16, seed: 1 }), // no solver: the elapsed time is in the formula
}
for (const [name, cell] of Object.entries(cells)) {
  const model = new Recurrent(cell, { length: 16, output: 'all', readOut: new Affine(8, 1, { seed: 2 }) })
  const options = { loss: mse, optimizer: adam({ lr: 0.05 }), schedule: cosine(), epochs: 60, batchSize: 20, clip: 1 }
  for (const _ of fit(model, { x, y: levels(known) }, options));
  const found = model.forward(seriesRows(asked, 1))
  const errors = levels(asked).map((y, i) => y - found[i])
  console.log(name, Math.sqrt(errors.reduce((sum, e) => sum + e * e, 0) / errors.length))

  // Saved, read again, and run as the readings come in: the bits of the whole series.
  const live = Recurrent.from(model.save())
  let neurons = new Float32Array(8)
  const path = []
  const rows = seriesRows(asked.slice(0, 1), 1)
  for (let k = 0; k < 16; k++) {
    neurons = live.step(neurons, rows.slice(2 * k, 2 * k + 2))
    path.push(...neurons)
  }
  console.log(live.readOut.forward(neurons)[0] === found[15 * asked.length], trajectoryLength(path, 8).length)
}
