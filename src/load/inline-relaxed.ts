import { wasm } from '../generated/core-relaxed.ts'
import { decode } from './decode.ts'

/** The relaxed-SIMD core, from the bytes in the bundle; undefined where the engine does not take it (Node 20 and Safari). */
export function relaxedModule(): WebAssembly.Module | undefined {
  const bytes = decode(wasm)
  // Validating the module itself is the probe: it asks for exactly the features the core needs.
  return WebAssembly.validate(bytes) ? new WebAssembly.Module(bytes) : undefined
}
