import module from './core.relaxed.wasm?module'

/** The relaxed-SIMD core, compiled by the host: edge workers forbid compiling bytes at run time. */
export function relaxedModule(): WebAssembly.Module | undefined {
  return module
}
