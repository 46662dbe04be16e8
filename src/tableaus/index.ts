/**
 * The methods by name, and nothing else: `all.ts` takes its list from here.
 *
 * @module
 */

export { bosh3 } from './bosh3.ts'
export { dopri5 } from './dopri5.ts'
export { euler } from './euler.ts'
export { heun } from './heun.ts'
export { midpoint } from './midpoint.ts'
export { rk4 } from './rk4.ts'
export { tsit5 } from './tsit5.ts'
