// A neural ODE fitted to recorded trajectories: irregular times, a missing value, two recordings of one damped swing.
import { MLP, odeint } from 'relode'
import { fitSeries } from 'relode/train'

const swing = (_, y) => [y[1], -y[0] - 0.2 * y[1]]
const record = (y0, times) => ({ times, values: odeint(swing, y0, times).ys.flatMap((y) => [...y]) })
const series = [
  record([1, 0], Float64Array.of(0, 0.5, 0.9, 1.6, 2, 2.7, 3.1, 4)),
  record([0, 0.8], Float64Array.of(0, 0.4, 1.2, 1.5, 2.3, 3)),
]
series[0].values[6] = Number.NaN

const field = new MLP([2, 16, 2], { activation: 'tanh', dtype: 'f64', seed: 2 })
let last
for (const progress of fitSeries(field, series, { epochs: 400, lr: 2e-2 })) last = progress
const { phase, window, epoch, loss, nfe } = last
console.log(phase, window, epoch, loss, nfe)
console.log(odeint(field, [1, 0], [0, 4]).y, odeint(swing, [1, 0], [0, 4]).y)
