// A method is a literal: Ralston's of order 2 with the least error bound. Halving the step quarters the error.
import { odeint } from 'relode'

const ralston = {
  name: 'ralston',
  order: 2,
  source: 'A. Ralston, Math. Comp. 16 (1962) 431-437',
  c: [0, '2/3'],
  a: [[], ['2/3']],
  b: ['1/4', '3/4'],
  dense: {
    order: 2,
    rows: [
      [1, '-3/4'],
      [0, '3/4'],
    ],
  },
}
for (const steps of [10, 20, 40]) {
  const { y } = odeint((t, y) => [y[0] * Math.cos(t)], [1], [0, 2], { solver: ralston, steps })
  console.log(steps, Math.abs(y[0] - Math.exp(Math.sin(2))))
}
