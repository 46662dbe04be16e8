/**
 * relode/recurrent: recurrent cells and models over irregular series. Shares its core and its classes with `relode`.
 *
 * @module
 */

export { Recurrent, type RecurrentOptions } from './models/recurrent.ts'
export { cell, type Reading } from './program/cell.ts'
export { again, constants, divide, gather, scatter } from './program/cell-ops.ts'
export {
  type CellOptions,
  type CfcOptions,
  cfcCell,
  gruCell,
  type OdeRnnOptions,
  odeRnnCell,
  rnnCell,
} from './program/cells.ts'
export { type LtcOptions, ltcCell, randomWiring, type Wiring } from './program/ltc.ts'
export { type Recording, type SeriesRowsOptions, seriesRows } from './program/series-rows.ts'
