// Which solver for which accuracy: the fewest evaluations of the field that bring two bodies around their orbit (eccentricity
// 0.5, once) with an end error below the goal, over all tolerances. Step control by Hairer's controllers.
import { hairer853, hairerPI, odeint } from 'relode'
import { bosh3, dopri5, dopri8, tsit5, vern7 } from 'relode/methods'

const orbit = (_, [x, y, u, v], dy) => {
  const r3 = Math.hypot(x, y) ** 3
  dy.set([u, v, -x / r3, -y / r3])
}
const start = [0.5, 0, 0, Math.sqrt(3)]

function fewest(solver, goal) {
  let nfe = Infinity
  for (let digits = 2; digits <= 13; digits += 0.25) {
    const [rtol, atol, controller] = [10 ** -digits, 10 ** -digits, solver === dopri8 ? hairer853 : hairerPI]
    const { y, stats } = odeint(orbit, start, [0, 2 * Math.PI], {
      solver,
      controller,
      rtol,
      atol,
      dense: false,
      maxSteps: 1e5,
    })
    if (Math.hypot(...y.map((value, i) => value - start[i])) < goal) nfe = Math.min(nfe, stats.nfe)
  }
  return nfe
}
for (const goal of [1e-2, 1e-4, 1e-6, 1e-8, 1e-10])
  console.log(goal, ...[bosh3, dopri5, tsit5, vern7, dopri8].map((solver) => fewest(solver, goal)))
