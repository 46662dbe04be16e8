/**
 * The API of `relode` on the relaxed-SIMD core (fused multiply-add): faster, and not the same bits on every machine.
 * Where the engine has no relaxed SIMD the strict core takes its place.
 * @module
 */
export * from './index.ts'
