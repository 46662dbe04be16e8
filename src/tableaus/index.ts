/**
 * relode/methods: every method by name, as data, and how to make a Rosenbrock method of another tableau (`all.ts` takes its list from
 * here).
 *
 * @module
 */

export { bosh3 } from './bosh3.ts'
export { dopri5 } from './dopri5.ts'
export { dopri8 } from './dopri8.ts'
export { euler } from './euler.ts'
export { fehlberg2 } from './fehlberg2.ts'
export { fehlberg45 } from './fehlberg45.ts'
export { heun } from './heun.ts'
export { heun21 } from './heun21.ts'
export { midpoint } from './midpoint.ts'
export { ralston } from './ralston.ts'
export { rk4 } from './rk4.ts'
export { rk38 } from './rk38.ts'
export { rodas4 } from './rodas4.ts'
export { type RosenbrockTableau, rosenbrock } from './rosenbrock.ts'
export { tsit5 } from './tsit5.ts'
export { vern7 } from './vern7.ts'
