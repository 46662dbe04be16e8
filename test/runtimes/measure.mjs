// The part that runs inside of a runtime.
import { digest, first } from './digest.mjs'

/**
 * Imports the package and runs the digest program.
 * @param {() => Promise<typeof import('../../src/index.ts')>} load
 * @returns {Promise<{ f32: string, f64: string, ms: number }>} ms: from before the import to the first result.
 */
export async function measure(load) {
  const start = performance.now()
  const relode = await load()
  first(relode)
  const ms = performance.now() - start
  return { f32: digest(relode, 'f32'), f64: digest(relode, 'f64'), ms }
}
