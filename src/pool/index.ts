/**
 * relode/pool: batches shared by workers, with the same bits whatever their number. Shares its core and its classes with `relode`.
 *
 * @module
 */

export type { PoolFitOptions } from './fit.ts'
export type { WorkerLike, WorkerSource } from './host.ts'
export type { Poolable } from './parcel.ts'
export { type CallOptions, Pool, type PoolOptions, type PoolPullback, pool } from './pool.ts'
