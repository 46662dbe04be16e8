// A ball that keeps four fifths of its speed at every bounce: restarted by hand after each, then in one solve.
import { odeint } from 'relode'
import { event } from 'relode/events'

const fall = (_, y, dy) => {
  dy[0] = y[1]
  dy[1] = -9.8
}
const ground = event((_, y) => y[0], { direction: -1, terminal: true })
let [t, y] = [0, [9.8, 0]]
for (let n = 0; n < 5; n++) {
  const { t1, y1 } = odeint(fall, y, [t, 20], { events: [ground] })
  console.log(t1, Math.SQRT2 * (9 - 8 * 0.8 ** n)) // found, and as it should be
  t = t1
  y = [y1[0], -0.8 * y1[1]]
}

const bounce = event({ a: [1, 0] }, { direction: -1, apply: (_, y) => [y[0], -0.8 * y[1]] })
const ball = odeint(fall, [9.8, 0], [0, 4, 8], { events: [bounce] })
console.log(ball.events.length, ball.events.at(-1).t) // every { event, t, y }, in order of time
console.log(ball.ys[1], ball.at(5)) // outputs and dense output know the bounces
