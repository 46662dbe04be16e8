/**
 * relode/recurrent: recurrent cells along irregular series, and latent ODEs behind them. Shares its core and its classes with `relode`.
 *
 * @module
 */

export { LatentODE, type LatentODEOptions, type Posterior } from './models/latent-ode.ts'
export { gaussian, intensityField, likelihood, type Observation, poissonProcess } from './models/likelihoods.ts'
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
export { type TrajectoryLength, trajectoryLength } from './theory/trajectory-length.ts'
export { fitLatent, type LatentOptions, type LatentProgress } from './train/latent.ts'
