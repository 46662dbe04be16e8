// A batch in which every row takes its own steps, to its own times.
import { MLP, odeint } from 'relode'

const cool = (t, [k, y], dy) => dy.set([0, k * (Math.cos(t) - y)]) // k, the first component, rests
const states = [
  [1, 0],
  [100, 0],
]
const { rows } = odeint(cool, states, [0, 10], { control: 'sample' })
console.log(rows.map(({ stats }) => stats.steps)) // the easy row does not pay for the hard one

const field = new MLP([2, 16, 2], { activation: 'tanh', dtype: 'f64', seed: 1 })
const own = odeint(
  field,
  states,
  [
    [0, 10],
    [0, 1, 2.5],
  ],
  { control: 'sample' },
)
const alone = odeint(field, states[1], [0, 1, 2.5])
console.log(own.rows[1].ys[2], alone.ys[2]) // the same bits
