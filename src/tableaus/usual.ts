/**
 * The methods that `relode` itself exports. `index.ts`, which is `relode/methods`, has all: their coefficients are long, and who
 * loads a whole entry should not pay for those that are rarely used.
 */

export { bosh3 } from './bosh3.ts'
export { dopri5 } from './dopri5.ts'
export { euler } from './euler.ts'
export { heun } from './heun.ts'
export { midpoint } from './midpoint.ts'
export { rk4 } from './rk4.ts'
export { tsit5 } from './tsit5.ts'
