import type { Tableau } from './tableau.ts'

/**
 * Kutta's 3/8 rule, order 4 (torchdiffeq's `rk4`). Its errors are a little smaller than those of the classic method. Fixed steps
 * only. Dense output is of order 3, the one that its four stages determine.
 */
export const rk38: Tableau = {
  name: 'rk38',
  order: 4,
  source:
    'W. Kutta, Z. Math. Phys. 46 (1901) 435-453; dense output: conditions of Hairer, Norsett, Wanner I, section II.6',
  c: [0, '1/3', '2/3', 1],
  a: [[], ['1/3'], ['-1/3', 1], [1, -1, 1]],
  b: ['1/8', '3/8', '3/8', '1/8'],
  dense: {
    order: 3,
    rows: [
      [1, '-15/8', 1],
      [0, '15/8', '-3/2'],
      [0, '3/8', 0],
      [0, '-3/8', '1/2'],
    ],
  },
}
