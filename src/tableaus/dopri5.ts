import type { Tableau } from './tableau.ts'

/**
 * Dormand and Prince's pair of orders 5 and 4: six evaluations a step, the seventh stage is the next step's first.
 *
 * The embedded row is Shampine's, as in torchdiffeq, so that evaluations can be counted against it: its error estimate is
 * exactly 2/3 of that of Dormand and Prince's own row, which Hairer's DOPRI5 and SciPy use. Dense output is Shampine's
 * quartic with his best free parameter, the one in Hairer's DOPRI5 too; so is the limit of the watch on stiffness.
 */
export const dopri5: Tableau = {
  name: 'dopri5',
  order: 5,
  source:
    'J. R. Dormand, P. J. Prince, J. Comput. Appl. Math. 6 (1980) 19-26; embedded row and dense output: ' +
    'L. F. Shampine, Some practical Runge-Kutta formulas, Math. Comp. 46 (1986) 135-150',
  c: [0, '1/5', '3/10', '4/5', '8/9', 1, 1],
  a: [
    [],
    ['1/5'],
    ['3/40', '9/40'],
    ['44/45', '-56/15', '32/9'],
    ['19372/6561', '-25360/2187', '64448/6561', '-212/729'],
    ['9017/3168', '-355/33', '46732/5247', '49/176', '-5103/18656'],
    ['35/384', 0, '500/1113', '125/192', '-2187/6784', '11/84'],
  ],
  b: ['35/384', 0, '500/1113', '125/192', '-2187/6784', '11/84', 0],
  // bhat = 1951/21600, 0, 22642/50085, 451/720, -12231/42400, 649/6300, 1/60
  error: ['71/86400', 0, '-142/50085', '71/2880', '-5751/169600', '44/1575', '-1/60'],
  watch: [5, 3.25],
  dense: {
    order: 4,
    rows: [
      [1, '-8048581381/2820520608', '8663915743/2820520608', '-12715105075/11282082432'],
      [0, 0, 0, 0],
      [0, '131558114200/32700410799', '-68118460800/10900136933', '87487479700/32700410799'],
      [0, '-1754552775/470086768', '14199869525/1410260304', '-10690763975/1880347072'],
      [0, '127303824393/49829197408', '-318862633887/49829197408', '701980252875/199316789632'],
      [0, '-282668133/205662961', '2019193451/616988883', '-1453857185/822651844'],
      [0, '40617522/29380423', '-110615467/29380423', '69997945/29380423'],
    ],
  },
}
