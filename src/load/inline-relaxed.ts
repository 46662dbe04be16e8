import { wasm as relaxed } from '../generated/core-relaxed.ts'
import { wasm as strict } from '../generated/core-simd.ts'
import { decode } from './decode.ts'

/** The relaxed-SIMD core where the engine takes it (Node 20 and Safari do not), otherwise the strict one. */
export function loadModule(): WebAssembly.Module {
  const bytes = decode(relaxed)
  // Validating the module itself is the probe: it asks for exactly the features the core needs.
  return new WebAssembly.Module(WebAssembly.validate(bytes) ? bytes : decode(strict))
}
