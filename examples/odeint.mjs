// A driven pendulum as a JavaScript function, and a solution that cannot be continued.
import { odeint, SolveError, tsit5 } from 'relode'

const pendulum = (t, y, dy) => {
  dy[0] = y[1]
  dy[1] = 0.3 * Math.cos(t) - Math.sin(y[0])
}
const swing = odeint(pendulum, [1, 0], [0, 5, 10], { solver: tsit5, rtol: 1e-8, atol: 1e-10 })
console.log(swing.ys[2], swing.at(7.5)) // the state at t = 10, and at any time between
console.log(swing.stats) // { nfe, steps, accepted, rejected, dtMin, dtMax }

try {
  odeint((_, y) => [y[0] * y[0]], [1], [0, 2]) // y = 1 / (1 - t)
} catch (error) {
  if (error instanceof SolveError) console.log(error.status, error.t) // step underflow, near t = 1
}
