import module from './core.simd.wasm?module'

/** The strict core, compiled by the host: edge workers forbid compiling bytes at run time. */
export function loadModule(): WebAssembly.Module {
  return module
}
