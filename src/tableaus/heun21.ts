import type { Tableau } from './tableau.ts'

/**
 * Heun's method with Euler's embedded: orders 2 and 1, two evaluations an accepted step, one a rejected one.
 *
 * torchdiffeq's `adaptive_heun` takes one, since it goes on from the slope at Euler's point, where the state is not; that costs it
 * the order. Dense output is the parabola with y(0) = y, y'(0) = k1, y(1) = y1.
 */
export const heun21: Tableau = {
  name: 'heun21',
  order: 2,
  source: 'K. Heun, Z. Math. Phys. 45 (1900) 23-38; Hairer, Norsett, Wanner I, section II.4',
  c: [0, 1],
  a: [[], [1]],
  b: ['1/2', '1/2'],
  error: ['-1/2', '1/2'],
  dense: {
    order: 2,
    rows: [
      [1, '-1/2'],
      [0, '1/2'],
    ],
  },
}
