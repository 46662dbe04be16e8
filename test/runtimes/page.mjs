// For browsers, loaded as it is or through a bundler: leaves the result where the driver finds it.
import { measure } from './measure.mjs'

const { poolWorker: worker } = globalThis
globalThis.result = measure(
  () => import('relode'),
  () => import('relode/pool'),
  worker && { worker },
)
