// For browsers, loaded as it is or through a bundler: leaves the result where the driver finds it.
import { measure } from './measure.mjs'

globalThis.result = measure(() => import('relode'))
