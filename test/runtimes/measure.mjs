// The part that runs inside of a runtime.
import { digest, first, poolDigest } from './digest.mjs'

/**
 * Imports the package and runs the digest program.
 * @param {() => Promise<typeof import('../../src/index.ts')>} load
 * @param {() => Promise<typeof import('../../src/pool/index.ts')>} loadPool
 * @param {import('../../src/pool/index.ts').PoolOptions} options
 * @returns {Promise<{ f32: string, f64: string, pool: string, workers: number, ms: number }>} ms: from before the import to the first
 * result; workers: of the pool that was asked for two.
 */
export async function measure(load, loadPool, options = {}) {
  const start = performance.now()
  const relode = await load()
  first(relode)
  const ms = performance.now() - start
  const { pool } = await loadPool()
  const shared = await pool({ threads: 2, ...options })
  const row = { pool: await poolDigest(relode, shared), workers: shared.threads, ms }
  return { f32: digest(relode, 'f32'), f64: digest(relode, 'f64'), ...row }
}
