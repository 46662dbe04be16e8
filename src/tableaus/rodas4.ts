import { type RosenbrockTableau, rosenbrock } from './rosenbrock.ts'
import type { OtherMethod } from './tableau.ts'

const last = ['1.221224509226641', '6.019134481288629', '12.53708332932087', '-0.687886036105895']

/**
 * RODAS: order 4(3), six stages, L-stable and stiffly accurate, as is its embedded formula. For stiff fields.
 *
 * The digits are those of Hairer's RODAS (METH = 1), which prints 16; gamma_4 is -0.0362, of which it prints the rounding too.
 * The dense rows are its cubic, (1 - theta) y + theta (y1 + (1 - theta)(d_2 + theta d_3)), multiplied out: b_i + d_2i,
 * d_3i - d_2i, -d_3i.
 */
export const rodas4: RosenbrockTableau & OtherMethod = /* @__PURE__ */ rosenbrock({
  name: 'rodas4',
  order: 4,
  source:
    'E. Hairer, G. Wanner, Solving Ordinary Differential Equations II, 2nd ed., 1996, section VI.4 and RODAS; dense output there',
  gamma: '1/4',
  c: [0, '0.386', '0.21', '0.63', 1, 1],
  gammas: ['1/4', '-0.1043', '0.1035', '-0.0362', 0, 0],
  a: [
    [],
    ['1.544'],
    ['0.9466785280815826', '0.2557011698983284'],
    ['3.314825187068521', '2.896124015972201', '0.9986419139977817'],
    last,
    [...last, 1],
  ],
  C: [
    [],
    ['-5.6688'],
    ['-2.430093356833875', '-0.2063599157091915'],
    ['-0.1073529058151375', '-9.594562251023355', '-20.47028614809616'],
    ['7.496443313967647', '-10.24680431464352', '-33.99990352819905', '11.7089089320616'],
    ['8.083246795921522', '-7.981132988064893', '-31.52159432874371', '16.31930543123136', '-6.058818238834054'],
  ],
  b: [...last, 1, 1],
  error: [0, 0, 0, 0, 0, 1],
  dense: {
    order: 3,
    rows: [
      ['11.347459592672501', '-10.8025154227259853', '0.6762803392801253'],
      ['-1.468861396321538', '13.575710529290182', '-6.087714651680015'],
      ['-22.26383528623660', '51.23176182448225', '-16.43084320892478'],
      ['-8.680657743674718', '32.759996821752683', '-24.76722511418386'],
      ['2.025137723295662', '-7.619526849012534', '6.594389125716872'],
      [1, 0, 0],
    ],
  },
})
