import type { Tableau } from './tableau.ts'

/**
 * Ralston's method of order 2: two evaluations a step, with the least bound of the local error. Fixed steps only. Dense output
 * is the parabola with y(0) = y, y'(0) = k1, y(1) = y1.
 */
export const ralston: Tableau = {
  name: 'ralston',
  order: 2,
  source: 'A. Ralston, Runge-Kutta methods with minimum error bounds, Math. Comp. 16 (1962) 431-437',
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
