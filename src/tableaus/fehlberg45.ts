import type { Tableau } from './tableau.ts'

const weights = ['16/135', 0, '6656/12825', '28561/56430', '-9/50', '2/55']

/**
 * Fehlberg's pair of orders 5 and 4: six evaluations a step. The step goes on with the row of order 5.
 *
 * Dense output is of order 4 and takes a seventh stage, which is the next step's first. The conditions leave one weight free,
 * that of the sixth stage; here it is 2/55 (3 theta^2 - 2 theta^3), which joins the steps smoothly.
 */
export const fehlberg45: Tableau = {
  name: 'fehlberg45',
  order: 5,
  source:
    'E. Fehlberg, Low-order classical Runge-Kutta formulas with step size control, NASA TR R-315, 1969; dense output: ' +
    'conditions of Hairer, Norsett, Wanner I, section II.6',
  c: [0, '1/4', '3/8', '12/13', 1, '1/2'],
  a: [
    [],
    ['1/4'],
    ['3/32', '9/32'],
    ['1932/2197', '-7200/2197', '7296/2197'],
    ['439/216', -8, '3680/513', '-845/4104'],
    ['-8/27', 2, '-3544/2565', '1859/4104', '-11/40'],
  ],
  b: weights,
  error: ['1/360', 0, '-128/4275', '-2197/75240', '1/50', '2/55'],
  dense: {
    order: 4,
    rows: [
      [1, '-71/30', '298/135', '-13/18'],
      [0, 0, 0, 0],
      [0, '1664/475', '-3328/675', '1664/855'],
      [0, '-15379/3135', '17576/1485', '-2197/342'],
      [0, '54/25', '-126/25', '27/10'],
      [0, '6/55', '-4/55', 0],
      [0, '3/2', -4, '5/2'],
    ],
    extra: { c: [1], a: [weights] },
  },
}
