/**
 * relode/train: more ways to train. Recorded trajectories, more optimizers, and what classifiers need. Shares its core and its
 * classes with `relode`.
 *
 * @module
 */

export { accuracy, classesOf, oneHot } from './classes.ts'
export { type LBFGSOptions, lbfgs } from './lbfgs.ts'
export { radam } from './radam.ts'
export { fitSeries, type Series, type SeriesFit, type SeriesOptions, type SeriesProgress } from './series.ts'
