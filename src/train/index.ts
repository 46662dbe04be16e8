/**
 * relode/train: more ways to train. Recorded trajectories, and more optimizers. Shares its core and its classes with
 * `relode`.
 *
 * @module
 */

export { type LBFGSOptions, lbfgs } from './lbfgs.ts'
export { radam } from './radam.ts'
export { fitSeries, type Series, type SeriesFit, type SeriesOptions, type SeriesProgress } from './series.ts'
