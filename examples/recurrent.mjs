// Irregular series with missing values: what will a damped swing show at a time at which nobody looked?
import { Affine, adam, cosine, fit } from 'relode'
import { cfcCell, gruCell, ltcCell, odeRnnCell, Recurrent, seriesRows } from 'relode/recurrent'

let state = 1
function random() {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0
  return state / 2 ** 32
}

// Seen at ten irregular times, one value in four missing, and asked for at an eleventh.
function recording() {
  const phase = 2 * Math.PI * random()
  const swing = (t) => [Math.cos(2 * t + phase) * 0.9 ** t, -Math.sin(2 * t + phase) * 0.9 ** t]
  const times = Array.from({ length: 11 }, (_, k) => 0.5 * k + 0.45 * random())
  const seen = times.slice(0, 10).flatMap(swing)
  const values = [...seen.map((v) => (random() < 0.25 ? Number.NaN : v)), Number.NaN, Number.NaN]
  return { times, values, wanted: swing(times[10]) }
}
const series = Array.from({ length: 300 }, recording)
const [known, asked] = [series.slice(0, 200), series.slice(200)]

const cells = {
  gru: gruCell(2, 12), // reads the elapsed time as a feature
  'ode-rnn': odeRnnCell(2, 12, { steps: 2 }), // follows an ODE from row to row
  cfc: cfcCell(2, 12, { backbone: 24 }), // has the elapsed time in a closed form
  ltc: ltcCell(2, 12), // neurons with liquid time constants, six implicit steps from row to row
}
for (const [name, cell] of Object.entries(cells)) {
  const model = new Recurrent(cell, { length: 11, readOut: new Affine(12, 2, { seed: 1 }) })
  const data = { x: seriesRows(known, 2), y: known.flatMap(({ wanted }) => wanted) }
  const options = { optimizer: adam({ lr: 0.02 }), schedule: cosine(), epochs: 40, batchSize: 20 }
  for (const _ of fit(model, data, options));
  const found = model.forward(seriesRows(asked, 2)) // [asked, 2]
  const errors = asked.flatMap(({ wanted }, s) => wanted.map((v, j) => v - found[2 * s + j]))
  console.log(name, Math.sqrt(errors.reduce((sum, e) => sum + e * e, 0) / errors.length))
}
