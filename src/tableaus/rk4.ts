import type { Tableau } from './tableau.ts'

/**
 * The classic Runge-Kutta method of order 4 (torchdiffeq gives this name to the 3/8 rule). Fixed steps only.
 * Dense output is of order 3, the best that its four stages allow.
 */
export const rk4: Tableau = {
  name: 'rk4',
  order: 4,
  source: 'W. Kutta, Z. Math. Phys. 46 (1901) 435-453; dense output: Hairer, Norsett, Wanner I, section II.6',
  c: [0, '1/2', '1/2', 1],
  a: [[], ['1/2'], [0, '1/2'], [0, 0, 1]],
  b: ['1/6', '1/3', '1/3', '1/6'],
  dense: {
    order: 3,
    rows: [
      [1, '-3/2', '2/3'],
      [0, 1, '-2/3'],
      [0, 1, '-2/3'],
      [0, '-1/2', '2/3'],
    ],
  },
}
