// A method is a literal: that of order 3 which keeps bounds (SSPRK3). Halving the step divides the error by eight.
import { odeint } from 'relode'

const ssprk3 = {
  name: 'ssprk3',
  order: 3,
  source: 'C.-W. Shu, S. Osher, J. Comput. Phys. 77 (1988) 439-471',
  c: [0, 1, '1/2'],
  a: [[], [1], ['1/4', '1/4']],
  b: ['1/6', '1/6', '2/3'],
  // b_i(theta), powers of theta from the first on: sum = theta, sum c_i b_i = theta^2 / 2.
  dense: {
    order: 2,
    rows: [
      [1, '-5/6'],
      [0, '1/6'],
      [0, '2/3'],
    ],
  },
}
for (const steps of [10, 20, 40]) {
  const { y } = odeint((t, y) => [y[0] * Math.cos(t)], [1], [0, 2], { solver: ssprk3, steps })
  console.log(steps, Math.abs(y[0] - Math.exp(Math.sin(2))))
}
