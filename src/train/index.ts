/**
 * relode/train: more ways to train. Recorded trajectories, and an optimizer for the full batch. Shares its core and its classes with
 * `relode`.
 *
 * @module
 */

export { type LBFGSOptions, lbfgs } from './lbfgs.ts'
export { fitSeries, type Series, type SeriesFit, type SeriesOptions, type SeriesProgress } from './series.ts'
