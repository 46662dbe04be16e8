/** The entry `relode/direct`: small solves of JavaScript fields without calls between the core and the field. */

export { direct } from './solve/direct/direct.ts'
