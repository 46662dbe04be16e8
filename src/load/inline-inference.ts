import { wasm } from '../generated/core-inference.ts'
import { decode } from './decode.ts'

/** The forward-only core, from the bytes in the bundle. */
export function loadModule(): WebAssembly.Module {
  return new WebAssembly.Module(decode(wasm))
}
