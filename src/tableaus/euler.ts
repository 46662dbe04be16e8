import type { Tableau } from './tableau.ts'

/** Euler's method: one evaluation a step, order 1, the straight line as dense output. A tied residual net is this. */
export const euler: Tableau = {
  name: 'euler',
  order: 1,
  source: 'L. Euler, Institutionum calculi integralis I, 1768; Hairer, Norsett, Wanner I, section I.7',
  c: [0],
  a: [[]],
  b: [1],
  dense: { order: 1, rows: [[1]] },
}
