/**
 * The API of `relode` on the relaxed-SIMD core (fused multiply-add): other bits than the strict core, and not the same on every machine.
 * Where the engine has no relaxed SIMD the strict core takes its place.
 * @module
 */
export * from './index.ts'
