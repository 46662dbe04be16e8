import { wasm } from '../generated/core-simd.ts'
import { decode } from './decode.ts'

/** The strict core, from the bytes in the bundle: synchronous, and no file or network is touched. */
export function loadModule(): WebAssembly.Module {
  return new WebAssembly.Module(decode(wasm))
}
