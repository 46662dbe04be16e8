import type { Tableau } from './tableau.ts'

/**
 * Bogacki and Shampine's pair of orders 3 and 2: three evaluations a step, the fourth stage is the next step's first.
 * Dense output is the cubic Hermite polynomial through both ends and their slopes k1 and k4.
 */
export const bosh3: Tableau = {
  name: 'bosh3',
  order: 3,
  source: 'P. Bogacki, L. F. Shampine, A 3(2) pair of Runge-Kutta formulas, Appl. Math. Lett. 2 (1989) 321-325',
  c: [0, '1/2', '3/4', 1],
  a: [[], ['1/2'], [0, '3/4'], ['2/9', '1/3', '4/9']],
  b: ['2/9', '1/3', '4/9', 0],
  // bhat = 7/24, 1/4, 1/3, 1/8
  error: ['-5/72', '1/12', '1/9', '-1/8'],
  dense: {
    order: 3,
    rows: [
      [1, '-4/3', '5/9'],
      [0, 1, '-2/3'],
      [0, '4/3', '-8/9'],
      [0, -1, 1],
    ],
  },
}
