import type { Tableau } from './tableau.ts'

/**
 * Fehlberg's pair of orders 1 and 2: three evaluations an accepted step, two a rejected one. The step goes on with the row of order 2.
 *
 * Fehlberg goes on with the row of order 1, and his third stage is then the next step's first. torchdiffeq goes on with the row of
 * order 2 and still uses that stage again, at another state than the one it belongs to. Dense output is the parabola with
 * y(0) = y, y'(0) = k1, y(1) = y1.
 */
export const fehlberg2: Tableau = {
  name: 'fehlberg2',
  order: 2,
  source: 'E. Fehlberg, Low-order classical Runge-Kutta formulas with step size control, NASA TR R-315, 1969',
  c: [0, '1/2', 1],
  a: [[], ['1/2'], ['1/256', '255/256']],
  b: ['1/512', '255/256', '1/512'],
  error: ['-1/512', 0, '1/512'],
  dense: {
    order: 2,
    rows: [
      [1, '-511/512'],
      [0, '255/256'],
      [0, '1/512'],
    ],
  },
}
