import module from './core.inference.wasm?module'

/** The forward-only core, compiled by the host: edge workers forbid compiling bytes at run time. */
export function loadModule(): WebAssembly.Module {
  return module
}
