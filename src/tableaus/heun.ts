import type { Tableau } from './tableau.ts'

/**
 * Heun's method, the explicit trapezoidal rule: an Euler step, then a step with the mean of the slopes at both ends.
 * Order 2; fixed steps only. Dense output is the parabola with y(0) = y, y'(0) = k1, y(1) = y1.
 */
export const heun: Tableau = {
  name: 'heun',
  order: 2,
  source: 'K. Heun, Z. Math. Phys. 45 (1900) 23-38; Hairer, Norsett, Wanner I, section II.1',
  c: [0, 1],
  a: [[], [1]],
  b: ['1/2', '1/2'],
  dense: {
    order: 2,
    rows: [
      [1, '-1/2'],
      [0, '1/2'],
    ],
  },
}
