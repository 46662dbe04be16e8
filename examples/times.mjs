// Steps do not stop at output times, not even at the last one; fixed steps do. A field that ends at t = 1 needs the latter.
import { odeint } from 'relode'

let latest = 0
const decay = (t, y) => {
  latest = Math.max(latest, t)
  return [-y[0]]
}
const free = odeint(decay, [1], [0, 1])
console.log(latest, free.stepTimes.at(-1), free.y[0] - Math.exp(-1)) // beyond 1, and an interpolated y(1)
latest = 0
const fixed = odeint(decay, [1], [0, 1], { steps: 20 })
console.log(latest, fixed.stepTimes.at(-1), fixed.y[0] - Math.exp(-1)) // 1, and no further
