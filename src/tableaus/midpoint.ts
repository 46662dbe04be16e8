import type { Tableau } from './tableau.ts'

/**
 * The explicit midpoint rule: an Euler half step, then a full step with the slope found there. Order 2; fixed steps only.
 * Dense output is the parabola with y(0) = y, y'(0) = k1, y(1) = y1.
 */
export const midpoint: Tableau = {
  name: 'midpoint',
  order: 2,
  source: 'C. Runge, Math. Ann. 46 (1895) 167-178; Hairer, Norsett, Wanner I, section II.1',
  c: [0, '1/2'],
  a: [[], ['1/2']],
  b: [0, 1],
  dense: {
    order: 2,
    rows: [
      [1, -1],
      [0, 1],
    ],
  },
}
